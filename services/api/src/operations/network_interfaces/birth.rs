//! New interfaces, written: their addresses, rows and groups. Create makes one of them, a launch many.

use multihome_core::refusals;
use multihome_ec2::Ec2Error;
use multihome_entities::{
    interface::{self, MAX_BOUND},
    interface_group,
};
use multihome_runtime::{Cas, Transaction};
use multihome_types::{Address, Generation, GroupId, Interface, InterfaceId, InterfaceKind, Mac, MacPrefix, Subnet, Timestamp};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::{Expr, ExprTrait},
};

use super::addresses::{Had, apply_take, apply_take_any, apply_turn};
use crate::fault::Fault;

/// An interface that may be made, with an id that nobody has yet, most likely.
#[derive(Clone, Debug)]
pub(in crate::operations) struct Wanted<'a> {
    pub id: InterfaceId,
    pub subnet: &'a Subnet,
    pub address: Option<Address>,
    pub groups: Vec<GroupId>,
    pub description: String,
    pub source_dest_check: bool,
    /// The cloud is to give it a public address while its instance runs.
    pub automatic_public_address: bool,
}

pub(in crate::operations) enum Births {
    /// In the order they were asked for.
    Made(Vec<Interface>),
    /// Some have no address, and the transaction must be rolled back.
    SubnetFull,
}

/// EC2's other types are made by services, or on hardware that is not here.
///
/// # Errors
/// `UnsupportedOperation`, `InvalidParameterValue`.
pub(in crate::operations) fn check_interface_type(asked: Option<&str>) -> Result<(), Ec2Error> {
    match asked {
        None | Some("interface") => Ok(()),
        Some(other @ ("efa" | "efa-only" | "trunk" | "branch")) => {
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
    apply_turn(txn.conn(), wanted.iter().map(|one| one.subnet.id).collect()).await?;
    let mut made: Vec<Interface> = Vec::with_capacity(wanted.len());
    let mut places: Vec<(&Subnet, Vec<usize>)> = Vec::new();
    for (place, one) in wanted.iter().enumerate() {
        // Addresses asked for come first, so that no other interface of this request is given them.
        if let Some(address) = one.address {
            apply_take(txn.conn(), one.subnet, address, one.id).await?;
        } else if let Some((_, of_subnet)) = places.iter_mut().find(|(subnet, _)| subnet.id == one.subnet.id) {
            of_subnet.push(place);
        } else {
            places.push((one.subnet, vec![place]));
        }
        made.push(one.interface(one.address, mac_prefix, now));
    }
    for (subnet, of_subnet) in places {
        let ids: Vec<InterfaceId> = of_subnet.iter().map(|place| made[*place].id).collect();
        let Had::All(addresses) = apply_take_any(txn.conn(), subnet, &ids).await? else { return Ok(Births::SubnetFull) };
        for (place, address) in of_subnet.into_iter().zip(addresses) {
            made[place].address = address;
        }
    }
    insert(txn, &made).await?;
    Ok(Births::Made(made))
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
            kind: InterfaceKind::Interface,
            mac: Mac::of(self.id, mac_prefix),
            address: address.unwrap_or(Address(cidr.network())),
            description: self.description.clone(),
            source_dest_check: self.source_dest_check,
            groups: self.groups.clone(),
            attachment: None,
            public: Vec::new(),
            automatic_public_address: self.automatic_public_address,
            created: now,
            generation: Generation::FIRST,
        }
    }
}

/// Rows of fourteen columns, and of two.
async fn insert(txn: &Transaction, made: &[Interface]) -> Result<(), DbErr> {
    for some in made.chunks(MAX_BOUND / 14) {
        let rows = some.iter().map(|one| interface::Model::from(one).into_active_model());
        interface::Entity::insert_many(rows).exec_without_returning(txn.conn()).await?;
    }
    let groups: Vec<_> = made.iter().flat_map(|one| one.groups.iter().map(|group| (one.id, *group))).collect();
    apply_groups(txn, &groups).await
}

/// Puts interfaces into groups.
pub(super) async fn apply_groups(txn: &Transaction, groups: &[(InterfaceId, GroupId)]) -> Result<(), DbErr> {
    for some in groups.chunks(MAX_BOUND / 2) {
        let rows = some.iter().map(|(interface, group_id)| interface_group::Model { interface: *interface, group_id: *group_id });
        let rows = rows.map(|row| row.into_active_model());
        interface_group::Entity::insert_many(rows).exec_without_returning(txn.conn()).await?;
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
