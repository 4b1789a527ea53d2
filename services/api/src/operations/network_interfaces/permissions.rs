//! Permissions to use an interface: create, delete, describe. Each is a change of its interface.

use std::borrow::Cow;

use multihome_core::{
    interface_permission::{admit_grant, admit_revoke, kind},
    refusals,
};
use multihome_ec2::{
    Ec2Error, Return, Tag,
    network_interface_permission::{
        CreateNetworkInterfacePermission, CreateNetworkInterfacePermissionReply, DeleteNetworkInterfacePermission,
        DescribeNetworkInterfacePermissions, DescribeNetworkInterfacePermissionsReply, NetworkInterfacePermission as Shown,
        NetworkInterfacePermissionState,
    },
};
use multihome_entities::{
    interface,
    interface_permission::{Column, Entity, Model},
};
use multihome_runtime::{Cas, Transaction};
use multihome_types::{
    AccountId, EntityKind, Generation, Interface, InterfaceId, InterfacePermission, InterfacePermissionId, InterfacePermissionKind,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

use super::{ATTEMPTS, birth::apply_touch, caller, contended, gather::of_account, settle};
use crate::{
    Api,
    call::Call,
    fault::Fault,
    filter::{Filterable, Filters, one},
    ids,
    page::{self, Asked, Page},
};

/// How many there are on a page whose size is not given.
const USUAL_PAGE: u32 = 50;
const LARGEST_PAGE: u32 = 255;

pub(crate) async fn create_network_interface_permission(
    api: &Api,
    call: &Call,
    request: CreateNetworkInterfacePermission,
) -> Result<CreateNetworkInterfacePermissionReply, Fault> {
    let id: InterfaceId = ids::parse(&request.network_interface_id)?;
    let kind = kind(&request.permission)?;
    let grantee = parse_account(request.aws_account_id.as_deref())?;
    for _ in 0..ATTEMPTS {
        let conn = api.store.reader();
        let found = interface::find(conn, id).await?;
        let read = admit_grant(caller(call), id, found.as_ref(), grantee)?;
        let same = Entity::find().filter(Column::Interface.eq(id)).filter(Column::Grantee.eq(grantee)).filter(Column::Kind.eq(kind));
        if let Some(row) = same.one(conn).await? {
            return Err(refusals::permission_given_already(row.id).into());
        }
        let mut txn = api.store.begin().await?;
        let outcome = apply_grant(api, call, &mut txn, read, (grantee, kind)).await;
        if let Some(made) = settle(txn, outcome).await? {
            return Ok(CreateNetworkInterfacePermissionReply { interface_permission: show(&made) });
        }
    }
    Err(contended())
}

fn parse_account(text: Option<&str>) -> Result<AccountId, Ec2Error> {
    let text = text.ok_or_else(|| Ec2Error::missing_parameter("AwsAccountId"))?;
    text.parse().map_err(|_| Ec2Error::invalid_parameter_value("awsAccountId", text, "It is not an account ID of twelve digits."))
}

async fn apply_grant(
    api: &Api,
    call: &Call,
    txn: &mut Transaction,
    read: &Interface,
    (grantee, kind): (AccountId, InterfacePermissionKind),
) -> Result<Option<InterfacePermission>, Fault> {
    if apply_touch(txn, read).await? == Cas::Stale {
        return Ok(None);
    }
    let Interface { id: interface, account, region, .. } = *read;
    let (id, created, generation) = (api.fresh(), call.now, Generation::FIRST);
    let permission = InterfacePermission { id, account, region, interface, grantee, kind, created, generation };
    Entity::insert(Model::from(permission).into_active_model()).exec_without_returning(txn.conn()).await?;
    let why = format!("Account {grantee} was given the permission {kind} by {id}.");
    txn.record(vec![call.change((EntityKind::Interface, interface, read.generation.next()), "permitted", why)]).await?;
    Ok(Some(permission))
}

pub(crate) async fn delete_network_interface_permission(api: &Api, call: &Call, request: DeleteNetworkInterfacePermission) -> Result<Return, Fault> {
    let id: InterfacePermissionId = ids::parse(&request.network_interface_permission_id)?;
    for _ in 0..ATTEMPTS {
        let conn = api.store.reader();
        let found = Entity::find_by_id(id).one(conn).await?.map(InterfacePermission::from);
        let own = found.filter(|permission| caller(call).sees(permission.account, permission.region));
        let permission = own.ok_or_else(|| refusals::permission_not_found(id))?;
        // Gone with its permissions by now: the next look says so.
        let Some(read) = interface::find(conn, permission.interface).await? else { continue };
        admit_revoke(&permission, &read, request.force)?;
        let mut txn = api.store.begin().await?;
        let outcome = apply_revoke(call, &mut txn, &read, &permission).await;
        if settle(txn, outcome).await?.is_some() {
            return Ok(Return::DONE);
        }
    }
    Err(contended())
}

async fn apply_revoke(call: &Call, txn: &mut Transaction, read: &Interface, permission: &InterfacePermission) -> Result<Option<()>, Fault> {
    if apply_touch(txn, read).await? == Cas::Stale || Entity::delete_by_id(permission.id).exec(txn.conn()).await?.rows_affected != 1 {
        return Ok(None);
    }
    let why = format!("The permission {} of account {}, {}, was taken away.", permission.kind, permission.grantee, permission.id);
    txn.record(vec![call.change((EntityKind::Interface, read.id, read.generation.next()), "forbidden", why)]).await?;
    Ok(Some(()))
}

pub(crate) async fn describe_network_interface_permissions(
    api: &Api,
    call: &Call,
    request: DescribeNetworkInterfacePermissions,
) -> Result<DescribeNetworkInterfacePermissionsReply, Fault> {
    let ids: Vec<InterfacePermissionId> = ids::parse_all(&request.permission_ids)?;
    let filters = Filters::parse::<Shown>(request.filters)?;
    let asked = Asked {
        action: "DescribeNetworkInterfacePermissions",
        max_results: request.max_results.or_else(|| ids.is_empty().then_some(USUAL_PAGE)),
        next_token: request.next_token.as_deref(),
        ids: (!ids.is_empty()).then_some("networkInterfacePermissionIds"),
        sizes: 5..=LARGEST_PAGE,
    };
    let page = Page::parse(call, asked, &filters)?;
    let conn = api.store.reader();
    if !ids.is_empty() {
        let rows = Entity::find().filter(of_caller(call, true).add(Column::Id.is_in(ids.iter().copied()))).order_by_asc(Column::Id).all(conn).await?;
        if let Some(missing) = ids.iter().find(|id| !rows.iter().any(|row| row.id == **id)) {
            return Err(refusals::permission_not_found(*missing).into());
        }
        let mut permissions: Vec<Shown> = rows.into_iter().map(|row| show(&row.into())).collect();
        permissions.retain(|shown| filters.matches(shown));
        return Ok(DescribeNetworkInterfacePermissionsReply { permissions, next_token: None });
    }
    let mut narrow = Condition::all();
    for (name, column) in [
        ("network-interface-permission.network-interface-id", Column::Interface),
        ("network-interface-permission.network-interface-permission-id", Column::Id),
    ] {
        if let Some(values) = filters.exact(name) {
            narrow = narrow.add(column.is_in(values));
        }
    }
    let matching = of_caller(call, !narrow.is_empty()).add(narrow);
    let load = async |after: Option<String>, limit: usize| {
        let some = Entity::find().filter(matching.clone().add_option(after.map(|after| Column::Id.gt(after))));
        let rows = some.order_by_asc(Column::Id).limit(u64::try_from(limit).unwrap_or(u64::MAX)).all(conn).await?;
        Ok(rows.into_iter().map(|row| show(&row.into())).collect())
    };
    let (permissions, next_token) = page::gather(&page, &filters, |shown| &shown.network_interface_permission_id, load).await?;
    Ok(DescribeNetworkInterfacePermissionsReply { permissions, next_token })
}

fn of_caller(call: &Call, narrowed: bool) -> Condition {
    of_account(call, (Entity, Column::Account), (Entity, Column::Region), narrowed)
}

fn show(permission: &InterfacePermission) -> Shown {
    Shown {
        network_interface_permission_id: permission.id.to_string(),
        network_interface_id: permission.interface.to_string(),
        aws_account_id: permission.grantee.to_string(),
        permission: permission.kind.to_string(),
        permission_state: NetworkInterfacePermissionState { state: "granted".to_owned() },
    }
}

impl Filterable for Shown {
    fn values(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
        match name.strip_prefix("network-interface-permission.")? {
            "network-interface-permission-id" => one(&self.network_interface_permission_id),
            "network-interface-id" => one(&self.network_interface_id),
            "aws-account-id" => one(&self.aws_account_id),
            // Services are given none here.
            "aws-service" => Some(Vec::new()),
            "permission" => one(&self.permission),
            _ => None,
        }
    }

    fn tags(&self) -> &[Tag] {
        &[]
    }
}
