//! Ends what its cluster did not end: rows whose deadline has passed, and terminated instances that were shown long enough.

use std::time::Duration;

use multihome_core::{
    lifecycle::InstanceInput,
    transition::{AttachmentInput, AttachmentStep, transition},
};
use multihome_entities::{attachment, instance, interface, request};
use multihome_runtime::{Cas, Failure, Stop, now};
use multihome_types::{Instance, InstanceState};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::{
    Attachment, Attempt,
    apply::{Note, apply_attachment, apply_forget},
};

/// How late a deadline may be noticed.
const LOOK: Duration = Duration::from_millis(250);
const BATCH: u64 = 200;
/// How long answers to requests are kept.
const REQUESTS_KEPT: Duration = Duration::from_secs(86_400);

impl Attachment {
    /// Looks at the deadlines until told to stop. Cheap when there are none: both queries read a partial index.
    pub(crate) async fn watch_deadlines(&self, stop: Stop) -> Result<(), Failure> {
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut sweep = tokio::time::interval(Duration::from_secs(60));
        loop {
            let looked = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                _ = look.tick() => self.end_overdue().await,
                _ = sweep.tick() => self.forget().await,
            };
            if let Err(why) = looked {
                tracing::warn!(error = %why, "Deadlines could not be looked at; trying again");
            }
        }
    }

    async fn end_overdue(&self) -> Result<(), DbErr> {
        let now = now();
        let due = interface::whose_attachment(attachment::Column::Deadline.lte(now));
        for interface in interface::load(self.store.reader(), due, Some(BATCH)).await? {
            let Some(attachment) = &interface.attachment else { continue };
            let step = transition(attachment, AttachmentInput::DeadlinePassed, InstanceState::Running, now, &self.settings.deadlines);
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
        let overdue: Vec<multihome_types::InstanceId> = instance::Entity::find()
            .filter(instance::Column::Deadline.lte(now))
            .order_by_asc(instance::Column::Deadline)
            .limit(BATCH)
            .select_only()
            .column(instance::Column::Id)
            .into_tuple()
            .all(self.store.reader())
            .await?;
        for id in overdue {
            // Stale is left for the next look, a moment from now.
            if let Attempt::Done(()) = self.try_advance(id, InstanceInput::DeadlinePassed, "its deadline passed").await? {
                tracing::warn!(instance.id = %id, "The deadline of an instance passed");
            }
        }
        Ok(())
    }

    async fn forget(&self) -> Result<(), DbErr> {
        let now = now();
        let long_ago = now - self.settings.deadlines.terminated_shown;
        let rows = instance::Entity::find()
            .filter(instance::Column::State.eq(InstanceState::Terminated))
            .filter(instance::Column::Since.lte(long_ago))
            .limit(BATCH)
            .all(self.store.reader())
            .await?;
        for row in rows {
            let instance = Instance::from(row);
            let mut txn = self.store.begin().await?;
            let note = Note { now, why: "it was terminated long ago", who: "attachment" };
            match apply_forget(&mut txn, &instance, note).await? {
                Cas::Updated => txn.commit().await?,
                Cas::Stale => txn.rollback().await?,
            }
        }
        let txn = self.store.begin().await?;
        request::Entity::delete_many().filter(request::Column::At.lt(now - REQUESTS_KEPT)).exec(txn.conn()).await?;
        txn.commit().await
    }
}
