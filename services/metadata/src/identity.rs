//! Who is asking.
//!
//! On a port inside a VPC's network the VPC is known from the port and the source address is to be trusted: the cluster drops forged ones.
//! Addresses repeat across VPCs, so only both together are somebody. A front outside says who it asks for in the header [`GUEST`] and signs
//! that in [`SIGNATURE`]; on the port of a VPC these headers mean nothing, because a guest can write them, too.

use std::net::{IpAddr, SocketAddr};

use hyper::HeaderMap;
use multihome_types::{Address, InstanceId, VpcId};

use crate::{secret::Secret, view::Views};

/// `i-1b5c4503`, or `vpc-3b1fdc87/172.31.2.226`.
pub const GUEST: &str = "x-multihome-guest";
/// HMAC-SHA256 of the value of [`GUEST`], in hexadecimal digits (see [`Secret::sign_guest`]).
pub const SIGNATURE: &str = "x-multihome-signature";

const PURPOSE: &str = "multihome metadata guest";

/// Where a request came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    Vpc(VpcId),
    Front,
}

/// What is known of who is asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Guest(InstanceId),
    /// Nobody has this address, or there is no such instance.
    Nobody,
    /// The front did not sign, or not what it says.
    Forged,
}

impl Secret {
    /// What a front puts into [`SIGNATURE`].
    pub fn sign_guest(&self, guest: &str) -> String {
        self.sign(PURPOSE, guest.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

pub(crate) fn who(door: Door, peer: SocketAddr, headers: &HeaderMap, secret: &Secret, views: &Views) -> Who {
    match door {
        Door::Vpc(vpc) => known(speaker(vpc, peer.ip(), views)),
        Door::Front => signed(headers, secret).map_or(Who::Forged, |guest| named(guest, views)),
    }
}

/// Who speaks from an address on the port of a VPC.
pub(crate) fn speaker(vpc: VpcId, source: IpAddr, views: &Views) -> Option<InstanceId> {
    let address = match source {
        IpAddr::V4(address) => address,
        // A socket that takes both families shows an IPv4 peer in this form.
        IpAddr::V6(address) => address.to_ipv4_mapped()?,
    };
    views.at(vpc, Address(address))
}

fn known(instance: Option<InstanceId>) -> Who {
    instance.map_or(Who::Nobody, Who::Guest)
}

/// What the front says, if it signed it. Two values of one header are nobody's: a proxy on the way could take the other one.
fn signed<'h>(headers: &'h HeaderMap, secret: &Secret) -> Option<&'h str> {
    let only = |name: &str| {
        let mut values = headers.get_all(name).iter();
        let value = values.next()?.to_str().ok()?;
        values.next().is_none().then_some(value)
    };
    let (guest, signature) = (only(GUEST)?, only(SIGNATURE)?);
    secret.verify(PURPOSE, guest.as_bytes(), &bytes(signature)?).then_some(guest)
}

fn named(guest: &str, views: &Views) -> Who {
    if let Some((vpc, address)) = guest.split_once('/') {
        let (Ok(vpc), Ok(address)) = (vpc.parse(), address.parse()) else { return Who::Nobody };
        return known(views.at(vpc, address));
    }
    guest.parse().map_or(Who::Nobody, |id| if views.has(id) { Who::Guest(id) } else { Who::Nobody })
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    if !digits.len().is_multiple_of(2) || !digits.is_ascii() {
        return None;
    }
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).ok()).collect()
}
