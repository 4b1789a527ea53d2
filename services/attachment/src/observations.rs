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
use multihome_runtime::{now, work::Outcome};
use multihome_types::{AttachmentId, Change, ChangeId, Cluster, EntityKind, InstanceId};
use sea_orm::{
    ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};

use crate::{
    Attachment,
    apply::{Move, Moved, Note, apply_attachments, apply_instances},
    gather::{gather_all_attached, gather_instances, gather_on_instance},
};

/// How many attachments are moved in one transaction: enough to share a commit, few enough to hold no lock for long.
const TOGETHER: usize = 100;
/// The same for instances, which take what is on them along.
const INSTANCES_TOGETHER: usize = 50;
/// A report that says the same again is not written while the last is younger than this: its time is for people.
const YOUNG: Duration = Duration::from_secs(5);

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
        for some in observed.running.chunks(INSTANCES_TOGETHER) {
            self.move_instances(observed, some, InstanceInput::ReportedRunning { revision: observed.revision }).await?;
        }
        for some in observed.gone.chunks(INSTANCES_TOGETHER) {
            self.move_instances(observed, some, InstanceInput::Unreported { revision: observed.revision }).await?;
        }
        // Last, because it says that everything above has been taken in.
        self.note_report(observed).await
    }

    async fn move_attachments(&self, observed: &InstanceObserved, ids: &[AttachmentId], input: AttachmentInput) -> Result<(), DbErr> {
        let now = now();
        let mut steps = Vec::with_capacity(ids.len());
        for interface in gather_all_attached(self.store.reader(), ids).await? {
            let Some(attachment) = interface.attachment.as_ref().filter(|attachment| attachment.cluster == observed.cluster) else { continue };
            let step = transition(attachment, input, now, &self.settings.deadlines);
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
        let steps: Vec<_> = steps.iter().map(|(interface, step)| (interface, step)).collect();
        for stale in apply_attachments(&mut txn, &steps, note).await? {
            tracing::debug!(interface.id = %stale, "The interface changed meanwhile; the next poll decides");
        }
        txn.commit().await
    }

    async fn move_instances(&self, observed: &InstanceObserved, ids: &[InstanceId], input: InstanceInput) -> Result<(), DbErr> {
        let (conn, now) = (self.store.reader(), now());
        let mut gathered = Vec::with_capacity(ids.len());
        for instance in gather_instances(conn, ids).await?.into_iter().filter(|instance| instance.cluster == observed.cluster) {
            let step = lifecycle::advance(&instance, input, now, &self.settings.deadlines);
            if step == InstanceStep::Stay {
                continue;
            }
            let on_it = if step.concerns_interfaces() { gather_on_instance(conn, instance.id).await? } else { Vec::new() };
            gathered.push((instance, step, on_it));
        }
        let why = match input {
            InstanceInput::ReportedRunning { .. } => format!("cluster {} reported it running", observed.cluster),
            InstanceInput::Unreported { .. } | InstanceInput::DeadlinePassed { .. } => format!("cluster {} no longer reports it", observed.cluster),
        };
        let mut moves: Vec<Move<'_>> = gathered.iter().map(|(instance, step, on_it)| self.planned(instance, step, on_it, now)).collect();
        // Each round that finds one stale goes on without it, so that it keeps no other from moving.
        while !moves.is_empty() {
            let mut txn = self.store.begin().await?;
            match apply_instances(&mut txn, &moves, &self.settings.public_addresses, Note { now, why: &why, who: "attachment" }).await? {
                Moved::All => return txn.commit().await,
                // No report starts an instance.
                Moved::NoPublicAddress => return txn.rollback().await,
                Moved::Stale(id) => {
                    txn.rollback().await?;
                    tracing::debug!(instance.id = %id, "The instance changed meanwhile; the next poll decides");
                    moves.retain(|one| one.instance.id != id);
                }
            }
        }
        Ok(())
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
        if same && cluster.reported_at.is_some_and(|at| observed.at.since(at) < YOUNG) {
            return Ok(());
        }
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
