//! DescribeInstanceStatus, RebootInstances, MonitorInstances, UnmonitorInstances.
//!
//! What runs is well: a cluster that does not report an instance any longer shows in its state, or in the drift report.

use std::borrow::Cow;

use multihome_core::{
    instance_attributes::{self as rules, Modification, Situation},
    lifecycle,
};
use multihome_ec2::{
    Ec2Error, Operator, Return, Tag,
    instance::{
        DescribeInstanceStatus, DescribeInstanceStatusReply, InstanceMonitoring, InstanceMonitorings, InstanceStatus, InstanceStatusDetails,
        InstanceStatusSummary, MonitorInstances, Monitoring, RebootInstances, UnmonitorInstances,
    },
};
use multihome_entities::instance::{Column, Entity};
use multihome_types::{Instance, InstanceAttributes, InstanceId, InstanceState};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};

use super::{
    revise::{apply_revised, gather_and_lock_all},
    state::state_shown,
};
use crate::{
    Api,
    call::Call,
    fault::Fault,
    filter::{Filterable, Filters, flag, many, one},
    ids,
    operations::{availability_zones::zone_id, network_interfaces::of_account},
    page::{self, Asked, Page},
};

pub(crate) async fn describe_instance_status(api: &Api, call: &Call, request: DescribeInstanceStatus) -> Result<DescribeInstanceStatusReply, Fault> {
    let asked: Vec<InstanceId> = ids::parse_all(&request.instance_ids)?;
    let filters = Filters::parse::<InstanceStatus>(request.filters)?;
    let paging = Asked {
        action: if request.include_all_instances { "DescribeInstanceStatus of all" } else { "DescribeInstanceStatus" },
        max_results: request.max_results,
        next_token: request.next_token.as_deref(),
        ids: (!asked.is_empty()).then_some("instancesSet"),
        sizes: 5..=1_000,
    };
    let page = Page::parse(call, paging, &filters)?;
    let of_caller = |narrowed| of_account(call, (Entity, Column::Account), (Entity, Column::Region), narrowed);
    if !asked.is_empty() {
        let matching = of_caller(true).add(Column::Id.is_in(asked.iter().copied()));
        let found = gather(api, &matching, None, asked.len()).await?;
        lifecycle::select(&asked, &found)?;
        let wanted = found.iter().filter(|instance| request.include_all_instances || instance.state == InstanceState::Running);
        let statuses = wanted.map(show).filter(|shown| filters.matches(shown)).collect();
        return Ok(DescribeInstanceStatusReply { statuses, next_token: None });
    }
    let mut matching = of_caller(false);
    if !request.include_all_instances {
        matching = matching.add(Column::State.eq(InstanceState::Running));
    }
    for (name, column) in [("instance-state-name", Column::State), ("availability-zone", Column::Zone)] {
        if let Some(exact) = filters.exact(name) {
            matching = matching.add(Expr::col((Entity, column)).is_in(exact));
        }
    }
    let load = |after, limit| load(api, &matching, after, limit);
    let (statuses, next_token) = page::gather(&page, &filters, |shown| &shown.instance_id, load).await?;
    Ok(DescribeInstanceStatusReply { statuses, next_token })
}

async fn load(api: &Api, matching: &Condition, after: Option<String>, limit: usize) -> Result<Vec<InstanceStatus>, Fault> {
    Ok(gather(api, matching, after, limit).await?.iter().map(show).collect())
}

async fn gather(api: &Api, matching: &Condition, after: Option<String>, limit: usize) -> Result<Vec<Instance>, Fault> {
    let mut matching = matching.clone();
    if let Some(after) = after {
        matching = matching.add(Expr::col((Entity, Column::Id)).gt(after));
    }
    let rows = Entity::find().filter(matching).order_by_asc(Column::Id).limit(limit as u64).all(api.store.reader()).await?;
    Ok(rows.into_iter().map(Instance::from).collect())
}

fn show(instance: &Instance) -> InstanceStatus {
    let summary = || match instance.state {
        InstanceState::Running => {
            let passed = InstanceStatusDetails { name: "reachability".to_owned(), status: "passed".to_owned() };
            InstanceStatusSummary { details: Some(vec![passed]), status: "ok".to_owned() }
        }
        InstanceState::Pending | InstanceState::Stopping | InstanceState::Stopped | InstanceState::ShuttingDown | InstanceState::Terminated => {
            InstanceStatusSummary { details: None, status: "not-applicable".to_owned() }
        }
    };
    InstanceStatus {
        availability_zone: instance.zone.to_string(),
        availability_zone_id: zone_id(instance.region, instance.zone),
        operator: Operator { managed: false },
        events: Vec::new(),
        instance_id: instance.id.to_string(),
        instance_state: state_shown(instance.state),
        instance_status: summary(),
        system_status: summary(),
        attached_ebs_status: summary(),
    }
}

impl Filterable for InstanceStatus {
    fn values(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
        fn reachability(summary: &InstanceStatusSummary) -> Option<Vec<Cow<'_, str>>> {
            many(summary.details.iter().flatten().map(|details| &*details.status))
        }
        match name {
            "availability-zone" => one(&self.availability_zone),
            "availability-zone-id" => one(&self.availability_zone_id),
            "instance-state-code" => one(self.instance_state.code.to_string()),
            "instance-state-name" => one(&self.instance_state.name),
            "instance-status.status" => one(&self.instance_status.status),
            "instance-status.reachability" => reachability(&self.instance_status),
            "system-status.status" => one(&self.system_status.status),
            "system-status.reachability" => reachability(&self.system_status),
            "attached-ebs-status.status" => one(&self.attached_ebs_status.status),
            "operator.managed" => flag(self.operator.managed),
            "event.code"
            | "event.description"
            | "event.instance-event-id"
            | "event.not-after"
            | "event.not-before"
            | "event.not-before-deadline"
            | "operator.principal" => Some(Vec::new()),
            _ => None,
        }
    }

    fn tags(&self) -> &[Tag] {
        &[]
    }
}

fn named(ids: &[String]) -> Result<Vec<InstanceId>, Ec2Error> {
    let ids: Vec<InstanceId> = ids::parse_all(ids)?;
    if ids.is_empty() { Err(Ec2Error::missing_parameter("InstanceId")) } else { Ok(ids) }
}

/// All of them, or none.
pub(crate) async fn reboot_instances(api: &Api, call: &Call, request: RebootInstances) -> Result<Return, Fault> {
    let ids = named(&request.instance_ids)?;
    let mut txn = api.store.begin().await?;
    for instance in gather_and_lock_all(&txn, call, &ids).await? {
        rules::check_reboot(&instance)?;
        let attributes = InstanceAttributes { rebooted_at: Some(call.now), ..instance.attributes.clone() };
        apply_revised(&mut txn, call, Instance { attributes, ..instance }, "It was rebooted.").await?;
    }
    txn.commit().await?;
    Ok(Return::DONE)
}

pub(crate) async fn monitor_instances(api: &Api, call: &Call, request: MonitorInstances) -> Result<InstanceMonitorings, Fault> {
    set_monitoring(api, call, &request.instance_ids, true).await
}

pub(crate) async fn unmonitor_instances(api: &Api, call: &Call, request: UnmonitorInstances) -> Result<InstanceMonitorings, Fault> {
    set_monitoring(api, call, &request.instance_ids, false).await
}

async fn set_monitoring(api: &Api, call: &Call, ids: &[String], on: bool) -> Result<InstanceMonitorings, Fault> {
    let ids = named(ids)?;
    let mut txn = api.store.begin().await?;
    for instance in gather_and_lock_all(&txn, call, &ids).await? {
        let revised = rules::modify(Situation { instance: &instance, new_type: None, on_it: &[] }, Modification::Monitoring(on))?;
        if revised != instance {
            let why = if on { "Its monitoring was switched on." } else { "Its monitoring was switched off." };
            apply_revised(&mut txn, call, revised, why).await?;
        }
    }
    txn.commit().await?;
    // EC2 says what it is about to be.
    let state = if on { "pending" } else { "disabling" };
    let shown = |id: &InstanceId| InstanceMonitoring { instance_id: id.to_string(), monitoring: Monitoring { state: state.to_owned() } };
    Ok(InstanceMonitorings { instances: ids.iter().map(shown).collect() })
}
