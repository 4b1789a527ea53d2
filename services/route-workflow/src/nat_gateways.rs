//! NAT gateways: takes each through its states, one step and one transaction at a time.
//!
//! What the next step is follows from what the database says ([`multihome_core::nat_gateway`]), so a workflow that dies between two steps
//! leaves nothing behind that the next one does not find, and two that look at the same gateway cannot both step. Woken by the change of a
//! gateway, and by a timer for changes that were lost and for hours that are over.
//!
//! Routes through a gateway follow it at once, with the same correction as everywhere: before it gives back what it has, and as soon as it
//! serves.

mod apply;
mod gather;

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt;
use multihome_core::nat_gateway::{NatInput, NatStep, transition};
use multihome_messages::{Subject, header};
use multihome_runtime::{Bus, Failure, Stop, Store, now, trace::TraceContext};
use multihome_types::{EntityKind, IdLength, MacPrefix, NatGateway, NatGatewayId};
use sea_orm::DbErr;
use tokio::time::MissedTickBehavior;

use crate::{
    correct::{Correction, correct},
    tally::Tally,
};
use apply::{Applied, Work, apply};
use gather::{gather_around, gather_due, gather_gateway, gather_led_to};

/// How many gateways are worked at a time.
const AT_ONCE: usize = 8;
/// More steps than there are on any way, conflicts included; then others get their turn, and the timer comes back to it.
const MOST_STEPS: usize = 32;

/// What an operator sets of gateways.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NatSettings {
    pub id_length: IdLength,
    pub mac_prefix: MacPrefix,
    /// For how long one that has failed or was deleted is shown.
    pub shown: Duration,
}

#[derive(Clone)]
pub(crate) struct NatWorkflow {
    pub store: Store,
    pub tally: Arc<Tally>,
    pub settings: NatSettings,
}

/// What became of a look at a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Advance {
    /// There is nothing to do, now.
    Idle,
    Stepped,
    /// Somebody else was first, with the gateway or with what it wants: look again.
    Contended,
}

impl NatWorkflow {
    /// Looks at gateways that are told to have changed, whoever changed them, until told to stop.
    pub(crate) async fn follow_hints(self, bus: Bus, stop: Stop) -> Result<(), Failure> {
        let subjects = format!("vpc.event.{}-changed.*", EntityKind::NatGateway);
        let subscription = bus.client().queue_subscribe(subjects, "route-workflow".to_owned()).await?;
        let told = subscription.take_until(stop.cancelled()).for_each_concurrent(AT_ONCE, |message| {
            let this = &self;
            async move {
                let traceparent = message.headers.as_ref().and_then(|headers| headers.get(header::TRACEPARENT));
                let context = TraceContext::continued(traceparent.map(async_nats::HeaderValue::as_str));
                // The hint's own words are not believed: it only says where to look.
                if let Ok(Subject::Changed(EntityKind::NatGateway, id)) = message.subject.parse()
                    && let Ok(id) = id.parse()
                    && let Err(why) = context.scope(this.drive(id)).await
                {
                    tracing::warn!(nat_gateway.id = %id, error = %why, "NAT gateway {id} stays as it is until the next review");
                }
            }
        });
        told.await;
        Ok(())
    }

    /// Looks for gateways with something to do on a timer, until told to stop.
    pub(crate) async fn review(self, interval: Duration, stop: Stop) -> Result<(), Failure> {
        let mut timer = tokio::time::interval(interval);
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut troubled = false;
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                _ = timer.tick() => {}
            }
            match self.review_all().await {
                Ok(()) => troubled = false,
                Err(why) => {
                    if !troubled {
                        tracing::warn!(error = %why, "NAT gateways cannot be looked after; they stay as they are until they can");
                    }
                    troubled = true;
                }
            }
        }
    }

    /// A gateway that cannot be driven does not keep the others waiting.
    pub(crate) async fn review_all(&self) -> Result<(), DbErr> {
        let mut outcome = Ok(());
        for id in gather_due(self.store.reader(), now() - self.settings.shown).await? {
            outcome = outcome.and(self.drive(id).await);
        }
        outcome
    }

    /// Takes a gateway as far as it gets.
    pub(crate) async fn drive(&self, id: NatGatewayId) -> Result<(), DbErr> {
        for _ in 0..MOST_STEPS {
            if self.advance(id).await? == Advance::Idle {
                return Ok(());
            }
        }
        tracing::debug!(nat_gateway.id = %id, "NAT gateway {id} is being changed by others all the time; it is left to the next review");
        Ok(())
    }

    /// One step of a gateway: one transaction, or none.
    pub(crate) async fn advance(&self, id: NatGatewayId) -> Result<Advance, DbErr> {
        let conn = self.store.reader();
        let Some(gateway) = gather_gateway(conn, id).await? else { return Ok(Advance::Idle) };
        let around = gather_around(conn, &gateway).await?;
        let now = now();
        let mut step = transition(&gateway, NatInput::Look(&around.situation(self.settings.shown, now)));
        loop {
            match step {
                NatStep::Stay => return Ok(Advance::Idle),
                // Nothing takes a route through it any more when its addresses are given back.
                NatStep::Release if self.follow(&gateway).await? == Correction::Contended => return Ok(Advance::Contended),
                NatStep::Release => {}
                NatStep::SetUpInterface
                | NatStep::Associate
                | NatStep::Serve
                | NatStep::Fail(_)
                | NatStep::BeginDeletion
                | NatStep::CleanUp
                | NatStep::Remove => {}
            }
            let work = Work { gateway: &gateway, around: &around, step: &step, now };
            match apply(&self.store, self.settings, &work).await? {
                Applied::Done => break,
                Applied::Stale => return Ok(Advance::Contended),
                Applied::Refused(refusal) => step = transition(&gateway, NatInput::Refused(&refusal)),
            }
        }
        if matches!(step, NatStep::Associate | NatStep::Serve) {
            // What is contended is found by the review.
            self.follow(&gateway).await?;
        }
        Ok(Advance::Stepped)
    }

    /// Corrects the routes that lead to a gateway.
    async fn follow(&self, gateway: &NatGateway) -> Result<Correction, DbErr> {
        let tables = gather_led_to(self.store.reader(), gateway.id).await?;
        // Without a name it would be all tables of the VPC.
        if tables.is_empty() { Ok(Correction::Done { corrected: 0 }) } else { correct(&self.store, &self.tally, gateway.vpc, tables).await }
    }
}
