//! CreateNetworkInterface.
//!
//! Everything is read before the transaction begins, and the transaction only inserts: an address, a row, its groups, and what the request
//! wants besides (tags, a client token). So it is short, and what it costs is statements and a commit. Calls that come while others are
//! being written share theirs: there is a line of them for each subnet ([`Lines`]).

use std::{slice, sync::Arc, time::Duration};

use futures_util::future::join_all;
use multihome_core::{
    assignment::{Assignment, Ipv6Assignment},
    interface::{CreatePlan, CreateSituation, admit_create, visible},
    refusals,
};
use multihome_ec2::{
    Tag,
    network_interface::{CreateNetworkInterface, CreateNetworkInterfaceReply, NetworkInterface},
};
use multihome_entities::interface::{self, MAX_BOUND};
use multihome_runtime::{Transaction, trace::TraceContext};
use multihome_types::{AccountId, Address, EntityKind, Generation, Group, GroupId, Interface, InterfaceId, InterfaceKind, Region, Subnet, SubnetId};

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
    lines::Lines,
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
    let asked = Arc::new(Asked::parse(call, token, request)?);
    for _ in 0..ATTEMPTS {
        if let Some(earlier) = asked.token.gather(api.store.reader()).await? {
            let network_interface = gather_earlier(api, call, &earlier).await?;
            return Ok(CreateNetworkInterfaceReply { network_interface, client_token });
        }
        if let Some(network_interface) = in_line(api, &asked).await? {
            return Ok(CreateNetworkInterfaceReply { network_interface, client_token });
        }
    }
    Err(contended())
}

/// The creates of this process that stand in line, by caller and subnet.
pub(crate) type Creates = Lines<(AccountId, Region, SubnetId), Arc<Asked>, Outcome>;

/// What became of one call. `None`: somebody else was first, with the id or with the client token, and it is worth looking again.
type Outcome = Result<Option<NetworkInterface>, Fault>;

#[derive(Debug)]
pub(crate) struct Asked {
    call: Call,
    trace: Option<TraceContext>,
    token: ClientToken,
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
    fn parse(call: &Call, token: ClientToken, request: CreateNetworkInterface) -> Result<Self, Fault> {
        let kind = kind_asked(request.interface_type.as_deref())?;
        let (address, secondary) = addresses_asked(request.private_ip_address.as_deref(), &request.private_ip_addresses)?;
        let assignment = assignment_asked(secondary, request.secondary_private_ip_address_count, &request.ipv4_prefixes, request.ipv4_prefix_count)?;
        let ipv6 = ipv6_asked(&request.ipv6_addresses, request.ipv6_address_count, &request.ipv6_prefixes, request.ipv6_prefix_count)?;
        Ok(Self {
            call: call.clone(),
            trace: TraceContext::current(),
            token,
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

    fn wanted<'a>(&self, id: InterfaceId, subnet: &'a Subnet, plan: CreatePlan) -> Wanted<'a> {
        let CreatePlan { groups, address, assignment, ipv6, description, source_dest_check } = plan;
        Wanted { id, kind: self.kind, subnet, address, assignment, ipv6, groups, description, source_dest_check, automatic_public_address: false }
    }
}

/// What the token of this request made before, as it is now.
async fn gather_earlier(api: &Api, call: &Call, id: &str) -> Result<NetworkInterface, Fault> {
    let conn = api.store.reader();
    let id: InterfaceId = ids::parse(id)?;
    let found = interface::find(conn, id).await?;
    let interface = visible(caller(call), id, found.as_ref())?;
    let around = Surroundings::gather(conn, slice::from_ref(interface), vec![id.to_string()]).await?;
    Ok(around.show(interface))
}

/// Stands in line, and writes for all who stand there if nobody does.
async fn in_line(api: &Api, asked: &Arc<Asked>) -> Outcome {
    let (outcome, turn) = api.creates.join((asked.call.account, asked.call.region, asked.subnet), asked.clone());
    if let Some(mut turn) = turn {
        let api = api.clone();
        // A task of its own: a caller who hangs up takes nobody along.
        tokio::spawn(async move {
            while let Some((some, tell)) = turn.next() {
                for (tell, outcome) in tell.into_iter().zip(write(&api, &some).await) {
                    // Nobody listens any more, perhaps.
                    drop(tell.send(outcome));
                }
            }
        });
    }
    outcome.await.unwrap_or_else(|_| Err(Fault::Failed("the creates of this subnet broke off".into())))
}

/// How long one transaction may take. A database that has vanished without a word must not keep a line waiting for ever.
const PATIENCE: Duration = Duration::from_secs(30);

async fn in_time<T>(work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(|_| Err(Fault::Failed("the database did not answer in time".into())))
}

/// All of them together; and if one of them is in the way of the others, each by itself, as if they had not met.
async fn write(api: &Api, some: &[Arc<Asked>]) -> Vec<Outcome> {
    if some.len() > 1 {
        match in_time(attempt(api, some)).await {
            Ok(Some(made)) => return made.into_iter().map(|one| Ok(Some(one?))).collect(),
            Ok(None) | Err(Fault::Refused(_)) => {}
            // What a database that fails has done is not known. It is not done once more unless somebody asks for it.
            Err(Fault::Failed(why)) => return some.iter().map(|_| Err(Fault::Failed(why.to_string().into()))).collect(),
        }
    }
    let alone = some.iter().map(async |asked| match in_time(attempt(api, slice::from_ref(asked))).await? {
        Some(made) => made.into_iter().next().transpose(),
        None => Ok(None),
    });
    join_all(alone).await
}

/// Makes interfaces in one subnet for one account, in one transaction. Those that the rules refuse take no part in it. `None`: somebody
/// else was first, and nothing was made.
async fn attempt(api: &Api, some: &[Arc<Asked>]) -> Result<Option<Vec<Result<NetworkInterface, Fault>>>, Fault> {
    let Some(Asked { call, subnet, .. }) = some.first().map(Arc::as_ref) else { return Ok(Some(Vec::new())) };
    let conn = api.store.reader();
    let mut named: Vec<GroupId> = some.iter().flat_map(|asked| asked.groups.iter().copied()).collect();
    named.sort_unstable();
    named.dedup();
    let most_named = some.iter().map(|asked| asked.groups.len()).max().unwrap_or(0);
    // Together they may name more than one statement can have, and none of them is to blame for the others.
    let gather_named = async {
        let mut found = Vec::new();
        for some in named.chunks(MAX_BOUND) {
            found.extend(gather_groups(conn, some, &[]).await?);
        }
        Ok(found)
    };
    let (site, groups, most_groups) = tokio::try_join!(gather_site(conn, *subnet), gather_named, quotas::most_groups(api, conn, call, most_named))?;
    let Site { subnet, default_group, names_hosts } = site.ok_or_else(|| refusals::subnet_not_found(*subnet))?;
    let groups: Vec<Group> = default_group.into_iter().chain(groups).collect();
    let (mut by, mut wanted, mut decided) = (Vec::new(), Vec::new(), Vec::with_capacity(some.len()));
    for asked in some.iter().map(Arc::as_ref) {
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
        });
        decided.push(plan.map(|plan| {
            by.push(asked);
            wanted.push(asked.wanted(api.fresh(), &subnet, plan));
        }));
    }
    let mut made = Vec::new().into_iter();
    if !wanted.is_empty() {
        let mut txn = api.store.begin().await?;
        let outcome = apply(api, &mut txn, &by, &wanted).await;
        let Some(interfaces) = settle(txn, outcome).await? else { return Ok(None) };
        made = interfaces.into_iter();
    }
    let mut around = Surroundings::new(groups.into_iter().map(|group| (group.id, group.name)), names_hosts.then_some(subnet.vpc));
    let shown = decided.into_iter().zip(some).map(|(admitted, asked)| {
        admitted?;
        let made = made.next().ok_or_else(|| Fault::Failed("an interface was admitted and not made".into()))?;
        around.tag(made.id.to_string(), asked.tags.clone());
        Ok(around.show(&made))
    });
    Ok(Some(shown.collect()))
}

/// What each of them asked for, with what comes with it.
async fn apply(api: &Api, txn: &mut Transaction, by: &[&Asked], wanted: &[Wanted<'_>]) -> Result<Option<Vec<Interface>>, Fault> {
    let [Asked { call, .. }, ..] = by else { return Ok(Some(Vec::new())) };
    // First, so that whoever has to wait for another call with the same token holds nothing that others wait for.
    let claims = by.iter().zip(wanted).map(|(asked, one)| (&asked.token, one.id.to_string()));
    if !ClientToken::apply_all(txn, claims).await? {
        return Ok(None);
    }
    quotas::admit_interfaces(api, txn, call, wanted.len()).await?;
    let made = match apply_births(txn, wanted, api.settings.mac_prefix, call.now).await? {
        Births::Made(made) => made,
        Births::SubnetFull(refusal) => return Err(refusal.into()),
    };
    let mut changes = Vec::with_capacity(made.len());
    for (asked, made) in by.iter().zip(&made) {
        let Interface { id, subnet, address, .. } = made;
        apply_tags(txn, &asked.call, &id.to_string(), &asked.tags).await?;
        let why = format!("Network interface {id} was created in subnet {subnet}, with the address {address}.");
        changes.push((asked.call.change((EntityKind::Interface, id, Generation::FIRST), "created", why), asked.trace));
    }
    txn.record_traced(changes).await?;
    Ok(Some(made))
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_database_that_says_nothing_holds_nobody_for_ever() {
        assert!(matches!(in_time(pending::<Result<(), Fault>>()).await, Err(Fault::Failed(_))));
        assert_eq!(in_time(async { Ok(1) }).await.unwrap(), 1);
    }
}
