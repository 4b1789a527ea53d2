//! What a simulated cluster can be told to do wrong, each by one short story.

use std::time::Duration;

use multihome_messages::{AttachMode, NEVER_MS, ReportMode, ReportRequest, SimulateRequest};
use multihome_types::ChangeId;

use super::{
    Simulation, Taken,
    tests::{DELAYS, attachment, broadcast, cluster, instance, listed, ms, running, shown},
};
use crate::operation::Operation;

fn simulate(cluster: &mut Simulation, now: Duration, request: SimulateRequest) {
    cluster.simulate(&request, now).unwrap();
    cluster.advance(now);
}

#[test]
fn a_delay_that_changes_applies_to_what_is_under_way() {
    let mut cluster = running();
    cluster.take_broadcast(broadcast(2, vec![listed(1, true, &[10, 11])]), ms(1_000));
    simulate(&mut cluster, ms(1_100), SimulateRequest { attach_ms: Some(10_000), ..SimulateRequest::default() });
    assert_eq!(cluster.next_due(), Some(ms(11_000)));
    simulate(&mut cluster, ms(2_000), SimulateRequest { attach_ms: Some(10), ..SimulateRequest::default() });
    assert_eq!(shown(&cluster), "1: 10 11", "it was due long ago");
    simulate(&mut cluster, ms(2_000), SimulateRequest { attach_ms: Some(NEVER_MS - 1), ..SimulateRequest::default() });
    cluster.take_broadcast(broadcast(3, vec![listed(1, true, &[10, 11, 12])]), ms(2_000));
    assert!(cluster.next_due() > Some(ms(1 << 60)), "an absurd delay is only long");
}

/// Each kind of operation can be made to fail by itself, and comes to its end once it is allowed to.
#[test]
fn every_operation_can_be_told_never_to_end() {
    let never = Some(NEVER_MS);
    let (launched, attached, detached) = (listed(1, true, &[10]), listed(1, true, &[10, 11]), listed(1, true, &[10]));
    for (what, request, before, wanted, stays, becomes) in [
        ("launch", SimulateRequest { launch_ms: never, ..SimulateRequest::default() }, None, vec![launched.clone()], "", "1: 10"),
        (
            "attach",
            SimulateRequest { attach_ms: never, ..SimulateRequest::default() },
            Some(launched.clone()),
            vec![attached.clone()],
            "1: 10",
            "1: 10 11",
        ),
        ("detach", SimulateRequest { detach_ms: never, ..SimulateRequest::default() }, Some(attached.clone()), vec![detached], "1: 10 11", "1: 10"),
        ("stop", SimulateRequest { stop_ms: never, ..SimulateRequest::default() }, Some(launched), vec![], "1: 10", ""),
    ] {
        let mut cluster = cluster(DELAYS);
        cluster.take_broadcast(broadcast(1, before.into_iter().collect()), ms(0));
        cluster.advance(ms(10_000));
        simulate(&mut cluster, ms(10_000), request);
        cluster.take_broadcast(broadcast(2, wanted), ms(10_000));
        cluster.advance(ms(1_000_000));
        assert_eq!((shown(&cluster).as_str(), cluster.next_due()), (stays, None), "{what}");
        simulate(&mut cluster, ms(1_000_000), SimulateRequest { reset: true, ..SimulateRequest::default() });
        assert_eq!(shown(&cluster), becomes, "{what}");
    }
}

#[test]
fn told_never_to_attach_it_still_boots_with_the_primary_interface_and_catches_up_when_told_to() {
    let mut cluster = cluster(DELAYS);
    simulate(&mut cluster, ms(0), SimulateRequest { attach: Some(AttachMode::Never), ..SimulateRequest::default() });
    cluster.take_broadcast(broadcast(1, vec![listed(1, true, &[10, 11])]), ms(0));
    cluster.advance(ms(9_000));
    assert_eq!((shown(&cluster).as_str(), cluster.next_due()), ("1: 10", None));
    cluster.take_broadcast(broadcast(2, vec![listed(1, true, &[10, 11, 12])]), ms(9_000));
    cluster.advance(ms(19_000));
    assert_eq!(shown(&cluster), "1: 10");
    assert!(!cluster.complete(Operation::Attach { attachment: attachment(11), instance: instance(1) }, ms(19_000)));
    simulate(&mut cluster, ms(20_000), SimulateRequest { reset: true, ..SimulateRequest::default() });
    assert_eq!(shown(&cluster), "1: 10 11 12");
}

#[test]
fn it_reports_nothing_or_nobody_when_told_to() {
    let mut cluster = running();
    let request = ReportRequest { known: None, after: None };
    cluster.simulate(&SimulateRequest { report: Some(ReportMode::Silent), ..SimulateRequest::default() }, ms(600)).unwrap();
    assert_eq!(cluster.report(&request), None);
    cluster.simulate(&SimulateRequest { report: Some(ReportMode::Empty), ..SimulateRequest::default() }, ms(600)).unwrap();
    let report = cluster.report(&request).unwrap();
    assert_eq!((report.instances.len(), report.digest.0, report.revision), (0, 0, ChangeId(1)));
    assert!(cluster.advance(ms(600)).something_changed, "a poll is answered differently");
    simulate(&mut cluster, ms(600), SimulateRequest { reset: true, ..SimulateRequest::default() });
    assert_eq!(shown(&cluster), "1: 10");
}

#[test]
fn broadcasts_that_were_ignored_are_made_up_for_when_that_ends() {
    let mut cluster = running();
    simulate(&mut cluster, ms(600), SimulateRequest { ignore_broadcasts: Some(true), ..SimulateRequest::default() });
    assert!(cluster.wants("00000002", ChangeId(2)));
    assert_eq!(cluster.take_broadcast(broadcast(2, vec![listed(1, true, &[10, 11])]), ms(700)), Taken::Ignored);
    assert!(!cluster.wants("00000002", ChangeId(2)), "once is enough");
    assert_eq!(cluster.take_broadcast(broadcast(1, vec![]), ms(800)), Taken::Ignored);
    assert!(!cluster.advance(ms(9_000)).something_changed);
    assert_eq!(cluster.applied().1, ChangeId(1));
    simulate(&mut cluster, ms(9_000), SimulateRequest { ignore_broadcasts: Some(false), ..SimulateRequest::default() });
    cluster.advance(ms(9_250));
    assert_eq!((shown(&cluster).as_str(), cluster.applied().1), ("1: 10 11", ChangeId(2)));
}

#[test]
fn it_comes_back_with_the_state_that_was_saved_and_heals_with_the_next_broadcast() {
    let mut cluster = running();
    simulate(&mut cluster, ms(600), SimulateRequest { save: true, ..SimulateRequest::default() });
    let later = broadcast(2, vec![listed(1, true, &[10, 11]), listed(2, true, &[20])]);
    cluster.take_broadcast(later.clone(), ms(1_000));
    cluster.advance(ms(2_000));
    assert_eq!(shown(&cluster), "1: 10 11, 2: 20");
    simulate(&mut cluster, ms(3_000), SimulateRequest { restore: true, ..SimulateRequest::default() });
    assert_eq!((shown(&cluster).as_str(), cluster.applied().1, cluster.next_due()), ("1: 10", ChangeId(1), None));
    assert!(cluster.wants(&later.version, later.revision));
    cluster.take_broadcast(later, ms(4_000));
    cluster.advance(ms(5_000));
    assert_eq!((shown(&cluster).as_str(), cluster.applied().1), ("1: 10 11, 2: 20", ChangeId(2)));
}

#[test]
fn the_broadcast_it_had_when_it_was_saved_heals_it_too() {
    let mut cluster = running();
    cluster.take_broadcast(broadcast(2, vec![listed(1, true, &[10, 11])]), ms(1_000));
    simulate(&mut cluster, ms(1_100), SimulateRequest { save: true, ..SimulateRequest::default() });
    simulate(&mut cluster, ms(1_200), SimulateRequest { restore: true, ..SimulateRequest::default() });
    cluster.advance(ms(9_000));
    assert_eq!(shown(&cluster), "1: 10", "what was under way did not come back");
    assert_eq!(cluster.take_broadcast(broadcast(2, vec![listed(1, true, &[10, 11])]), ms(9_000)), Taken::New);
    cluster.advance(ms(9_250));
    assert_eq!(shown(&cluster), "1: 10 11");
}

#[test]
fn a_restored_cluster_that_ignores_broadcasts_stays_old_until_it_no_longer_does() {
    let mut cluster = running();
    simulate(&mut cluster, ms(600), SimulateRequest { save: true, ..SimulateRequest::default() });
    cluster.take_broadcast(broadcast(2, vec![listed(1, true, &[10, 11])]), ms(1_000));
    cluster.advance(ms(1_250));
    simulate(&mut cluster, ms(2_000), SimulateRequest { restore: true, ignore_broadcasts: Some(true), ..SimulateRequest::default() });
    cluster.take_broadcast(broadcast(3, vec![listed(1, true, &[10, 11, 12])]), ms(3_000));
    cluster.advance(ms(9_000));
    assert_eq!((shown(&cluster).as_str(), cluster.applied().1), ("1: 10", ChangeId(1)));
    simulate(&mut cluster, ms(9_000), SimulateRequest { reset: true, ..SimulateRequest::default() });
    cluster.advance(ms(9_250));
    assert_eq!((shown(&cluster).as_str(), cluster.applied().1), ("1: 10 11 12", ChangeId(3)));
}

#[test]
fn a_restore_with_nothing_saved_is_refused_whole() {
    let mut cluster = running();
    let before = cluster.behaviour().clone();
    let refusal = cluster.simulate(&SimulateRequest { restore: true, attach_ms: Some(1), ..SimulateRequest::default() }, ms(600)).unwrap_err();
    assert_eq!((refusal.code.as_ref(), cluster.behaviour()), ("IncorrectState", &before));
}
