//! Every rule of the simulated cluster, each by one short story.

use std::time::Duration;

use multihome_messages::ReportRequest;
use multihome_types::{AttachmentId, ChangeId, DeviceIndex, InstanceId};

use super::{Simulation, Taken};
use crate::{
    behaviour::Delays,
    desired::{Desired, DesiredInstance},
};

pub(super) const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(super) fn instance(number: u32) -> InstanceId {
    format!("i-{number:08x}").parse().unwrap()
}

pub(super) fn attachment(number: u32) -> AttachmentId {
    format!("eni-attach-{number:08x}").parse().unwrap()
}

/// Instance `number` with its attachments; the device indexes are their places in the list.
pub(super) fn listed(number: u32, placed: bool, attachments: &[u32]) -> DesiredInstance {
    let attachments = attachments.iter().enumerate().map(|(index, number)| (attachment(*number), DeviceIndex(u8::try_from(index).unwrap())));
    DesiredInstance::new(instance(number), placed, attachments)
}

pub(super) fn broadcast(revision: i64, instances: Vec<DesiredInstance>) -> Desired {
    Desired::new(format!("{revision:08x}"), ChangeId(revision), instances)
}

pub(super) const DELAYS: Delays = Delays { launch: ms(500), attach: ms(250), detach: ms(200), stop: ms(300) };

pub(super) fn cluster(delays: Delays) -> Simulation {
    Simulation::new("one".parse().unwrap(), delays)
}

/// A cluster that took broadcast 1 and runs instance 1 with attachment 10, at 500 ms.
pub(super) fn running() -> Simulation {
    let mut cluster = cluster(DELAYS);
    cluster.take_broadcast(broadcast(1, vec![listed(1, true, &[10])]), ms(0));
    cluster.advance(ms(500));
    assert_eq!(shown(&cluster), "1: 10");
    cluster
}

/// What a poll would say, such as `1: 10 11, 2: 12`.
pub(super) fn shown(cluster: &Simulation) -> String {
    let number = |id: String| u32::from_str_radix(id.rsplit('-').next().unwrap(), 16).unwrap().to_string();
    let report = cluster.report(&ReportRequest { known: None, after: None }).unwrap();
    let instances = report.instances.iter().map(|instance| {
        let attachments: Vec<String> = instance.attachments.iter().map(|attachment| number(attachment.id.to_string())).collect();
        format!("{}: {}", number(instance.id.to_string()), attachments.join(" "))
    });
    instances.collect::<Vec<_>>().join(", ")
}

#[test]
fn an_instance_runs_after_the_launch_delay_with_everything_listed_for_it_then() {
    let mut cluster = cluster(DELAYS);
    assert_eq!(cluster.take_broadcast(broadcast(1, vec![listed(1, true, &[10])]), ms(0)), Taken::New);
    assert_eq!(cluster.next_due(), Some(ms(500)));
    assert!(cluster.advance(ms(0)).something_changed, "the applied version moved");
    cluster.take_broadcast(broadcast(2, vec![listed(1, true, &[10, 11])]), ms(400));
    cluster.advance(ms(499));
    assert_eq!(shown(&cluster), "");
    assert!(cluster.advance(ms(500)).something_changed);
    assert_eq!((shown(&cluster).as_str(), cluster.next_due()), ("1: 10 11", None));
}

#[test]
fn a_listed_interface_is_plugged_in_after_the_attach_delay_and_unplugged_after_the_detach_delay() {
    let mut cluster = running();
    cluster.take_broadcast(broadcast(2, vec![listed(1, true, &[10, 11])]), ms(1_000));
    cluster.advance(ms(1_249));
    assert_eq!(shown(&cluster), "1: 10");
    cluster.advance(ms(1_250));
    assert_eq!(shown(&cluster), "1: 10 11");
    cluster.take_broadcast(broadcast(3, vec![listed(1, true, &[10])]), ms(2_000));
    cluster.advance(ms(2_199));
    assert_eq!(shown(&cluster), "1: 10 11");
    assert!(cluster.advance(ms(2_200)).something_changed);
    assert_eq!(shown(&cluster), "1: 10");
}

#[test]
fn an_attach_that_is_no_longer_asked_for_never_plugs_anything_in() {
    let mut cluster = running();
    cluster.take_broadcast(broadcast(2, vec![listed(1, true, &[10, 11])]), ms(1_000));
    cluster.take_broadcast(broadcast(3, vec![listed(1, true, &[10])]), ms(1_100));
    assert_eq!(cluster.next_due(), None);
    cluster.advance(ms(9_000));
    assert_eq!(shown(&cluster), "1: 10");
}

#[test]
fn an_interface_listed_again_stays_or_comes_back() {
    let mut cluster = running();
    let with = |revision| broadcast(revision, vec![listed(1, true, &[10, 11])]);
    let without = |revision| broadcast(revision, vec![listed(1, true, &[10])]);
    cluster.take_broadcast(with(2), ms(1_000));
    cluster.advance(ms(1_250));
    cluster.take_broadcast(without(3), ms(2_000));
    cluster.take_broadcast(with(4), ms(2_100));
    assert_eq!(cluster.next_due(), None, "the detach was dropped");
    cluster.take_broadcast(without(5), ms(3_000));
    cluster.advance(ms(3_200));
    cluster.take_broadcast(with(6), ms(3_300));
    cluster.advance(ms(3_550));
    assert_eq!(shown(&cluster), "1: 10 11");
}

#[test]
fn an_operation_under_way_keeps_its_time_when_another_broadcast_still_asks_for_it() {
    let mut cluster = running();
    cluster.take_broadcast(broadcast(2, vec![listed(1, true, &[10, 11])]), ms(1_000));
    cluster.take_broadcast(broadcast(3, vec![listed(1, true, &[10, 11, 12])]), ms(1_200));
    cluster.advance(ms(1_250));
    assert_eq!((shown(&cluster).as_str(), cluster.next_due()), ("1: 10 11", Some(ms(1_450))));
}

#[test]
fn another_device_index_is_another_plug() {
    let mut cluster = running();
    let moved = DesiredInstance::new(instance(1), true, [(attachment(10), DeviceIndex(3))]);
    cluster.take_broadcast(broadcast(2, vec![moved]), ms(1_000));
    cluster.advance(ms(1_250));
    let report = cluster.report(&ReportRequest { known: None, after: None }).unwrap();
    assert_eq!(report.instances[0].attachments[0].device_index, DeviceIndex(3));
}

#[test]
fn an_instance_in_no_node_shuts_down_after_the_stop_delay_and_its_interfaces_go_with_it() {
    for then in [vec![listed(1, false, &[10])], vec![]] {
        let mut cluster = running();
        cluster.take_broadcast(broadcast(2, then), ms(1_000));
        cluster.advance(ms(1_299));
        assert_eq!(shown(&cluster), "1: 10");
        cluster.advance(ms(1_300));
        assert_eq!((shown(&cluster).as_str(), cluster.counts(), cluster.next_due()), ("", (0, 0), None));
    }
}

#[test]
fn an_instance_that_is_shutting_down_loses_interfaces_and_gains_none() {
    let mut cluster = running();
    cluster.take_broadcast(broadcast(2, vec![listed(1, true, &[10, 11])]), ms(1_000));
    cluster.advance(ms(1_250));
    cluster.take_broadcast(broadcast(3, vec![listed(1, false, &[10, 12])]), ms(2_000));
    cluster.advance(ms(2_200));
    assert_eq!((shown(&cluster).as_str(), cluster.next_due()), ("1: 10", Some(ms(2_300))));
}

#[test]
fn a_detach_that_is_slower_than_the_shutdown_ends_with_it() {
    let mut cluster = cluster(Delays { detach: ms(9_000), ..Delays::NONE });
    cluster.take_broadcast(broadcast(1, vec![listed(1, true, &[10, 11])]), ms(0));
    cluster.advance(ms(0));
    cluster.take_broadcast(broadcast(2, vec![listed(1, true, &[10])]), ms(0));
    cluster.take_broadcast(broadcast(3, vec![]), ms(1));
    cluster.advance(ms(1));
    assert_eq!((shown(&cluster).as_str(), cluster.pending_count()), ("", 0));
}

#[test]
fn the_order_of_a_document_does_not_matter() {
    let mut cluster = cluster(Delays::NONE);
    let backwards = DesiredInstance::new(instance(1), true, [(attachment(12), DeviceIndex(1)), (attachment(11), DeviceIndex(0))]);
    cluster.take_broadcast(broadcast(1, vec![listed(2, true, &[20]), backwards]), ms(0));
    cluster.advance(ms(0));
    assert_eq!(shown(&cluster), "1: 11 12, 2: 20");
    cluster.take_broadcast(broadcast(2, vec![listed(3, true, &[30]), listed(2, true, &[20]), listed(1, true, &[11])]), ms(0));
    cluster.advance(ms(0));
    assert_eq!(shown(&cluster), "1: 11, 2: 20, 3: 30");
}

#[test]
fn an_instance_that_is_placed_again_before_it_stopped_goes_on_running() {
    let mut cluster = running();
    cluster.take_broadcast(broadcast(2, vec![listed(1, false, &[10])]), ms(1_000));
    cluster.take_broadcast(broadcast(3, vec![listed(1, true, &[10])]), ms(1_100));
    assert_eq!((cluster.advance(ms(9_000)).something_changed, shown(&cluster).as_str()), (true, "1: 10"));
}

#[test]
fn an_instance_that_is_taken_away_before_it_runs_never_runs() {
    for then in [vec![listed(1, false, &[10])], vec![]] {
        let mut cluster = cluster(DELAYS);
        cluster.take_broadcast(broadcast(1, vec![listed(1, true, &[10])]), ms(0));
        cluster.take_broadcast(broadcast(2, then), ms(100));
        assert_eq!(cluster.next_due(), None);
    }
}

#[test]
fn an_older_broadcast_is_refused_and_the_same_one_changes_nothing() {
    let mut cluster = running();
    cluster.take_broadcast(broadcast(5, vec![listed(1, true, &[10, 11])]), ms(1_000));
    cluster.advance(ms(1_250));
    assert!(!cluster.wants("00000004", ChangeId(4)) && !cluster.wants("00000005", ChangeId(5)) && cluster.wants("feedbeef", ChangeId(5)));
    assert_eq!(cluster.take_broadcast(broadcast(4, vec![]), ms(1_300)), Taken::Older);
    assert_eq!(cluster.take_broadcast(broadcast(5, vec![listed(1, true, &[10, 11])]), ms(1_300)), Taken::Same);
    assert!(!cluster.advance(ms(9_000)).something_changed);
    assert_eq!((shown(&cluster).as_str(), cluster.applied()), ("1: 10 11", ("00000005", ChangeId(5))));
}

#[test]
fn a_held_cluster_completes_only_what_it_is_told_to() {
    let mut cluster = running();
    cluster.hold();
    cluster.take_broadcast(broadcast(2, vec![listed(1, true, &[10, 11, 12])]), ms(1_000));
    cluster.advance(ms(9_000));
    assert_eq!((shown(&cluster).as_str(), cluster.next_due()), ("1: 10", None));
    assert_eq!(cluster.pending_about(attachment(9)), None);
    let operation = cluster.pending_about(attachment(12)).unwrap();
    assert_eq!(operation.to_string(), "attach eni-attach-0000000c to i-00000001");
    assert!(cluster.complete(operation, ms(9_000)) && !cluster.complete(operation, ms(9_000)));
    assert!(cluster.advance(ms(9_000)).something_changed);
    assert_eq!((shown(&cluster).as_str(), cluster.pending_about(attachment(12))), ("1: 10 12", None));
    cluster.release();
    cluster.advance(ms(9_000));
    assert_eq!(shown(&cluster), "1: 10 11 12");
}
