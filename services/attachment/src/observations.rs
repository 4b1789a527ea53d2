//! What pollers concluded becomes what is so, if the rows still fit.
//!
//! Each conclusion is checked again against its row. One that is stale is left: what is still awaited is observed again at
//! the next poll.

use std::time::Duration;

use multihome_core::{
    lifecycle::{self, InstanceInput, InstanceStep},
    transition::{AttachmentInput, AttachmentStep, transition},
};
use multihome_entities::cluster;
use multihome_messages::InstanceObserved;
use multihome_runtime::{Cas, now, work::Outcome};
use multihome_types::{AttachmentId, Change, ChangeId, Cluster, EntityKind, InstanceId, InstanceState};
use sea_orm::{
    ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};

use crate::{
    Attachment, Attempt,
    apply::{Note, apply_attachment, apply_instance},
    gather::{gather_all_attached, gather_instance, gather_on_instance},
    requests::lost_the_race,
};

/// How many attachments are moved in one transaction: enough to share a commit, few enough to hold no lock for long.
const TOGETHER: usize = 100;

impl Attachment {
    pub(crate) async fn observed(&self, observed: InstanceObserved) -> Outcome {
        match self.take(&observed).await {
            Ok(()) => Outcome::Done,
            Err(why) => {
                tracing::warn!(cluster = %observed.cluster, error = %why, "An observation could not be stored and will be taken again");
                Outcome::Retry(Duration::from_millis(200))
            }
        }
    }

    async fn take(&self, observed: &InstanceObserved) -> Result<(), DbErr> {
        for some in observed.attached.chunks(TOGETHER) {
            self.move_attachments(observed, some, AttachmentInput::Reported).await?;
        }
        for some in observed.detached.chunks(TOGETHER) {
            self.move_attachments(observed, some, AttachmentInput::Unreported { revision: observed.revision }).await?;
        }
        for id in &observed.running {
            self.move_instance(observed, *id, InstanceInput::ReportedRunning).await?;
        }
        for id in &observed.gone {
            self.move_instance(observed, *id, InstanceInput::Unreported { revision: observed.revision }).await?;
        }
        // Last, because it says that everything above has been taken in.
        self.note_report(observed).await
    }

    async fn move_attachments(&self, observed: &InstanceObserved, ids: &[AttachmentId], input: AttachmentInput) -> Result<(), DbErr> {
        let now = now();
        let mut steps = Vec::with_capacity(ids.len());
        for interface in gather_all_attached(self.store.reader(), ids).await? {
            let Some(attachment) = interface.attachment.as_ref().filter(|attachment| attachment.cluster == observed.cluster) else { continue };
            // The instance's state decides about detach requests only, which this is not.
            let step = transition(attachment, input, InstanceState::Running, now, &self.settings.deadlines);
            if step != AttachmentStep::Stay {
                steps.push((interface, step));
            }
        }
        if steps.is_empty() {
            return Ok(());
        }
        let why = match input {
            AttachmentInput::Reported => format!("cluster {} reported it at revision {}", observed.cluster, observed.revision),
            AttachmentInput::Unreported { .. }
            | AttachmentInput::DeadlinePassed
            | AttachmentInput::Detach { .. }
            | AttachmentInput::InstanceStopped
            | AttachmentInput::InstanceTerminated => format!("cluster {} no longer reports it at revision {}", observed.cluster, observed.revision),
        };
        let note = Note { now, why: &why, who: "attachment" };
        let mut txn = self.store.begin().await?;
        for (interface, step) in &steps {
            if apply_attachment(&mut txn, interface, step, note).await? == Cas::Stale {
                tracing::debug!(interface.id = %interface.id, "The interface changed meanwhile; the next poll decides");
            }
        }
        txn.commit().await
    }

    async fn move_instance(&self, observed: &InstanceObserved, id: InstanceId, input: InstanceInput) -> Result<(), DbErr> {
        let why = match input {
            InstanceInput::ReportedRunning => format!("cluster {} reported it running", observed.cluster),
            InstanceInput::Unreported { .. } | InstanceInput::DeadlinePassed => format!("cluster {} no longer reports it", observed.cluster),
        };
        while let Attempt::Stale = self.try_advance(id, input, &why).await? {}
        Ok(())
    }

    /// Moves an instance and what is on it. Stale: somebody else was first, look again.
    pub(crate) async fn try_advance(&self, id: InstanceId, input: InstanceInput, why: &str) -> Result<Attempt<()>, DbErr> {
        let conn = self.store.reader();
        let Some(instance) = gather_instance(conn, id).await? else { return Ok(Attempt::Done(())) };
        let now = now();
        let step = lifecycle::advance(&instance, input, now, &self.settings.deadlines);
        if step == InstanceStep::Stay {
            return Ok(Attempt::Done(()));
        }
        let on_it = if step.attachment_input().is_some() { gather_on_instance(conn, id).await? } else { Vec::new() };
        let meant = self.meaning(&instance, &step, &on_it, now);
        let mut txn = self.store.begin().await?;
        match apply_instance(&mut txn, &instance, &meant, &step, Note { now, why, who: "attachment" }).await {
            Ok(Cas::Updated) => txn.commit().await.map(|()| Attempt::Done(())),
            Ok(Cas::Stale) => txn.rollback().await.map(|()| Attempt::Stale),
            Err(why) if lost_the_race(&why) => txn.rollback().await.map(|()| Attempt::Stale),
            Err(why) => Err(why),
        }
    }

    /// That the cluster reported, and which broadcast it has applied: the latter is a change, it goes into the next document.
    async fn note_report(&self, observed: &InstanceObserved) -> Result<(), DbErr> {
        let Some(row) = cluster::Entity::find_by_id(observed.cluster).one(self.store.reader()).await? else { return Ok(()) };
        let cluster = Cluster::try_from(row)?;
        if cluster.reported_at.is_some_and(|at| at > observed.at) {
            return Ok(());
        }
        let same = cluster
            .applied
            .as_ref()
            .map_or(observed.version.is_empty(), |applied| applied.version == observed.version && applied.revision == observed.revision);
        let mut txn = self.store.begin().await?;
        let older = Condition::any().add(cluster::Column::ReportedAt.is_null()).add(cluster::Column::ReportedAt.lte(observed.at));
        let mut update = cluster::Entity::update_many()
            .col_expr(cluster::Column::ReportedAt, Expr::value(observed.at))
            .filter(cluster::Column::Name.eq(observed.cluster))
            .filter(older);
        if !same {
            update = update
                .col_expr(cluster::Column::AppliedVersion, Expr::value(observed.version.clone()))
                .col_expr(cluster::Column::AppliedRevision, Expr::value(observed.revision))
                .col_expr(cluster::Column::AppliedAt, Expr::value(observed.at))
                .col_expr(cluster::Column::Generation, Expr::col(cluster::Column::Generation).add(1));
        }
        let updated = update.exec(txn.conn()).await?.rows_affected;
        if updated == 1 && !same {
            txn.record(vec![Change {
                id: ChangeId(0),
                entity: EntityKind::ClusterReport,
                entity_id: cluster.name.to_string(),
                generation: cluster.generation.next(),
                account: multihome_types::AccountId::default(),
                region: cluster.region,
                what: "applied".to_owned(),
                why: format!("cluster {} applied broadcast {} of revision {}", cluster.name, observed.version, observed.revision),
                at: observed.at,
                who: "attachment".to_owned(),
            }])
            .await?;
        }
        txn.commit().await
    }
}
