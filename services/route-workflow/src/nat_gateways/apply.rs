//! Writes one step of a gateway: its row first, under the condition that it is the one that was read, and then whatever it has.
//!
//! Everybody locks in the same order: gateway, interface, internet gateway, addresses.

use multihome_core::{
    allocation::candidates,
    nat_gateway::{NatStep, interface_description, revised, subnet_full},
    refusals,
};
use multihome_entities::{elastic_address, interface, internet_gateway, nat_gateway, private_address, tag};
use multihome_runtime::{Cas, Store, Transaction, random_bits};
use multihome_types::{
    AccountId, Address, AddressAssociation, AddressAssociationId, AddressOwner, Change, ChangeId, ElasticAddress, EntityKind, Generation, Interface,
    InterfaceId, InterfaceKind, Mac, NatGateway, NatInterface, NatPublicAddress, PrivateAddress, Refusal, Region, ResourceId, Subnet, Timestamp,
};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, SqlErr,
    sea_query::{Expr, ExprTrait, LockType},
};

use super::{NatSettings, gather::Around};

/// A step, and everything that was decided upon.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work<'a> {
    pub gateway: &'a NatGateway,
    pub around: &'a Around,
    pub step: &'a NatStep,
    pub now: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Applied {
    Done,
    /// Something is not as it was read, or an id was taken. Nothing was written.
    Stale,
    /// What the step wants is not to be had. Nothing was written.
    Refused(Refusal),
}

pub(crate) async fn apply(store: &Store, settings: NatSettings, work: &Work<'_>) -> Result<Applied, DbErr> {
    let mut txn = store.begin().await?;
    let written = match write(&mut txn, settings, work).await {
        Ok(Applied::Done) => txn.commit().await.map(|()| Applied::Done),
        other => txn.rollback().await.and(other),
    };
    match written {
        Err(why) if is_lost_race(&why) => Ok(Applied::Stale),
        Ok(Applied::Done) => {
            let NatGateway { id, vpc, .. } = work.gateway;
            tracing::info!(nat_gateway.id = %id, vpc.id = %vpc, "NAT gateway {id}: {:?}", work.step);
            Ok(Applied::Done)
        }
        written => written,
    }
}

/// A new id or its MAC address is somebody's already, or the subnet has gone.
fn is_lost_race(why: &DbErr) -> bool {
    matches!(why.sql_err(), Some(SqlErr::UniqueConstraintViolation(_) | SqlErr::ForeignKeyConstraintViolation(_)))
}

async fn write(txn: &mut Transaction, settings: NatSettings, work: &Work<'_>) -> Result<Applied, DbErr> {
    let Some(revised) = revised(work.gateway, work.step, work.now) else { return remove(txn, work).await };
    match work.step {
        NatStep::Stay => Ok(Applied::Done),
        NatStep::SetUpInterface => set_up_interface(txn, settings, work, revised).await,
        NatStep::Associate => associate(txn, settings, work, revised).await,
        NatStep::CleanUp | NatStep::Release => give_back(txn, work, &revised).await,
        NatStep::Serve | NatStep::Fail(_) | NatStep::BeginDeletion | NatStep::Remove => {
            if claim(txn, work, &revised).await? == Cas::Stale {
                return Ok(Applied::Stale);
            }
            let why = match &revised.failure {
                Some(failure) => format!("NAT gateway {} could not be set up: {}", revised.id, failure.message),
                None => format!("NAT gateway {} was {} and is {}.", revised.id, work.gateway.state, revised.state),
            };
            txn.record(vec![of_gateway(&revised, revised.state.as_str(), why, work.now)]).await?;
            Ok(Applied::Done)
        }
    }
}

/// Writes the gateway's row; from here on it is ours until the commit.
async fn claim(txn: &Transaction, work: &Work<'_>, revised: &NatGateway) -> Result<Cas, DbErr> {
    Ok(Cas::from_rows(nat_gateway::update(txn.conn(), work.gateway, revised).await?))
}

async fn set_up_interface(txn: &mut Transaction, settings: NatSettings, work: &Work<'_>, revised: NatGateway) -> Result<Applied, DbErr> {
    let (Some(subnet), NatSettings { id_length, mac_prefix, .. }) = (&work.around.subnet, settings) else { return Ok(Applied::Stale) };
    if claim(txn, work, &revised).await? == Cas::Stale {
        return Ok(Applied::Stale);
    }
    let id = InterfaceId::from_bits(random_bits(), id_length);
    let address = match take_address(txn, work.gateway, subnet, id).await? {
        Ok(address) => address,
        Err(refusal) => return Ok(Applied::Refused(refusal)),
    };
    let interface = Interface {
        id,
        account: revised.account,
        region: revised.region,
        zone: revised.zone,
        vpc: revised.vpc,
        subnet: revised.subnet,
        kind: InterfaceKind::NatGateway,
        mac: Mac::of(id, mac_prefix),
        address,
        description: interface_description(revised.id),
        // It passes on what is not its own.
        source_dest_check: false,
        groups: Vec::new(),
        attachment: None,
        assigned: multihome_types::Assigned::default(),
        public: Vec::new(),
        automatic_public_address: false,
        created: work.now,
        generation: Generation::FIRST,
    };
    interface::Entity::insert(interface::Model::from(&interface).into_active_model()).exec_without_returning(txn.conn()).await?;
    let with_interface = NatGateway { interface: Some(NatInterface { id, address }), ..revised.clone() };
    if nat_gateway::update(txn.conn(), &revised, &with_interface).await? != 1 {
        return Ok(Applied::Stale);
    }
    let why = format!("Network interface {id} was created for NAT gateway {}, with the address {address}.", revised.id);
    let changes = vec![of_interface(&interface, "created", why.clone(), work.now), of_gateway(&with_interface, "interface-created", why, work.now)];
    txn.record(changes).await?;
    Ok(Applied::Done)
}

/// The address that was asked for, or any.
async fn take_address(txn: &Transaction, gateway: &NatGateway, subnet: &Subnet, interface: InterfaceId) -> Result<Result<Address, Refusal>, DbErr> {
    let wanted = PrivateAddress {
        account: gateway.account,
        region: gateway.region,
        vpc: gateway.vpc,
        subnet: gateway.subnet,
        address: gateway.wanted.unwrap_or(Address(subnet.cidr.network())),
        primary: true,
        prefix: None,
        owner: AddressOwner::Interface(interface),
    };
    if let Some(address) = gateway.wanted {
        let is_ours = private_address::take(txn.conn(), &wanted).await?;
        return Ok(if is_ours { Ok(address) } else { Err(refusals::address_in_use(address)) });
    }
    // The low half is as random as the whole.
    let seed = (random_bits() & u128::from(u64::MAX)) as u64;
    Ok(private_address::take_any(txn.conn(), &wanted, candidates(subnet.cidr, seed)).await?.ok_or_else(subnet_full))
}

async fn associate(txn: &mut Transaction, settings: NatSettings, work: &Work<'_>, revised: NatGateway) -> Result<Applied, DbErr> {
    let (Some(interface), Some(elastic)) = (&work.around.interface, &work.around.elastic) else { return Ok(Applied::Stale) };
    let id = AddressAssociationId::from_bits(random_bits(), settings.id_length);
    let revised = NatGateway { public: Some(NatPublicAddress { association: id, address: elastic.address }), ..revised };
    if claim(txn, work, &revised).await? == Cas::Stale || touch_interface(txn, interface).await? == Cas::Stale {
        return Ok(Applied::Stale);
    }
    // It stays until the end of the transaction, and longer: a gateway that somebody is reached through is not detached.
    let of_vpc = internet_gateway::Entity::find().filter(internet_gateway::Column::Vpc.eq(revised.vpc));
    if of_vpc.lock(LockType::Share).one(txn.conn()).await?.is_none() {
        return Ok(Applied::Stale);
    }
    let to = AddressAssociation { id, interface: interface.id, private_address: interface.address };
    if elastic_address::associate(txn.conn(), elastic, Some(to)).await? != 1 {
        return Ok(Applied::Stale);
    }
    let why = format!("The public address {} leads to {} of {} by association {id}.", elastic.address, interface.address, interface.id);
    let changes = vec![
        of_interface(&touched(interface), "associated", why.clone(), work.now),
        of_address(elastic, "associated", why, work.now),
        of_gateway(&revised, revised.state.as_str(), format!("NAT gateway {} has what it needs.", revised.id), work.now),
    ];
    txn.record(changes).await?;
    Ok(Applied::Done)
}

/// The interface goes, and with it all that belongs to it; the elastic address stays with its account and leads nowhere.
async fn give_back(txn: &mut Transaction, work: &Work<'_>, revised: &NatGateway) -> Result<Applied, DbErr> {
    if claim(txn, work, revised).await? == Cas::Stale {
        return Ok(Applied::Stale);
    }
    let mut changes = Vec::new();
    if let Some(interface) = &work.around.interface {
        if touch_interface(txn, interface).await? == Cas::Stale {
            return Ok(Applied::Stale);
        }
        let conn = txn.conn();
        private_address::release(conn, interface.id).await?;
        elastic_address::leave(conn, interface.id).await?;
        tag::Entity::delete_many().filter(tag::Column::Resource.eq(interface.id.to_string())).exec(conn).await?;
        interface::Entity::delete_by_id(interface.id).exec(conn).await?;
        let left = format!("NAT gateway {} gave it back.", revised.id);
        let public = interface.public.iter().filter(|public| !public.automatic);
        changes.extend(public.map(|public| of_address(public, "disassociated", left.clone(), work.now)));
        changes.push(of_interface(&touched(interface), "deleted", left, work.now));
    }
    let (what, why) = match work.step {
        NatStep::CleanUp => ("cleaned-up", format!("NAT gateway {} gave back what it had.", revised.id)),
        _ => (revised.state.as_str(), format!("NAT gateway {} gave back what it had, and is {}.", revised.id, revised.state)),
    };
    changes.push(of_gateway(revised, what, why, work.now));
    txn.record(changes).await?;
    Ok(Applied::Done)
}

async fn remove(txn: &mut Transaction, work: &Work<'_>) -> Result<Applied, DbErr> {
    let gateway = work.gateway;
    let these = nat_gateway::Entity::delete_many()
        .filter(nat_gateway::Column::Id.eq(gateway.id))
        .filter(nat_gateway::Column::Generation.eq(gateway.generation));
    if Cas::from_rows(these.exec(txn.conn()).await?.rows_affected) == Cas::Stale {
        return Ok(Applied::Stale);
    }
    tag::Entity::delete_many().filter(tag::Column::Resource.eq(gateway.id.to_string())).exec(txn.conn()).await?;
    let gone = NatGateway { generation: gateway.generation.next(), ..gateway.clone() };
    let why = format!("NAT gateway {} has been {} for long enough, and is forgotten.", gateway.id, gateway.state);
    txn.record(vec![of_gateway(&gone, "removed", why, work.now)]).await?;
    Ok(Applied::Done)
}

async fn touch_interface(txn: &Transaction, read: &Interface) -> Result<Cas, DbErr> {
    let touched = interface::Entity::update_many()
        .col_expr(interface::Column::Generation, Expr::col(interface::Column::Generation).add(1))
        .filter(interface::Column::Id.eq(read.id))
        .filter(interface::Column::Generation.eq(read.generation))
        .exec(txn.conn())
        .await?;
    Ok(Cas::from_rows(touched.rows_affected))
}

fn touched(read: &Interface) -> Interface {
    Interface { generation: read.generation.next(), ..read.clone() }
}

fn of_gateway(gateway: &NatGateway, what: &str, why: String, now: Timestamp) -> Change {
    change((gateway.account, gateway.region), (EntityKind::NatGateway, gateway.id.to_string(), gateway.generation), what, (why, now))
}

fn of_interface(interface: &Interface, what: &str, why: String, now: Timestamp) -> Change {
    change((interface.account, interface.region), (EntityKind::Interface, interface.id.to_string(), interface.generation), what, (why, now))
}

/// Of an address as it was read.
fn of_address(elastic: &ElasticAddress, what: &str, why: String, now: Timestamp) -> Change {
    let next = elastic.generation.next();
    change((elastic.account, elastic.region), (EntityKind::ElasticAddress, elastic.id.to_string(), next), what, (why, now))
}

fn change(
    (account, region): (AccountId, Region),
    (entity, entity_id, generation): (EntityKind, String, Generation),
    what: &str,
    (why, at): (String, Timestamp),
) -> Change {
    Change { id: ChangeId(0), entity, entity_id, generation, account, region, what: what.to_owned(), why, at, who: "route-workflow".to_owned() }
}
