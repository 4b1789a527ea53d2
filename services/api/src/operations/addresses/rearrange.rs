//! An address leads to something else from now on, or to nothing: the writes that an association and its end have in common.
//!
//! Everybody locks in the same order: instances, interfaces by their ids, gateway, addresses.

use multihome_core::{automatic, elastic::Associate};
use multihome_entities::{attachment, elastic_address, instance, interface, internet_gateway};
use multihome_runtime::{Cas, Transaction};
use multihome_types::{AddressAssociation, AddressAssociationId, Change, ElasticAddress, EntityKind, Instance, Interface, InterfaceId, VpcId};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, sea_query::LockType};

use super::seed;
use crate::{Api, call::Call, fault::Fault, operations::network_interfaces::apply_touch};

/// The interface that has an address, and where that is.
#[derive(Debug)]
pub(super) struct Holder {
    pub interface: Interface,
    /// The instance that it is attached to, and how many interfaces are.
    pub on: Option<(Instance, usize)>,
}

pub(super) async fn gather_holder<C: ConnectionTrait>(conn: &C, id: InterfaceId) -> Result<Option<Holder>, DbErr> {
    let Some(interface) = interface::find(conn, id).await? else { return Ok(None) };
    let on = match interface.attachment.as_ref().filter(|_| interface.automatic_public_address) {
        // Only of an interface that may be given an address of the cloud's anybody asks.
        Some(attached) => {
            let on_it = attachment::of_instance(conn, attached.instance).await?.len();
            instance::Entity::find_by_id(attached.instance).one(conn).await?.map(|row| (Instance::from(row), on_it))
        }
        None => None,
    };
    Ok(Some(Holder { interface, on }))
}

/// What is to become of an address, and everything that was decided upon.
#[derive(Debug)]
pub(super) struct Rearrangement<'a> {
    pub elastic: &'a ElasticAddress,
    pub holder: Option<&'a Holder>,
    pub to: Option<(Associate<'a>, AddressAssociationId)>,
    /// The instance that the address is to lead to.
    pub instance: Option<&'a Instance>,
}

impl Rearrangement<'_> {
    /// The interface that is left by the address, if it is not only led to by another way.
    fn left(&self) -> Option<&Holder> {
        self.holder.filter(|holder| self.to.is_none_or(|(plan, _)| plan.interface.id != holder.interface.id))
    }

    /// An address of the cloud's for the interface that is left.
    fn successor(&self, api: &Api, call: &Call) -> Option<ElasticAddress> {
        let Holder { interface, on } = self.left()?;
        let on = on.as_ref().map(|(instance, on_it)| (instance.state, *on_it));
        automatic::on_leave(self.elastic.id, interface, on).then(|| automatic::given(interface, (api.fresh(), api.fresh()), call.now))
    }
}

/// `None`: somebody else was first.
pub(super) async fn apply(api: &Api, call: &Call, txn: &mut Transaction, work: &Rearrangement<'_>) -> Result<Option<()>, Fault> {
    let successor = work.successor(api, call);
    if !apply_claims(txn, work, successor.is_some()).await? {
        return Ok(None);
    }
    if let Some((plan, _)) = work.to {
        if !gather_gateway(txn, plan.interface.vpc).await? {
            return Ok(None);
        }
        let gone = match plan.displaced {
            Some(automatic) if automatic.automatic => elastic_address::delete(txn.conn(), automatic).await?,
            Some(elastic) => elastic_address::associate(txn.conn(), elastic, None).await?,
            None => 1,
        };
        if gone != 1 {
            return Ok(None);
        }
    }
    let to = work.to.map(|(plan, id)| AddressAssociation { id, interface: plan.interface.id, private_address: plan.private_address });
    if elastic_address::associate(txn.conn(), work.elastic, to).await? != 1 {
        return Ok(None);
    }
    let mut given = Vec::from_iter(successor);
    // Where the cloud has none left, the interface is without one: that is no reason to keep what it is to lose.
    if !given.is_empty() && !elastic_address::take_any(txn.conn(), &mut given, api.settings.public_addresses.candidates(seed())).await? {
        given.clear();
    }
    txn.record(changes(call, work, given.first())).await?;
    Ok(Some(()))
}

/// What was read is still so, and stays so until the end of the transaction. False: it is not.
async fn apply_claims(txn: &Transaction, work: &Rearrangement<'_>, with_successor: bool) -> Result<bool, DbErr> {
    let of_left = work.left().filter(|_| with_successor).and_then(|left| left.on.as_ref()).map(|(instance, _)| instance);
    let mut instances: Vec<&Instance> = work.instance.into_iter().chain(of_left).collect();
    instances.sort_unstable_by_key(|instance| instance.id);
    instances.dedup_by_key(|instance| instance.id);
    for read in instances {
        let same = instance::Entity::find_by_id(read.id).filter(instance::Column::Generation.eq(read.generation));
        if same.select_only().column(instance::Column::Id).lock(LockType::Share).into_tuple::<String>().one(txn.conn()).await?.is_none() {
            return Ok(false);
        }
    }
    let holder = work.holder.map(|holder| &holder.interface);
    let mut interfaces: Vec<&Interface> = work.to.iter().map(|(plan, _)| plan.interface).chain(holder).collect();
    interfaces.sort_unstable_by_key(|interface| interface.id);
    // The same one read twice is the same reading, or the second is stale.
    interfaces.dedup_by(|one, other| one.id == other.id && one.generation == other.generation);
    for read in interfaces {
        if apply_touch(txn, read).await? == Cas::Stale {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a VPC has an internet gateway, which it then keeps until the end of the transaction.
async fn gather_gateway(txn: &Transaction, vpc: VpcId) -> Result<bool, DbErr> {
    let of_vpc = internet_gateway::Entity::find().filter(internet_gateway::Column::Vpc.eq(vpc));
    Ok(of_vpc.lock(LockType::Share).one(txn.conn()).await?.is_some())
}

fn changes(call: &Call, work: &Rearrangement<'_>, given: Option<&ElasticAddress>) -> Vec<Change> {
    let elastic = work.elastic;
    let of_address = |elastic: &ElasticAddress, what: &str, why: String| {
        call.change_of(elastic.account, (EntityKind::ElasticAddress, elastic.id, elastic.generation.next()), what, why)
    };
    let of_interface = |interface: &Interface, what: &str, why: String| {
        call.change_of(interface.account, (EntityKind::Interface, interface.id, interface.generation.next()), what, why)
    };
    let mut changes = Vec::new();
    if let Some(Holder { interface, .. }) = work.left() {
        let mut why = format!("The public address {} no longer leads to {}.", elastic.address, interface.id);
        if let Some(given) = given {
            why.push_str(&format!(" It was given {}.", given.address));
        }
        changes.push(of_interface(interface, "disassociated", why));
    }
    match work.to {
        Some((plan, id)) => {
            let interface = plan.interface;
            if let Some(displaced) = plan.displaced {
                let why = format!("The public address {} gave way to {}.", displaced.address, elastic.address);
                if !displaced.automatic {
                    changes.push(of_address(displaced, "disassociated", why));
                }
            }
            let why = format!("The public address {} leads to {} of {} by association {id}.", elastic.address, plan.private_address, interface.id);
            changes.push(of_interface(interface, "associated", why.clone()));
            changes.push(of_address(elastic, "associated", why));
        }
        None => changes.push(of_address(elastic, "disassociated", format!("The public address {} leads nowhere.", elastic.address))),
    }
    changes
}
