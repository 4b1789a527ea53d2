//! RunInstances.
//!
//! Everything in one transaction, or nothing: instances, their new interfaces with addresses, every attachment, tags, the client token
//! and the changes. Launch inserts the initial attachment rows; afterwards only the attachment service changes them.

use std::collections::HashMap;

use multihome_core::{
    allocation::available_count,
    automatic, credits, images,
    instance_attributes::check_ebs_optimized,
    launch::{self, InterfaceSource, LaunchPlan},
    refusals,
};
use multihome_ec2::{
    Ec2Error,
    instance::{Reservation, RunInstances},
};
use multihome_entities::{attachment, elastic_address, instance, interface::MAX_BOUND, private_address};
use multihome_runtime::{Cas, Transaction};
use multihome_types::{Attachment, Change, ChangeId, ElasticAddress, EntityKind, Instance, Interface, InterfaceId, ReservationId, Subnet, SubnetId};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, Iterable};

use super::{
    asked::Asked,
    describe::gather_reservation,
    facts::{Facts, gather_facts},
    rows::{Draft, Launch},
};
use crate::{
    Api,
    call::Call,
    client_token::ClientToken,
    fault::Fault,
    ids,
    operations::{
        addresses::seed,
        network_interfaces::{ATTEMPTS, Births, apply_births, apply_touch, contended, settle},
        tags::apply_tags,
    },
    quotas,
};

pub(crate) async fn run_instances(api: &Api, call: &Call, mut request: RunInstances) -> Result<Reservation, Fault> {
    let client_token = request.client_token.take().filter(|token| !token.is_empty());
    // Not part of what the token stands for: a launch may be tried first.
    let dry_run = std::mem::take(&mut request.dry_run);
    let token = ClientToken::parse(call, "RunInstances", client_token.as_deref(), &request)?;
    let asked = Asked::parse(request, dry_run)?;
    // Free addresses are not always where prefixes could be: then fewer instances are tried.
    let mut most = usize::MAX;
    for _ in 0..ATTEMPTS {
        let made = match token.gather(api.store.reader()).await? {
            Some(_) if dry_run => return Err(Ec2Error::dry_run().into()),
            Some(earlier) => Some(ids::parse(&earlier)?),
            None => attempt(api, call, &asked, (&token, client_token.as_deref(), &mut most)).await?,
        };
        if let Some(reservation) = made {
            return gather_reservation(api.store.reader(), call, reservation).await;
        }
    }
    Err(contended())
}

/// `None`: somebody else was first, with an interface, an id, an address or the client token.
async fn attempt(
    api: &Api,
    call: &Call,
    asked: &Asked,
    (token, client_token, most): (&ClientToken, Option<&str>, &mut usize),
) -> Result<Option<ReservationId>, Fault> {
    let conn = api.store.reader();
    let facts = gather_facts(api, call, asked).await?;
    let mut request = asked.launch.clone();
    request.groups.extend(facts.named_groups.iter().copied());
    let plan = launch::plan(&request, &facts.for_rules(call))?;
    let count = gather_fitting(conn, &plan, &facts.subnets).await?.min(*most).max(plan.min_count);
    let Facts { subnets, clusters, interfaces, key, image, .. } = &facts;
    images::check_fits(image, &request.instance_type)?;
    let of_subnet = subnets.iter().find(|subnet| subnet.id == plan.subnet).map(|subnet| subnet.attributes).unwrap_or_default();
    let attributes = asked.attributes(image, key.as_ref(), of_subnet)?;
    check_ebs_optimized(attributes.ebs_optimized, &request.instance_type)?;
    credits::check_launch(attributes.unlimited_credits, &request.instance_type)?;
    // A launch would start the zone's cluster, which one that is only tried must not.
    let is_there = clusters.iter().any(|cluster| (cluster.region, cluster.zone) == (call.region, plan.zone));
    if asked.dry_run && api.embedded.is_some() && !is_there {
        return Err(Ec2Error::dry_run().into());
    }
    let clusters = &api.clusters_with(call.region, plan.zone, clusters).await?;
    let launch = Launch { asked, attributes, plan: &plan, subnets, clusters, client_token, deadlines: api.settings.deadlines };
    let draft = launch.draft(api, call, count)?;
    let mut txn = api.store.begin().await?;
    let outcome = match token.apply(&txn, &draft.reservation.to_string()).await {
        Ok(true) => apply(api, call, &mut txn, &launch, (draft, interfaces, most)).await,
        Ok(false) => Ok(None),
        Err(fault) => Err(fault),
    };
    settle(txn, outcome).await
}

/// How many of the planned instances have addresses to take: as many as asked for at least, or the launch fails as a whole.
async fn gather_fitting<C: ConnectionTrait>(conn: &C, plan: &LaunchPlan, subnets: &[Subnet]) -> Result<usize, DbErr> {
    let most = plan.instances.len();
    let Some(one) = plan.instances.first().filter(|_| plan.min_count < most) else { return Ok(most) };
    let mut wanted: HashMap<SubnetId, u64> = HashMap::new();
    for interface in &one.interfaces {
        if let InterfaceSource::New { subnet, assignment, .. } = &interface.source {
            *wanted.entry(*subnet).or_default() += u64::try_from(assignment.taken()).unwrap_or(u64::MAX).saturating_add(1);
        }
    }
    let ids: Vec<SubnetId> = wanted.keys().copied().collect();
    let taken: HashMap<SubnetId, i64> = private_address::counts(conn, &ids).await?.into_iter().collect();
    let fitting = subnets.iter().filter_map(|subnet| {
        let taken = taken.get(&subnet.id).and_then(|count| u64::try_from(*count).ok()).unwrap_or(0);
        let free = available_count(subnet.cidr, taken);
        wanted.get(&subnet.id).map(|wanted| usize::try_from(free / wanted).unwrap_or(most))
    });
    Ok(fitting.min().unwrap_or(most).clamp(plan.min_count, most))
}

async fn apply(
    api: &Api,
    call: &Call,
    txn: &mut Transaction,
    launch: &Launch<'_>,
    (draft, existing, most): (Draft<'_>, &[Interface], &mut usize),
) -> Result<Option<ReservationId>, Fault> {
    quotas::admit_interfaces(api, txn, call, draft.wanted.len()).await?;
    // Before any address is taken: whoever assigns addresses to one of these holds it while he waits for addresses.
    let Some(touched) = apply_touches(txn, existing).await? else { return Ok(None) };
    let made = match apply_births(txn, &draft.wanted, api.settings.mac_prefix, call.now).await? {
        Births::Made(made) => made,
        // With fewer instances than asked for at most there may be addresses enough.
        Births::SubnetFull(_) if draft.instances.len() > launch.plan.min_count => {
            *most = usize::midpoint(launch.plan.min_count, draft.instances.len() - 1);
            return Ok(None);
        }
        Births::SubnetFull(refusal) => return Err(refusal.into()),
    };
    for interface in &made {
        apply_tags(txn, call, &interface.id.to_string(), &launch.asked.interface_tags).await?;
    }
    for instance in &draft.instances {
        apply_tags(txn, call, &instance.id.to_string(), &launch.asked.instance_tags).await?;
    }
    apply_public_addresses(api, call, txn, &made).await?;
    let interfaces: HashMap<InterfaceId, Interface> = made.into_iter().chain(touched).map(|interface| (interface.id, interface)).collect();
    let attachments: Vec<Attachment> = draft
        .slots
        .iter()
        .filter_map(|slot| Some(launch.attachment(api, call, &draft.instances[slot.instance], (interfaces.get(&slot.interface)?, slot.planned))))
        .collect();
    // Before anything is numbered: everything else is undone.
    if launch.asked.dry_run {
        return Err(Ec2Error::dry_run().into());
    }
    let changes = changes(call, &draft.instances, &attachments, &interfaces);
    let change = apply_changes(txn, changes).await?;
    insert(txn, (draft.instances, attachments), change).await?;
    Ok(Some(draft.reservation))
}

/// Gives public addresses to the interfaces that are to have one.
async fn apply_public_addresses(api: &Api, call: &Call, txn: &Transaction, made: &[Interface]) -> Result<(), Fault> {
    let to_have = made.iter().filter(|interface| interface.automatic_public_address);
    let mut given: Vec<ElasticAddress> = to_have.map(|interface| automatic::given(interface, (api.fresh(), api.fresh()), call.now)).collect();
    if given.is_empty() || elastic_address::take_any(txn.conn(), &mut given, api.settings.public_addresses.candidates(seed())).await? {
        return Ok(());
    }
    Err(refusals::public_addresses_exhausted().into())
}

/// Interfaces that exist, in the order of their ids, so that two launches with the same ones do not wait for each other in a circle.
async fn apply_touches(txn: &Transaction, existing: &[Interface]) -> Result<Option<Vec<Interface>>, DbErr> {
    let mut touched = existing.to_vec();
    touched.sort_unstable_by_key(|interface| interface.id);
    for interface in &mut touched {
        if apply_touch(txn, interface).await? == Cas::Stale {
            return Ok(None);
        }
        interface.generation = interface.generation.next();
    }
    Ok(Some(touched))
}

fn changes(call: &Call, instances: &[Instance], attachments: &[Attachment], interfaces: &HashMap<InterfaceId, Interface>) -> Vec<Change> {
    let launched = instances.iter().map(|instance| {
        let Instance { id, ref instance_type, node, cluster, .. } = *instance;
        let why = format!("Instance {id} was launched as {instance_type}, on node {node} of cluster {cluster}.");
        call.change((EntityKind::Instance, instance.id, instance.generation), "pending", why)
    });
    let attaching = attachments.iter().flat_map(|attachment| {
        let Attachment { interface, instance, device_index, .. } = *attachment;
        let why = format!("Instance {instance} was launched with network interface {interface} at device index {device_index}.");
        let of_interface = interfaces.get(&attachment.interface).map(|interface| {
            call.change_of(interface.account, (EntityKind::Interface, interface.id, interface.generation), "attaching", why.clone())
        });
        let of_attachment = call.change((EntityKind::Attachment, attachment.id, attachment.generation), "attaching", why);
        of_interface.into_iter().chain([of_attachment])
    });
    launched.chain(attaching).collect()
}

/// Records changes, ten values each, and returns the number of the last: whoever has been told of that one has been told of all.
async fn apply_changes(txn: &mut Transaction, mut changes: Vec<Change>) -> Result<ChangeId, DbErr> {
    let mut last = ChangeId::default();
    while !changes.is_empty() {
        let rest = changes.split_off(changes.len().min(MAX_BOUND / 10));
        last = txn.record(changes).await?;
        changes = rest;
    }
    Ok(last)
}

/// As many rows at a time as their columns allow.
async fn insert(txn: &Transaction, (instances, attachments): (Vec<Instance>, Vec<Attachment>), change: ChangeId) -> Result<(), DbErr> {
    let instances: Vec<instance::Model> = instances.into_iter().map(|instance| Instance { change, ..instance }.into()).collect();
    for some in instances.chunks(MAX_BOUND / instance::Column::iter().count()) {
        let rows = some.iter().cloned().map(|row| row.into_active_model());
        instance::Entity::insert_many(rows).exec_without_returning(txn.conn()).await?;
    }
    let attachments: Vec<attachment::Model> = attachments.into_iter().map(|attachment| Attachment { change, ..attachment }.into()).collect();
    for some in attachments.chunks(MAX_BOUND / attachment::Column::iter().count()) {
        let rows = some.iter().cloned().map(|row| row.into_active_model());
        attachment::Entity::insert_many(rows).exec_without_returning(txn.conn()).await?;
    }
    Ok(())
}
