//! CreateTags, DeleteTags, DescribeTags; and for every other operation, the tags a create brings and those a describe shows.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt::Display,
};

mod delete;
mod describe;
#[cfg(test)]
mod tests;

pub(crate) use delete::delete_tags;
pub(crate) use describe::describe_tags;
use multihome_core::{
    metadata_options::check_tag_keys,
    tags::{self as rules, Taggable},
};
use multihome_ec2::{Ec2Error, Return, Tag, TagSpecification, tag::CreateTags};
use multihome_entities::{
    dhcp_options, elastic_address, group, group_rule, image, instance,
    interface::{self, MAX_BOUND},
    internet_gateway, key_pair, nat_gateway, network_acl, route_table, subnet, tag, vpc,
};
use multihome_runtime::Transaction;
use multihome_types::{Change, EntityKind, Generation, GroupId, GroupRuleId, Refusal};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{LockType, OnConflict},
};

use crate::{Api, call::Call, fault::Fault};

/// The tags for what a create makes. `resource_type` is its EC2 name, such as `network-interface`.
///
/// # Errors
/// A specification for another kind of thing; tags that may not be.
pub(crate) fn specified(specifications: &[TagSpecification], resource_type: &str) -> Result<Vec<Tag>, Refusal> {
    specified_among(specifications, resource_type, &[resource_type])
}

/// As [`specified`], for a create that makes several kinds of things: the tags for one kind, where others may have some too.
pub(crate) fn specified_among(specifications: &[TagSpecification], resource_type: &str, all: &[&str]) -> Result<Vec<Tag>, Refusal> {
    let mut tags = Vec::new();
    for specification in specifications {
        rules::check_resource_type(specification.resource_type.as_deref(), all)?;
        if specification.resource_type.as_deref() == Some(resource_type) {
            tags.extend(specification.tags.iter().cloned());
        }
    }
    check(&tags)?;
    tags.sort();
    Ok(tags)
}

fn check(tags: &[Tag]) -> Result<(), Refusal> {
    rules::check(tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())))
}

/// The tags of some resources by id, each one's by key.
pub(crate) async fn gather_tags<C: ConnectionTrait>(conn: &C, resources: &[String]) -> Result<HashMap<String, Vec<Tag>>, Fault> {
    if resources.is_empty() {
        return Ok(HashMap::new());
    }
    let found = tag::of_resources(conn, resources).await?;
    let shown = |tags: Vec<multihome_types::Tag>| tags.into_iter().map(|tag| Tag { key: tag.key, value: tag.value }).collect();
    Ok(found.into_iter().map(|(resource, tags)| (resource, shown(tags))).collect())
}

/// Sets the tags of a resource; a key it has already gets the new value.
pub(crate) async fn apply_tags(transaction: &Transaction, call: &Call, resource: &str, tags: &[Tag]) -> Result<(), Fault> {
    if tags.is_empty() {
        return Ok(());
    }
    let rows = tags.iter().map(|tag| {
        let row =
            tag::Model { resource: resource.to_owned(), key: tag.key.clone(), value: tag.value.clone(), account: call.account, region: call.region };
        tag::ActiveModel::from(row)
    });
    let key = [tag::Column::Resource, tag::Column::Key];
    let replace = OnConflict::columns(key).update_column(tag::Column::Value).to_owned();
    tag::Entity::insert_many(rows).on_conflict(replace).exec_without_returning(transaction.conn()).await?;
    Ok(())
}

/// Takes all tags away from resources that are no more: every delete calls this.
pub(crate) async fn apply_untag<T: Display>(transaction: &Transaction, resources: impl IntoIterator<Item = T>) -> Result<(), Fault> {
    let resources: Vec<String> = resources.into_iter().map(|resource| resource.to_string()).collect();
    for some in resources.chunks(MAX_BOUND) {
        tag::Entity::delete_many().filter(tag::Column::Resource.is_in(some.iter().map(String::as_str))).exec(transaction.conn()).await?;
    }
    Ok(())
}

pub(crate) async fn create_tags(api: &Api, call: &Call, request: CreateTags) -> Result<Return, Fault> {
    if request.resource_ids.is_empty() {
        return Err(Ec2Error::missing_parameter("ResourceId").into());
    }
    if request.tags.is_empty() {
        return Err(Ec2Error::missing_parameter("Tag").into());
    }
    check(&request.tags)?;
    let resources = request.resource_ids.iter().map(|id| Taggable::of(id)).collect::<Result<BTreeSet<_>, _>>()?;
    let mut transaction = api.store.begin().await?;
    let holders = gather_and_lock(&transaction, call, &resources).await?;
    if are_told(transaction.conn(), &resources).await? {
        check_tag_keys(request.tags.iter().map(|tag| tag.key.as_str()))?;
    }
    let ids: Vec<String> = holders.keys().map(|resource| id_of(*resource)).collect();
    let present = gather_tags(transaction.conn(), &ids).await?;
    let mut changes = Vec::with_capacity(resources.len());
    let keys = request.tags.iter().map(|tag| tag.key.as_str()).collect::<Vec<_>>().join(", ");
    for (resource, holder) in holders {
        let id = id_of(resource);
        let has = present.get(&id).map(Vec::as_slice).unwrap_or_default();
        rules::check_added(has.iter().map(|tag| tag.key.as_str()), request.tags.iter().map(|tag| tag.key.as_str()))?;
        apply_tags(&transaction, call, &id, &request.tags).await?;
        changes.push(changed(call, (resource, holder), "tagged", &format!("was given the tags {keys}")));
    }
    transaction.record(changes).await?;
    transaction.commit().await?;
    Ok(Return::DONE)
}

/// Whether an instance among the resources is told its tags, each of which then has to be a name in a path.
async fn are_told<C: ConnectionTrait>(conn: &C, resources: &BTreeSet<Taggable>) -> Result<bool, Fault> {
    let ids: Vec<_> = resources.iter().filter_map(|one| if let Taggable::Instance(id) = one { Some(*id) } else { None }).collect();
    for some in ids.chunks(MAX_BOUND) {
        let told = instance::Entity::find().filter(instance::Column::Id.is_in(some.iter().copied())).filter(instance::Column::MetadataTags.eq(true));
        if told.count(conn).await? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Tags are no part of a resource's row, so its generation stays: of interfaces and instances the attachment service is a writer too, and
/// would find every attach stale that a tag came in between of. Nothing that goes by generations, such as a broadcast, shows tags.
fn changed(call: &Call, (resource, holder): (Taggable, Holder), what: &str, happened: &str) -> Change {
    let (kind, noun) = match resource {
        Taggable::Vpc(_) => (EntityKind::Vpc, "VPC"),
        Taggable::Subnet(_) => (EntityKind::Subnet, "Subnet"),
        Taggable::Group(_) => (EntityKind::Group, "Security group"),
        Taggable::GroupRule(_) => (EntityKind::Group, "Security group rule"),
        Taggable::Interface(_) => (EntityKind::Interface, "Network interface"),
        Taggable::Instance(_) => (EntityKind::Instance, "Instance"),
        Taggable::RouteTable(_) => (EntityKind::RouteTable, "Route table"),
        Taggable::InternetGateway(_) => (EntityKind::InternetGateway, "Internet gateway"),
        Taggable::NetworkAcl(_) => (EntityKind::NetworkAcl, "Network ACL"),
        Taggable::DhcpOptions(_) => (EntityKind::DhcpOptions, "DHCP options"),
        Taggable::NatGateway(_) => (EntityKind::NatGateway, "NAT gateway"),
        Taggable::ElasticAddress(_) => (EntityKind::ElasticAddress, "Elastic address"),
        Taggable::KeyPair(_) => (EntityKind::KeyPair, "Key pair"),
        Taggable::Image(_) => (EntityKind::Image, "Image"),
    };
    call.change((kind, holder.id, holder.generation), what, format!("{noun} {} {happened}.", id_of(resource)))
}

fn id_of(resource: Taggable) -> String {
    match resource {
        Taggable::Vpc(id) => id.to_string(),
        Taggable::Subnet(id) => id.to_string(),
        Taggable::Group(id) => id.to_string(),
        Taggable::GroupRule(id) => id.to_string(),
        Taggable::Interface(id) => id.to_string(),
        Taggable::Instance(id) => id.to_string(),
        Taggable::RouteTable(id) => id.to_string(),
        Taggable::InternetGateway(id) => id.to_string(),
        Taggable::NetworkAcl(id) => id.to_string(),
        Taggable::DhcpOptions(id) => id.to_string(),
        Taggable::NatGateway(id) => id.to_string(),
        Taggable::ElasticAddress(id) => id.to_string(),
        Taggable::KeyPair(id) => id.to_string(),
        Taggable::Image(id) => id.to_string(),
    }
}

/// The row that a resource is part of: its own, but a rule is its group's.
struct Holder {
    id: String,
    generation: Generation,
}

/// The rows of resources that exist in the caller's account; they stay as they are until the end of the transaction, so that two
/// calls together cannot give one too many tags.
async fn gather_and_lock(transaction: &Transaction, call: &Call, resources: &BTreeSet<Taggable>) -> Result<BTreeMap<Taggable, Holder>, Fault> {
    let mut found = BTreeMap::new();
    macro_rules! gather {
        ($kind:ident in $table:ident) => {
            let ids: Vec<_> = resources.iter().filter_map(|resource| if let Taggable::$kind(id) = resource { Some(*id) } else { None }).collect();
            if !ids.is_empty() {
                let rows = $table::Entity::find()
                    .select_only()
                    .columns([$table::Column::Id, $table::Column::Generation])
                    .filter($table::Column::Id.is_in(ids))
                    .filter($table::Column::Account.eq(call.account))
                    .filter($table::Column::Region.eq(call.region))
                    .order_by_asc($table::Column::Id)
                    .lock(LockType::NoKeyUpdate);
                for (id, generation) in rows.into_tuple().all(transaction.conn()).await? {
                    found.insert(Taggable::$kind(id), Holder { id: id.to_string(), generation });
                }
            }
        };
    }
    gather!(Vpc in vpc);
    // A VPC before its gateway, as an attach has it.
    gather!(InternetGateway in internet_gateway);
    gather!(DhcpOptions in dhcp_options);
    gather!(NetworkAcl in network_acl);
    gather!(Subnet in subnet);
    // Before its interface and its address, as the workflow has them.
    gather!(NatGateway in nat_gateway);
    gather_groups_and_rules(transaction, call, resources, &mut found).await?;
    // In the order in which an attach and a termination take them: an instance before its interfaces.
    gather!(Instance in instance);
    gather!(Interface in interface);
    gather!(RouteTable in route_table);
    gather!(ElasticAddress in elastic_address);
    gather!(KeyPair in key_pair);
    gather!(Image in image);
    match resources.iter().find(|resource| !found.contains_key(resource)) {
        Some(missing) => Err(missing.not_found().into()),
        None => Ok(found),
    }
}

/// Whoever changes a rule has its group's row locked, and takes the rule away and puts it back: so it is groups that are locked here.
async fn gather_groups_and_rules(
    transaction: &Transaction,
    call: &Call,
    resources: &BTreeSet<Taggable>,
    found: &mut BTreeMap<Taggable, Holder>,
) -> Result<(), Fault> {
    let conn = transaction.conn();
    let rules: Vec<GroupRuleId> = resources.iter().filter_map(|one| if let Taggable::GroupRule(id) = one { Some(*id) } else { None }).collect();
    let mut ids: BTreeSet<GroupId> = resources.iter().filter_map(|one| if let Taggable::Group(id) = one { Some(*id) } else { None }).collect();
    let of_rules = || async {
        if rules.is_empty() {
            return Ok(Vec::new());
        }
        let rows = group_rule::Entity::find().filter(group_rule::Column::Id.is_in(rules.iter().copied())).select_only();
        let rows = rows.columns([group_rule::Column::Id, group_rule::Column::GroupId]);
        rows.into_tuple::<(GroupRuleId, GroupId)>().all(conn).await
    };
    ids.extend(of_rules().await?.into_iter().map(|(_, group)| group));
    if ids.is_empty() {
        return Ok(());
    }
    let rows = group::Entity::find()
        .select_only()
        .columns([group::Column::Id, group::Column::Generation])
        .filter(group::Column::Id.is_in(ids))
        .filter(group::Column::Account.eq(call.account))
        .filter(group::Column::Region.eq(call.region))
        .order_by_asc(group::Column::Id)
        .lock(LockType::NoKeyUpdate);
    let groups: BTreeMap<GroupId, Generation> = rows.into_tuple::<(GroupId, Generation)>().all(conn).await?.into_iter().collect();
    for (rule, group) in of_rules().await? {
        if let Some(generation) = groups.get(&group) {
            found.insert(Taggable::GroupRule(rule), Holder { id: group.to_string(), generation: *generation });
        }
    }
    let asked = groups.into_iter().filter(|(id, _)| resources.contains(&Taggable::Group(*id)));
    found.extend(asked.map(|(id, generation)| (Taggable::Group(id), Holder { id: id.to_string(), generation })));
    Ok(())
}
