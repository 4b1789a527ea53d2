//! DescribeVpcAttribute and ModifyVpcAttribute.

use multihome_core::vpc::{self as rules, VpcAttribute};
use multihome_ec2::{
    AttributeValue, Return,
    vpc::{BooleanValue, DescribeVpcAttribute, DescribeVpcAttributeReply, ModifyVpcAttribute},
};
use multihome_entities::vpc;
use multihome_types::{Vpc, VpcId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{apply_row, gather_and_lock_vpc};
use crate::{Api, call::Call, fault::Fault, ids};

pub(crate) async fn describe_vpc_attribute(api: &Api, call: &Call, request: DescribeVpcAttribute) -> Result<DescribeVpcAttributeReply, Fault> {
    let id: VpcId = ids::parse(&request.vpc_id)?;
    let attribute = VpcAttribute::parse(&request.attribute)?;
    let of_caller = vpc::Entity::find_by_id(id).filter(vpc::Column::Account.eq(call.account)).filter(vpc::Column::Region.eq(call.region));
    let vpc: Vpc = of_caller.one(api.store.reader()).await?.ok_or_else(|| rules::vpc_not_found(id))?.into();
    let reply = DescribeVpcAttributeReply { vpc_id: id.to_string(), ..DescribeVpcAttributeReply::default() };
    let value = |value| Some(BooleanValue { value });
    Ok(match attribute {
        VpcAttribute::DnsSupport => DescribeVpcAttributeReply { enable_dns_support: value(vpc.dns_support), ..reply },
        VpcAttribute::DnsHostnames => DescribeVpcAttributeReply { enable_dns_hostnames: value(vpc.dns_hostnames), ..reply },
        VpcAttribute::NetworkAddressUsageMetrics => {
            DescribeVpcAttributeReply { enable_network_address_usage_metrics: value(vpc.network_address_usage_metrics), ..reply }
        }
    })
}

pub(crate) async fn modify_vpc_attribute(api: &Api, call: &Call, request: ModifyVpcAttribute) -> Result<Return, Fault> {
    let id: VpcId = ids::parse(&request.vpc_id)?;
    let value = |asked: Option<AttributeValue<bool>>| asked.map(|asked| asked.value);
    let asked = rules::select_attribute(&[
        (VpcAttribute::DnsSupport, value(request.enable_dns_support)),
        (VpcAttribute::DnsHostnames, value(request.enable_dns_hostnames)),
        (VpcAttribute::NetworkAddressUsageMetrics, value(request.enable_network_address_usage_metrics)),
    ])?;
    let mut transaction = api.store.begin().await?;
    let vpc = gather_and_lock_vpc(&transaction, call, id).await?;
    let modified = rules::admit_attribute(&vpc, asked)?;
    if modified == vpc {
        return Ok(Return::DONE);
    }
    let why = format!("The attribute {:?} of VPC {id} is {} now.", asked.0, asked.1);
    let change = apply_row(&transaction, call, modified, ("modified", why)).await?;
    transaction.record(vec![change]).await?;
    transaction.commit().await?;
    Ok(Return::DONE)
}
