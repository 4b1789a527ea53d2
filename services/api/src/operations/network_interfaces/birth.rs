//! New interfaces, written: their addresses, rows and groups. Create makes one of them, a launch many.

use multihome_core::{
    assignment::{Assignment, Ipv6Assignment},
    refusals,
};
use multihome_ec2::Ec2Error;
use multihome_entities::{
    interface::{self, MAX_BOUND},
    interface_group,
};
use multihome_runtime::{Cas, Transaction};
use multihome_types::{Address, Assigned, Generation, GroupId, Interface, InterfaceId, InterfaceKind, Mac, MacPrefix, Refusal, Subnet, Timestamp};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryTrait, StatementBuilder,
    sea_query::{Expr, ExprTrait, InsertStatement},
};

use super::{
    addresses::{Place, apply_take, apply_take_any, apply_turn},
    assigned::{apply_named, apply_take_any_prefixes},
    ipv6::apply_ipv6,
};
use crate::fault::Fault;

/// An interface that may be made, with an id that nobody has yet, most likely.
#[derive(Clone, Debug)]
pub(in crate::operations) struct Wanted<'a> {
    pub id: InterfaceId,
    pub kind: InterfaceKind,
    pub subnet: &'a Subnet,
    pub address: Option<Address>,
    pub assignment: Assignment,
    pub ipv6: Ipv6Assignment,
    pub groups: Vec<GroupId>,
    pub description: String,
    pub source_dest_check: bool,
    /// The cloud is to give it a public address while its instance runs.
    pub automatic_public_address: bool,
}

pub(in crate::operations) enum Births {
    /// In the order they were asked for.
    Made(Vec<Interface>),
    /// Some have no address, or not what else they are to have, and the transaction must be rolled back.
    SubnetFull(Refusal),
}

/// Any but the plain ones and Elastic Fabric Adapters are made by services, or on hardware that is not here.
///
/// # Errors
/// `UnsupportedOperation`, `InvalidParameterValue`.
pub(in crate::operations) fn kind_asked(asked: Option<&str>) -> Result<InterfaceKind, Ec2Error> {
    match asked {
        None | Some("interface") => Ok(InterfaceKind::Interface),
        Some("efa") => Ok(InterfaceKind::Efa),
        Some(other @ ("efa-only" | "trunk" | "branch")) => {
            Err(refusals::unsupported(format!("Network interfaces of the type '{other}' are not supported.")).into())
        }
        Some(other) => Err(Ec2Error::invalid_parameter_value("interfaceType", other, "It is not a type of network interface.")),
    }
}

/// Makes interfaces. An id or a MAC address that somebody has is a [`Fault::is_taken`]: the transaction is spoilt, and other ids are better.
pub(in crate::operations) async fn apply_births(
    txn: &Transaction,
    wanted: &[Wanted<'_>],
    mac_prefix: MacPrefix,
    now: Timestamp,
) -> Result<Births, Fault> {
    let conn = txn.conn();
    // Whoever takes IPv6 addresses holds the subnet in any case.
    let held = |one: &Wanted<'_>| usize::from(one.ipv6.slots() > 0);
    let to_take = |one: &Wanted<'_>| std::iter::repeat_n(one.subnet.id, one.assignment.taken().saturating_add(1 + held(one)));
    apply_turn(conn, wanted.iter().flat_map(to_take).collect()).await?;
    let mut made: Vec<Interface> = wanted.iter().map(|one| one.interface(one.address, mac_prefix, now)).collect();
    // What is asked for by name comes first, so that no other interface of this request is given it.
    for (one, made) in wanted.iter().zip(&mut made) {
        if let Some(address) = one.address
            && !apply_take(conn, one.subnet, address, Place { interface: one.id, primary: true }).await?
        {
            return Err(refusals::address_in_use(address).into());
        }
        made.assigned = apply_named(conn, one.subnet, one.id, &one.assignment).await??;
        (made.assigned.ipv6_addresses, made.assigned.ipv6_prefixes) = apply_ipv6(conn, one.subnet, one.id, &one.ipv6).await??;
    }
    // Prefixes before single addresses, which could be in their way.
    for (one, made) in wanted.iter().zip(&mut made) {
        if let Assignment::PrefixCount(count) = one.assignment {
            let prefixes = apply_take_any_prefixes(conn, one.subnet, one.id, count).await?;
            let Some(prefixes) = prefixes else { return Ok(Births::SubnetFull(refusals::no_free_prefix())) };
            made.assigned.prefixes = prefixes;
        }
    }
    if !apply_addresses(txn, wanted, &mut made).await? {
        return Ok(Births::SubnetFull(refusals::subnet_full()));
    }
    insert(txn, &made).await?;
    Ok(Births::Made(made))
}

/// Takes an address for each interface that names none, and the secondary ones that are counted: subnet by subnet, all at once. False:
/// there are not so many.
async fn apply_addresses(txn: &Transaction, wanted: &[Wanted<'_>], made: &mut [Interface]) -> Result<bool, DbErr> {
    let mut subnets: Vec<(&Subnet, Vec<(usize, Place)>)> = Vec::new();
    for (index, one) in wanted.iter().enumerate() {
        let place = |primary| (index, Place { interface: one.id, primary });
        let counted = if let Assignment::AddressCount(count) = one.assignment { count } else { 0 };
        let places = one.address.is_none().then(|| place(true)).into_iter().chain(std::iter::repeat_n(place(false), counted));
        match subnets.iter_mut().find(|(subnet, _)| subnet.id == one.subnet.id) {
            Some((_, of_subnet)) => of_subnet.extend(places),
            None => subnets.push((one.subnet, places.collect())),
        }
    }
    for (subnet, of_subnet) in subnets.into_iter().filter(|(_, of_subnet)| !of_subnet.is_empty()) {
        let places: Vec<Place> = of_subnet.iter().map(|(_, place)| *place).collect();
        let Some(addresses) = apply_take_any(txn.conn(), subnet, &places).await? else { return Ok(false) };
        for ((index, place), address) in of_subnet.into_iter().zip(addresses) {
            if place.primary {
                made[index].address = address;
            } else {
                made[index].assigned.addresses.push(address);
            }
        }
    }
    made.iter_mut().for_each(|one| one.assigned.addresses.sort_unstable());
    Ok(true)
}

impl Wanted<'_> {
    /// Without an address it has the subnet's own until it is given one.
    fn interface(&self, address: Option<Address>, mac_prefix: MacPrefix, now: Timestamp) -> Interface {
        let Subnet { id: subnet, account, region, zone, vpc, cidr, .. } = *self.subnet;
        Interface {
            id: self.id,
            account,
            region,
            zone,
            vpc,
            subnet,
            kind: self.kind,
            mac: Mac::of(self.id, mac_prefix),
            address: address.unwrap_or(Address(cidr.network())),
            description: self.description.clone(),
            source_dest_check: self.source_dest_check,
            groups: self.groups.clone(),
            attachment: None,
            assigned: Assigned::default(),
            public: Vec::new(),
            automatic_public_address: self.automatic_public_address,
            created: now,
            generation: Generation::FIRST,
        }
    }
}

/// Rows of fourteen columns, and of two.
async fn insert(txn: &Transaction, made: &[Interface]) -> Result<(), DbErr> {
    let rows =
        |some: &[Interface]| interface::Entity::insert_many(some.iter().map(|one| interface::Model::from(one).into_active_model())).into_query();
    let groups: Vec<_> = made.iter().flat_map(|one| one.groups.iter().map(|group| (one.id, *group))).collect();
    let inserts: Vec<InsertStatement> = made.chunks(MAX_BOUND / 14).map(rows).chain(into_groups(&groups)).collect();
    let inserts: Vec<&dyn StatementBuilder> = inserts.iter().map(|insert| insert as &dyn StatementBuilder).collect();
    txn.execute_together(&inserts).await.map(drop)
}

fn into_groups(groups: &[(InterfaceId, GroupId)]) -> impl Iterator<Item = InsertStatement> {
    groups.chunks(MAX_BOUND / 2).map(|some| {
        let rows = some.iter().map(|(interface, group_id)| interface_group::Model { interface: *interface, group_id: *group_id });
        interface_group::Entity::insert_many(rows.map(IntoActiveModel::into_active_model)).into_query()
    })
}

/// Puts interfaces into groups.
pub(super) async fn apply_groups(txn: &Transaction, groups: &[(InterfaceId, GroupId)]) -> Result<(), DbErr> {
    for insert in into_groups(groups) {
        txn.conn().execute(&insert).await?;
    }
    Ok(())
}

/// Counts an interface's generation up if it is still the one that was read. From here on its row is ours until the commit.
pub(in crate::operations) async fn apply_touch(txn: &Transaction, read: &Interface) -> Result<Cas, DbErr> {
    let touched = interface::Entity::update_many()
        .col_expr(interface::Column::Generation, Expr::col(interface::Column::Generation).add(1))
        .filter(interface::Column::Id.eq(read.id))
        .filter(interface::Column::Generation.eq(read.generation))
        .exec(txn.conn())
        .await?;
    Ok(Cas::from_rows(touched.rows_affected))
}
