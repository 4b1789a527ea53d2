//! CreateNetworkInterface.
//!
//! Everything is read before the transaction begins, and the transaction only inserts: an address, a row, its groups, and what the request
//! wants besides (tags, a client token). So it is short, and what it costs is statements.

use multihome_core::{
    assignment::{Assignment, Ipv6Assignment},
    interface::{CreatePlan, CreateSituation, admit_create, visible},
    refusals,
};
use multihome_ec2::{
    Tag,
    network_interface::{CreateNetworkInterface, CreateNetworkInterfaceReply, NetworkInterface},
};
use multihome_entities::interface;
use multihome_runtime::Transaction;
use multihome_types::{Address, EntityKind, Generation, GroupId, Interface, InterfaceId, InterfaceKind, Subnet, SubnetId};

use super::{
    ATTEMPTS,
    addresses::addresses_asked,
    assigned::assignment_asked,
    birth::{Births, Wanted, apply_births, kind_asked},
    caller, contended,
    gather::{Site, gather_groups, gather_site},
    ipv6::ipv6_asked,
    settle,
    shown::Surroundings,
};
use crate::{
    Api,
    call::Call,
    client_token::ClientToken,
    fault::Fault,
    ids,
    operations::tags::{apply_tags, specified},
    quotas,
};

pub(crate) async fn create_network_interface(
    api: &Api,
    call: &Call,
    mut request: CreateNetworkInterface,
) -> Result<CreateNetworkInterfaceReply, Fault> {
    let client_token = request.client_token.take();
    let token = ClientToken::parse(call, "CreateNetworkInterface", client_token.as_deref(), &request)?;
    let asked = Asked::parse(request)?;
    for _ in 0..ATTEMPTS {
        if let Some(earlier) = token.gather(api.store.reader()).await? {
            let network_interface = gather_earlier(api, call, &earlier).await?;
            return Ok(CreateNetworkInterfaceReply { network_interface, client_token });
        }
        if let Some(network_interface) = attempt(api, call, &asked, &token).await? {
            return Ok(CreateNetworkInterfaceReply { network_interface, client_token });
        }
    }
    Err(contended())
}

struct Asked {
    kind: InterfaceKind,
    subnet: SubnetId,
    groups: Vec<GroupId>,
    address: Option<Address>,
    assignment: Assignment,
    ipv6: Ipv6Assignment,
    description: Option<String>,
    tags: Vec<Tag>,
}

impl Asked {
    fn parse(request: CreateNetworkInterface) -> Result<Self, Fault> {
        let kind = kind_asked(request.interface_type.as_deref())?;
        let (address, secondary) = addresses_asked(request.private_ip_address.as_deref(), &request.private_ip_addresses)?;
        let assignment = assignment_asked(secondary, request.secondary_private_ip_address_count, &request.ipv4_prefixes, request.ipv4_prefix_count)?;
        let ipv6 = ipv6_asked(&request.ipv6_addresses, request.ipv6_address_count, &request.ipv6_prefixes, request.ipv6_prefix_count)?;
        Ok(Self {
            kind,
            subnet: ids::parse(&request.subnet_id)?,
            groups: ids::parse_all(&request.security_group_ids)?,
            address,
            assignment,
            ipv6,
            description: request.description,
            tags: specified(&request.tag_specifications, "network-interface")?,
        })
    }
}

/// What the token of this request made before, as it is now.
async fn gather_earlier(api: &Api, call: &Call, id: &str) -> Result<NetworkInterface, Fault> {
    let conn = api.store.reader();
    let id: InterfaceId = ids::parse(id)?;
    let found = interface::find(conn, id).await?;
    let interface = visible(caller(call), id, found.as_ref())?;
    let around = Surroundings::gather(conn, std::slice::from_ref(interface), vec![id.to_string()]).await?;
    Ok(around.show(interface))
}

/// `None`: somebody else was first, with the id or with the client token.
async fn attempt(api: &Api, call: &Call, asked: &Asked, token: &ClientToken<'_>) -> Result<Option<NetworkInterface>, Fault> {
    let conn = api.store.reader();
    let (site, groups, most_groups) = tokio::try_join!(
        gather_site(conn, asked.subnet),
        gather_groups(conn, &asked.groups, &[]),
        quotas::most_groups(api, conn, call, asked.groups.len())
    )?;
    let Site { subnet, default_group, names_hosts } = site.ok_or_else(|| refusals::subnet_not_found(asked.subnet))?;
    let groups = if asked.groups.is_empty() { default_group.into_iter().collect() } else { groups };
    let plan = admit_create(&CreateSituation {
        account: call.account,
        region: call.region,
        subnet_id: asked.subnet,
        subnet: Some(&subnet),
        group_ids: &asked.groups,
        groups: &groups,
        most_groups,
        address: asked.address,
        assignment: asked.assignment.clone(),
        ipv6: asked.ipv6.clone(),
        description: asked.description.clone(),
    })?;
    let CreatePlan { groups: in_groups, address, assignment, ipv6, description, source_dest_check } = plan;
    let wanted = Wanted {
        id: api.fresh(),
        kind: asked.kind,
        subnet: &subnet,
        address,
        assignment,
        ipv6,
        groups: in_groups,
        description,
        source_dest_check,
        automatic_public_address: false,
    };
    let mut txn = api.store.begin().await?;
    let outcome = apply(api, call, &mut txn, wanted, (&asked.tags, token)).await;
    let Some(made) = settle(txn, outcome).await? else { return Ok(None) };
    let mut around = Surroundings::new(groups.into_iter().map(|group| (group.id, group.name)), names_hosts.then_some(subnet.vpc));
    around.tag(made.id.to_string(), asked.tags.clone());
    Ok(Some(around.show(&made)))
}

async fn apply(
    api: &Api,
    call: &Call,
    txn: &mut Transaction,
    wanted: Wanted<'_>,
    (tags, token): (&[Tag], &ClientToken<'_>),
) -> Result<Option<Interface>, Fault> {
    let Subnet { id: subnet, .. } = *wanted.subnet;
    // First, so that whoever has to wait for another call with the same token holds nothing that others wait for.
    if !token.apply(txn, &wanted.id.to_string()).await? {
        return Ok(None);
    }
    quotas::admit_interfaces(api, txn, call, 1).await?;
    let made = match apply_births(txn, &[wanted], api.settings.mac_prefix, call.now).await? {
        Births::Made(made) => made,
        Births::SubnetFull(refusal) => return Err(refusal.into()),
    };
    let Some(made) = made.into_iter().next() else { return Ok(None) };
    apply_tags(txn, call, &made.id.to_string(), tags).await?;
    let why = format!("Network interface {} was created in subnet {subnet}, with the address {}.", made.id, made.address);
    txn.record(vec![call.change((EntityKind::Interface, made.id, Generation::FIRST), "created", why)]).await?;
    Ok(Some(made))
}
