//! UnassignPrivateIpAddresses. A public address that led to what goes is free.

use multihome_core::assignment::{UnassignRequest, admit_unassign};
use multihome_ec2::{Return, interface_address::UnassignPrivateIpAddresses};
use multihome_entities::{elastic_address, interface, private_address};
use multihome_runtime::{Cas, Transaction};
use multihome_types::{Change, ElasticAddress, EntityKind, Interface, InterfaceId};

use super::{ATTEMPTS, assign::parse_address, birth::apply_touch, caller, contended, settle};
use crate::{Api, call::Call, fault::Fault, ids};

pub(crate) async fn unassign_private_ip_addresses(api: &Api, call: &Call, request: UnassignPrivateIpAddresses) -> Result<Return, Fault> {
    let id: InterfaceId = ids::parse(&request.network_interface_id)?;
    let mut asked = UnassignRequest {
        addresses: request.private_ip_addresses.iter().map(|text| parse_address(text)).collect::<Result<_, _>>()?,
        prefixes: request.ipv4_prefixes.iter().map(|text| ids::parse_block("ipv4Prefix", text)).collect::<Result<_, _>>()?,
    };
    asked.addresses.sort_unstable();
    asked.addresses.dedup();
    for _ in 0..ATTEMPTS {
        let found = interface::find(api.store.reader(), id).await?;
        let read = admit_unassign(caller(call), id, found.as_ref(), &asked)?;
        let mut txn = api.store.begin().await?;
        let outcome = apply(call, &mut txn, read, &asked).await;
        if settle(txn, outcome).await?.is_some() {
            return Ok(Return::DONE);
        }
    }
    Err(contended())
}

async fn apply(call: &Call, txn: &mut Transaction, read: &Interface, asked: &UnassignRequest) -> Result<Option<()>, Fault> {
    if apply_touch(txn, read).await? == Cas::Stale {
        return Ok(None);
    }
    let freed: Vec<&ElasticAddress> = asked.addresses.iter().filter_map(|address| read.public_of(*address)).collect();
    for public in &freed {
        if elastic_address::associate(txn.conn(), public, None).await? == 0 {
            return Ok(None);
        }
    }
    private_address::give_back(txn.conn(), read.id, &asked.addresses, &asked.prefixes).await?;
    let lost: Vec<String> = asked.addresses.iter().map(ToString::to_string).chain(asked.prefixes.iter().map(ToString::to_string)).collect();
    let why = format!("{} of network interface {} went back to subnet {}.", lost.join(", "), read.id, read.subnet);
    let leads_nowhere = |public: &&ElasticAddress| {
        let of = (EntityKind::ElasticAddress, public.id, public.generation.next());
        call.change_of(public.account, of, "disassociated", format!("The public address {} leads nowhere: {why}", public.address))
    };
    let mut changes: Vec<Change> = freed.iter().map(leads_nowhere).collect();
    changes.push(call.change((EntityKind::Interface, read.id, read.generation.next()), "unassigned", why));
    txn.record(changes).await?;
    Ok(Some(()))
}
