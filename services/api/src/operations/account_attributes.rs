//! Attributes of the caller's account: describe.

use multihome_core::account_attributes::{self as rules, AccountFacts};
use multihome_ec2::account_attribute::{AccountAttribute, AccountAttributeValue, DescribeAccountAttributes, DescribeAccountAttributesReply};

use multihome_types::QuotaName;

use super::vpcs::gather_default_vpc;
use crate::{Api, call::Call, fault::Fault, quotas};

pub(crate) async fn describe_account_attributes(
    api: &Api,
    call: &Call,
    request: DescribeAccountAttributes,
) -> Result<DescribeAccountAttributesReply, Fault> {
    let default_vpc = gather_default_vpc(api.store.reader(), call).await?;
    let most_addresses = quotas::limit(api, api.store.reader(), call, QuotaName::ElasticAddressesPerRegion).await?;
    let most_groups = quotas::limit(api, api.store.reader(), call, QuotaName::GroupsPerInterface).await?;
    let facts =
        AccountFacts { default_vpc, most_addresses: most_addresses.min(api.settings.public_addresses.count()), most_groups: most_groups.max(1) };
    let show = |(name, value): (&str, String)| AccountAttribute {
        attribute_name: name.to_owned(),
        values: vec![AccountAttributeValue { attribute_value: value }],
    };
    Ok(DescribeAccountAttributesReply { attributes: rules::describe(&request.attribute_names, facts)?.into_iter().map(show).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, call, code};

    #[tokio::test]
    async fn an_account_has_a_default_vpc_or_none() {
        let api = testing::api().await;
        let request = DescribeAccountAttributes { attribute_names: vec!["default-vpc".to_owned()], ..DescribeAccountAttributes::default() };
        let shown = describe_account_attributes(&api, &call(), request).await.unwrap().attributes;
        assert_eq!((shown.len(), shown[0].values[0].attribute_value.as_str()), (1, "none"));
        let unknown = DescribeAccountAttributes { attribute_names: vec!["x".to_owned()], ..DescribeAccountAttributes::default() };
        assert_eq!(code(describe_account_attributes(&api, &call(), unknown).await), "InvalidParameterValue");
    }
}
