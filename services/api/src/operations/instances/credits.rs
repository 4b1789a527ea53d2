//! DescribeInstanceCreditSpecifications, ModifyInstanceCreditSpecification.

use std::borrow::Cow;

use multihome_core::{credits as rules, lifecycle};
use multihome_ec2::{
    Ec2Error, Tag,
    instance::{
        CreditError, DescribeInstanceCreditSpecifications, DescribeInstanceCreditSpecificationsReply, InstanceCreditSpecification,
        ModifyInstanceCreditSpecification, ModifyInstanceCreditSpecificationReply, SuccessfulInstanceCreditSpecification,
        UnsuccessfulInstanceCreditSpecification,
    },
};
use multihome_entities::instance::{Column, Entity};
use multihome_types::{Instance, InstanceAttributes, InstanceId};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};

use super::revise::{apply_revised, gather_and_lock};
use crate::{
    Api,
    call::Call,
    fault::Fault,
    filter::{Filterable, Filters, one},
    ids,
    operations::network_interfaces::of_account,
    page::{self, Asked, Page},
};

/// Without ids, of the burstable instances whose credits are unlimited: EC2's choice.
pub(crate) async fn describe_instance_credit_specifications(
    api: &Api,
    call: &Call,
    request: DescribeInstanceCreditSpecifications,
) -> Result<DescribeInstanceCreditSpecificationsReply, Fault> {
    let asked: Vec<InstanceId> = ids::parse_all(&request.instance_ids)?;
    let filters = Filters::parse::<InstanceCreditSpecification>(request.filters)?;
    let paging = Asked {
        action: "DescribeInstanceCreditSpecifications",
        max_results: request.max_results,
        next_token: request.next_token.as_deref(),
        ids: (!asked.is_empty()).then_some("instancesSet"),
        sizes: 5..=1_000,
    };
    let page = Page::parse(call, paging, &filters)?;
    if !asked.is_empty() {
        let matching = of_caller(call, true).add(Column::Id.is_in(asked.iter().copied()));
        let found = load(api, &matching, None, asked.len()).await?;
        let mut specifications = Vec::with_capacity(asked.len());
        for instance in lifecycle::select(&asked, &found)? {
            specifications.push(show(instance).ok_or_else(|| rules::not_burstable(instance))?);
        }
        specifications.retain(|shown| filters.matches(shown));
        return Ok(DescribeInstanceCreditSpecificationsReply { specifications, next_token: None });
    }
    let mut matching = of_caller(call, false);
    if let Some(exact) = filters.exact("instance-id") {
        matching = matching.add(Expr::col((Entity, Column::Id)).is_in(exact));
    }
    // An instance without credits takes part with an empty text, so that a batch has as many as were read.
    let load = |after, limit| {
        let matching = &matching;
        async move {
            let shown = |instance: &Instance| {
                let none = InstanceCreditSpecification { instance_id: instance.id.to_string(), cpu_credits: String::new() };
                show(instance).unwrap_or(none)
            };
            Ok::<Vec<InstanceCreditSpecification>, Fault>(load(api, matching, after, limit).await?.iter().map(shown).collect())
        }
    };
    let (mut specifications, next_token) = page::gather(&page, &filters, |shown: &InstanceCreditSpecification| &shown.instance_id, load).await?;
    specifications.retain(|shown| shown.cpu_credits == rules::word(true));
    Ok(DescribeInstanceCreditSpecificationsReply { specifications, next_token })
}

fn of_caller(call: &Call, narrowed: bool) -> Condition {
    of_account(call, (Entity, Column::Account), (Entity, Column::Region), narrowed)
}

async fn load(api: &Api, matching: &Condition, after: Option<String>, limit: usize) -> Result<Vec<Instance>, Fault> {
    let mut matching = matching.clone();
    if let Some(after) = after {
        matching = matching.add(Expr::col((Entity, Column::Id)).gt(after));
    }
    let rows = Entity::find().filter(matching).order_by_asc(Column::Id).limit(limit as u64).all(api.store.reader()).await?;
    Ok(rows.into_iter().map(Instance::from).collect())
}

fn show(instance: &Instance) -> Option<InstanceCreditSpecification> {
    let unlimited = rules::of(instance)?;
    Some(InstanceCreditSpecification { instance_id: instance.id.to_string(), cpu_credits: rules::word(unlimited).to_owned() })
}

impl Filterable for InstanceCreditSpecification {
    fn values(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
        (name == "instance-id").then(|| one(&self.instance_id)).flatten()
    }

    fn tags(&self) -> &[Tag] {
        &[]
    }
}

/// A change to what it is already is a success, so a token has nothing to remember.
pub(crate) async fn modify_instance_credit_specification(
    api: &Api,
    call: &Call,
    request: ModifyInstanceCreditSpecification,
) -> Result<ModifyInstanceCreditSpecificationReply, Fault> {
    if request.specifications.is_empty() {
        return Err(Ec2Error::missing_parameter("InstanceCreditSpecification").into());
    }
    // All of it is read before any of it is done.
    let mut asked = Vec::with_capacity(request.specifications.len());
    for specification in request.specifications {
        let credits = specification.cpu_credits.ok_or_else(|| Ec2Error::missing_parameter("InstanceCreditSpecification.CpuCredits"))?;
        asked.push((specification.instance_id, rules::parse(&credits)?));
    }
    let mut reply = ModifyInstanceCreditSpecificationReply::default();
    for (instance_id, unlimited) in asked {
        match set(api, call, &instance_id, unlimited).await {
            Ok(()) => reply.successful.push(SuccessfulInstanceCreditSpecification { instance_id }),
            Err(Fault::Refused(Ec2Error { code, message, .. })) => {
                let error = CreditError { code: code.into_owned(), message };
                reply.unsuccessful.push(UnsuccessfulInstanceCreditSpecification { instance_id, error });
            }
            Err(failed) => return Err(failed),
        }
    }
    Ok(reply)
}

async fn set(api: &Api, call: &Call, id: &str, unlimited: bool) -> Result<(), Fault> {
    let id: InstanceId = ids::parse(id)?;
    let mut txn = api.store.begin().await?;
    let instance = gather_and_lock(&txn, call, id).await?;
    rules::check_change(&instance)?;
    if rules::of(&instance) != Some(unlimited) {
        let attributes = InstanceAttributes { unlimited_credits: Some(unlimited), ..instance.attributes.clone() };
        apply_revised(&mut txn, call, Instance { attributes, ..instance }, format!("Its CPU credits are {} now.", rules::word(unlimited))).await?;
    }
    txn.commit().await?;
    Ok(())
}
