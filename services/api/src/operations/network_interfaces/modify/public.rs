//! Whether the cloud gives an interface a public address: a choice that takes effect at once where the instance runs.

use multihome_core::{
    automatic::{self, AutomaticStep},
    refusals,
};
use multihome_entities::{
    attachment, elastic_address, instance,
    interface::{Column, Entity},
};
use multihome_runtime::{Cas, Transaction};
use multihome_types::{EntityKind, Instance, Interface};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, LockType},
};

use super::super::{birth::apply_touch, settle};
use crate::{Api, call::Call, fault::Fault, operations::addresses::seed};

/// `None`: somebody else was first.
pub(super) async fn choose(api: &Api, call: &Call, read: &Interface, wanted: bool) -> Result<Option<()>, Fault> {
    let on = gather_on(api.store.reader(), read).await?;
    let step = automatic::on_choice(wanted, read, on.as_ref().map(|(instance, on_it)| (instance.state, *on_it)));
    let mut txn = api.store.begin().await?;
    let outcome = apply(api, call, &mut txn, (read, on.as_ref().map(|(instance, _)| instance)), (wanted, step)).await;
    settle(txn, outcome).await
}

/// The instance that an interface is on, and how many interfaces are.
async fn gather_on<C: ConnectionTrait>(conn: &C, interface: &Interface) -> Result<Option<(Instance, usize)>, DbErr> {
    let Some(attached) = &interface.attachment else { return Ok(None) };
    let on_it = attachment::of_instance(conn, attached.instance).await?.len();
    Ok(instance::Entity::find_by_id(attached.instance).one(conn).await?.map(|row| (row.into(), on_it)))
}

async fn apply(
    api: &Api,
    call: &Call,
    txn: &mut Transaction,
    (read, on): (&Interface, Option<&Instance>),
    (wanted, step): (bool, AutomaticStep),
) -> Result<Option<()>, Fault> {
    // Instances before interfaces, as everybody does.
    if let Some(on) = on {
        let same = instance::Entity::find_by_id(on.id).filter(instance::Column::Generation.eq(on.generation));
        if same.select_only().column(instance::Column::Id).lock(LockType::Share).into_tuple::<String>().one(txn.conn()).await?.is_none() {
            return Ok(None);
        }
    }
    if apply_touch(txn, read).await? == Cas::Stale {
        return Ok(None);
    }
    let update = Entity::update_many().col_expr(Column::AutomaticPublicAddress, Expr::value(wanted)).filter(Column::Id.eq(read.id));
    update.exec(txn.conn()).await?;
    let mut why = format!("Its associatePublicIpAddress was set to {wanted}.");
    match step {
        AutomaticStep::Stay => {}
        AutomaticStep::Give => {
            let mut given = [automatic::given(read, (api.fresh(), api.fresh()), call.now)];
            if !elastic_address::take_any(txn.conn(), &mut given, api.settings.public_addresses.candidates(seed())).await? {
                return Err(refusals::public_addresses_exhausted().into());
            }
            why.push_str(&format!(" It was given {}.", given[0].address));
        }
        AutomaticStep::TakeBack => elastic_address::take_back(txn.conn(), &[read.id]).await?,
    }
    txn.record(vec![call.change((EntityKind::Interface, read.id, read.generation.next()), "modified", why)]).await?;
    Ok(Some(()))
}
