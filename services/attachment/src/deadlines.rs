//! Ends what its cluster did not end: rows whose deadline has passed, and terminated instances that were shown long enough.

use std::time::Duration;

use multihome_core::{
    lifecycle::{self, InstanceInput, InstanceStep},
    transition::{AttachmentInput, AttachmentStep, transition},
};
use multihome_entities::{attachment, instance, interface, request};
use multihome_runtime::{Cas, Failure, Stop, now};
use multihome_types::{Instance, InstanceState, Timestamp};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::ExprTrait};

use crate::{
    Attachment,
    apply::{Moved, Note, apply_attachment, apply_forget, apply_instances},
    gather::gather_on_instance,
};

/// How late a deadline may be noticed.
const LOOK: Duration = Duration::from_millis(250);
/// How long after the start of the service deadlines of before it are left alone. While it was away nobody took in what the
/// clusters reported, so a deadline that passed meanwhile says nothing about them. Long enough for some polls, whose interval
/// is the pollers' own.
const GRACE: Duration = Duration::from_secs(10);
const BATCH: u64 = 200;
/// How long answers to requests are kept.
const REQUESTS_KEPT: Duration = Duration::from_secs(86_400);

impl Attachment {
    /// Looks at the deadlines until told to stop. Cheap when there are none: both queries read a partial index.
    pub(crate) async fn watch_deadlines(&self, stop: Stop) -> Result<(), Failure> {
        let started = now();
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut sweep = tokio::time::interval(Duration::from_secs(60));
        loop {
            let looked = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                _ = look.tick() => self.end_overdue(started).await,
                _ = sweep.tick() => self.forget().await,
            };
            if let Err(why) = looked {
                tracing::warn!(error = %why, "Deadlines could not be looked at; trying again");
            }
        }
    }

    /// `started`: when the service was.
    async fn end_overdue(&self, started: Timestamp) -> Result<(), DbErr> {
        let now = now();
        // Of what began before the start, nothing during the grace.
        let since = if now < started + GRACE { started } else { Timestamp(0) };
        let due = interface::whose_attachment(attachment::Column::Deadline.lte(now).and(attachment::Column::Since.gte(since)));
        for interface in interface::load(self.store.reader(), due, Some(BATCH)).await? {
            let Some(attachment) = &interface.attachment else { continue };
            let step = transition(attachment, AttachmentInput::DeadlinePassed, now, &self.settings.deadlines);
            if step == AttachmentStep::Stay {
                continue;
            }
            let mut txn = self.store.begin().await?;
            let note = Note { now, why: "its deadline passed", who: "attachment" };
            match apply_attachment(&mut txn, &interface, &step, note).await? {
                Cas::Updated => {
                    txn.commit().await?;
                    tracing::warn!(interface.id = %interface.id, attachment.id = %attachment.id, state = %attachment.state, "The deadline of an attachment passed");
                }
                Cas::Stale => txn.rollback().await?,
            }
        }
        let overdue = instance::Entity::find()
            .filter(instance::Column::Deadline.lte(now))
            .filter(instance::Column::Since.gte(since))
            .order_by_asc(instance::Column::Deadline)
            .limit(BATCH)
            .all(self.store.reader())
            .await?;
        for row in overdue {
            self.end_instance(&Instance::from(row), now).await?;
        }
        Ok(())
    }

    async fn end_instance(&self, instance: &Instance, now: Timestamp) -> Result<(), DbErr> {
        let on_it = gather_on_instance(self.store.reader(), instance.id).await?;
        let attachments: Vec<_> = on_it.iter().filter_map(|interface| interface.attachment.clone()).collect();
        let input = InstanceInput::DeadlinePassed { started: lifecycle::was_started(instance, &attachments) };
        let step = lifecycle::advance(instance, input, now, &self.settings.deadlines);
        if step == InstanceStep::Stay {
            return Ok(());
        }
        let mut txn = self.store.begin().await?;
        let moves = [self.planned(instance, &step, &on_it, now)];
        match apply_instances(&mut txn, &moves, &self.settings.public_addresses, Note { now, why: "its deadline passed", who: "attachment" }).await? {
            Moved::All => {
                txn.commit().await?;
                tracing::warn!(instance.id = %instance.id, state = %instance.state, "The deadline of an instance passed");
                Ok(())
            }
            // Left for the next look, a moment from now.
            Moved::Stale(_) | Moved::NoPublicAddress => txn.rollback().await,
        }
    }

    async fn forget(&self) -> Result<(), DbErr> {
        let now = now();
        let long_ago = now - self.settings.deadlines.terminated_shown;
        // Batch after batch, each after the last id of the one before: a row that cannot be forgotten now holds up no other.
        let mut after = None;
        loop {
            let terminated =
                instance::Entity::find().filter(instance::Column::State.eq(InstanceState::Terminated)).filter(instance::Column::Since.lte(long_ago));
            let rest = match after {
                Some(id) => terminated.filter(instance::Column::Id.gt(id)),
                None => terminated,
            };
            let rows = rest.order_by_asc(instance::Column::Id).limit(BATCH).all(self.store.reader()).await?;
            after = rows.last().map(|row| row.id);
            for row in rows {
                self.forget_instance(&Instance::from(row), now).await?;
            }
            if after.is_none() {
                break;
            }
        }
        let txn = self.store.begin().await?;
        request::Entity::delete_many().filter(request::Column::At.lt(now - REQUESTS_KEPT)).exec(txn.conn()).await?;
        txn.commit().await
    }

    async fn forget_instance(&self, instance: &Instance, now: Timestamp) -> Result<(), DbErr> {
        let mut txn = self.store.begin().await?;
        let note = Note { now, why: "it was terminated long ago", who: "attachment" };
        match apply_forget(&mut txn, instance, note).await? {
            Cas::Updated => txn.commit().await,
            // Somebody else did it.
            Cas::Stale => txn.rollback().await,
        }
    }
}
