//! DescribeAddressesAttribute. Its one attribute is the name that an address is found by in reverse, of which no address here has one; asking is
//! what Terraform does after every read of an address.

use multihome_core::refusals;
use multihome_ec2::address::{DescribeAddressesAttribute, DescribeAddressesAttributeReply};
use multihome_types::AllocationId;

use super::describe::gather_named;
use crate::{
    Api,
    call::Call,
    fault::Fault,
    filter::Filters,
    ids,
    page::{Asked, Page},
};

pub(crate) async fn describe_addresses_attribute(
    api: &Api,
    call: &Call,
    request: DescribeAddressesAttribute,
) -> Result<DescribeAddressesAttributeReply, Fault> {
    let ids: Vec<AllocationId> = ids::parse_all(&request.allocation_ids)?;
    if let Some(other) = request.attribute.as_deref().filter(|attribute| *attribute != "domain-name") {
        let shown: String = other.chars().take(64).collect();
        return Err(refusals::invalid_value(format!("Invalid value '{shown}' for attribute. It is 'domain-name'.")).into());
    }
    let filters = Filters::default();
    let paging = Asked {
        action: "DescribeAddressesAttribute",
        max_results: request.max_results,
        next_token: request.next_token.as_deref(),
        ids: None,
        sizes: 1..=1_000,
    };
    Page::parse(call, paging, &filters)?;
    if !ids.is_empty() {
        gather_named(api, call, (&ids, &std::collections::BTreeSet::new()), &filters).await?;
    }
    Ok(DescribeAddressesAttributeReply::default())
}
