//! What a step means to public addresses, written: those that the cloud gave by itself are given and taken back with an instance's life, and
//! allocated ones lead nowhere once their interface is gone. Every interface in question has been touched.

use multihome_core::{automatic::AutomaticStep, public_pool::PublicPool, transition::AttachmentStep};
use multihome_entities::{elastic_address, interface};
use multihome_runtime::{Transaction, random_bits};
use multihome_types::{Change, ChangeId, ElasticAddress, EntityKind, Interface, InterfaceId};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, sea_query::Expr};

use super::{Note, interface_change};

/// What the step of an instance means to the public addresses of the interfaces on it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Public<'a> {
    /// With the row, which has no address yet.
    give: Vec<(&'a Interface, ElasticAddress)>,
    take_back: Vec<&'a Interface>,
}

impl<'a> Public<'a> {
    pub(crate) fn add(&mut self, interface: &'a Interface, step: AutomaticStep, row: impl FnOnce() -> ElasticAddress) {
        match step {
            AutomaticStep::Stay => {}
            AutomaticStep::Give => self.give.push((interface, row())),
            AutomaticStep::TakeBack => self.take_back.push(interface),
        }
    }

    pub(super) fn interfaces(&self) -> impl Iterator<Item = &'a Interface> {
        self.give.iter().map(|(interface, _)| *interface).chain(self.take_back.iter().copied())
    }

    /// What the log says. `given` are the rows with their addresses.
    pub(super) fn changes(&self, given: &[ElasticAddress], note: Note<'_>) -> Vec<Change> {
        let had = self.give.iter().filter_map(|(interface, row)| Some((*interface, given.iter().find(|given| given.id == row.id)?)));
        let given = had.map(|(interface, row)| {
            let why = format!("{} was given the public address {}: {}", interface.id, row.address, note.why);
            interface_change(interface, "associated", Note { why: &why, ..note })
        });
        let taken_back = self.take_back.iter().map(|interface| {
            let why = format!("the public address of {} was taken back: {}", interface.id, note.why);
            interface_change(interface, "disassociated", Note { why: &why, ..note })
        });
        given.chain(taken_back).collect()
    }
}

/// Takes back and gives; returns what was given. `None`: there is not enough to give, and the transaction must be rolled back.
pub(super) async fn apply<'m>(
    txn: &Transaction,
    all: impl Iterator<Item = &'m Public<'m>>,
    pool: &PublicPool,
) -> Result<Option<Vec<ElasticAddress>>, DbErr> {
    let (mut given, mut taken_back): (Vec<ElasticAddress>, Vec<InterfaceId>) = (Vec::new(), Vec::new());
    for public in all {
        given.extend(public.give.iter().map(|(_, row)| row.clone()));
        taken_back.extend(public.take_back.iter().map(|interface| interface.id));
    }
    elastic_address::take_back(txn.conn(), &taken_back).await?;
    if given.is_empty() {
        return Ok(Some(given));
    }
    // The low half is as random as the whole.
    let seed = (random_bits() & u128::from(u64::MAX)) as u64;
    let enough = elastic_address::take_any(txn.conn(), &mut given, pool.candidates(seed)).await?;
    Ok(enough.then_some(given))
}

/// An interface that is left on its own has no address of the cloud's any more, and is given none: only what a launch makes is.
pub(super) async fn release(txn: &Transaction, read: &Interface) -> Result<(), DbErr> {
    if !read.automatic_public_address {
        return Ok(());
    }
    elastic_address::take_back(txn.conn(), &[read.id]).await?;
    let own = interface::Entity::update_many().col_expr(interface::Column::AutomaticPublicAddress, Expr::value(false));
    own.filter(interface::Column::Id.eq(read.id)).exec(txn.conn()).await.map(drop)
}

/// Allocated addresses that lead to an interface which goes.
pub(super) fn step_changes(read: &Interface, step: &AttachmentStep, note: Note<'_>) -> Vec<Change> {
    if *step != AttachmentStep::ReleaseAndDelete {
        return Vec::new();
    }
    let change = |public: &ElasticAddress| Change {
        id: ChangeId(0),
        entity: EntityKind::ElasticAddress,
        entity_id: public.id.to_string(),
        generation: public.generation.next(),
        account: public.account,
        region: public.region,
        what: "disassociated".to_owned(),
        why: format!("the public address {} leads nowhere: {} was deleted with its instance", public.address, read.id),
        at: note.now,
        who: note.who.to_owned(),
    };
    read.public.iter().filter(|public| !public.automatic).map(change).collect()
}
