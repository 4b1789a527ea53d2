//! DescribeInstanceTypes.

use multihome_ec2::{
    Ec2Error,
    instance_type::{DescribeInstanceTypes, DescribeInstanceTypesReply, InstanceTypeInfo as Shown},
};
use multihome_entities::instance_type::{Column, Entity};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::shown::show;
use crate::{
    Api,
    call::Call,
    fault::Fault,
    filter::Filters,
    page::{self, Asked, Page},
};

/// How many types one request may name. Source: EC2's documentation of the operation.
const MOST_NAMED: usize = 100;

pub(crate) async fn describe_instance_types(api: &Api, call: &Call, request: DescribeInstanceTypes) -> Result<DescribeInstanceTypesReply, Fault> {
    let filters = Filters::parse::<Shown>(request.filters)?;
    let paging = Asked {
        action: "DescribeInstanceTypes",
        max_results: request.max_results,
        next_token: request.next_token.as_deref(),
        ids: (!request.instance_types.is_empty()).then_some("InstanceTypes"),
        sizes: 5..=100,
    };
    let page = Page::parse(call, paging, &filters)?;
    if request.instance_types.len() > MOST_NAMED {
        let message = format!("The request names {} instance types; {MOST_NAMED} is the most.", request.instance_types.len());
        return Err(Ec2Error::new("InvalidParameterValue", message).into());
    }
    let mut matching = Condition::all();
    if !request.instance_types.is_empty() {
        matching = matching.add(Column::Name.is_in(&request.instance_types));
        let mut found = load(api, &matching, None, request.instance_types.len()).await?;
        let unknown: Vec<String> =
            request.instance_types.iter().filter(|name| found.iter().all(|known| known.instance_type != **name)).cloned().collect();
        if !unknown.is_empty() {
            let shown: String = unknown.join(", ").chars().take(256).collect();
            return Err(Ec2Error::new("InvalidInstanceType", format!("The following supplied instance types do not exist: [{shown}]")).into());
        }
        found.retain(|shown| filters.matches(shown));
        return Ok(DescribeInstanceTypesReply { instance_types: found, next_token: None });
    }
    if let Some(exact) = filters.exact("instance-type") {
        matching = matching.add(Column::Name.is_in(exact));
    }
    let load = |after, limit| load(api, &matching, after, limit);
    let (instance_types, next_token) = page::gather(&page, &filters, |shown| &shown.instance_type, load).await?;
    Ok(DescribeInstanceTypesReply { instance_types, next_token })
}

async fn load(api: &Api, matching: &Condition, after: Option<String>, limit: usize) -> Result<Vec<Shown>, Fault> {
    let mut matching = matching.clone();
    if let Some(after) = after {
        matching = matching.add(Column::Name.gt(after));
    }
    let rows = Entity::find().filter(matching).order_by_asc(Column::Name).limit(limit as u64).all(api.store.reader()).await?;
    Ok(rows.into_iter().map(|row| show(row.into())).collect())
}
