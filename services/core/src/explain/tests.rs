use multihome_types::Applied;

use super::*;
use crate::transition::sample;

const NOW: Timestamp = Timestamp(14_000);

/// An attachment of change 42 that ends at 121,000, and a cluster that answered 3 s ago at `revision`.
struct Case {
    interface: Interface,
    instance: Instance,
    cluster: Cluster,
    broadcast: Option<BroadcastFacts>,
}

fn case(state: AttachmentState, applied: i64, broadcast: Option<(i64, bool)>) -> Case {
    let attachment = Attachment { change: ChangeId(42), ..sample::attachment(1, state) };
    let applied = Applied { version: "v".to_owned(), revision: ChangeId(applied), at: NOW };
    Case {
        interface: Interface { attachment: Some(attachment), ..sample::interface(1) },
        instance: sample::instance(InstanceState::Running),
        cluster: Cluster { applied: Some(applied), reported_at: Some(Timestamp(11_000)), ..sample::cluster("one", "zone-a", &["n1"]) },
        broadcast: broadcast.map(|(revision, lists_attachment)| BroadcastFacts {
            version: "7f".to_owned(),
            revision: ChangeId(revision),
            lists_attachment,
        }),
    }
}

impl Case {
    fn explain(&self) -> Explanation {
        let explained =
            Explained { interface: &self.interface, instance: Some(&self.instance), cluster: Some(&self.cluster), broadcast: self.broadcast.clone() };
        explain(&explained, NOW)
    }

    fn waits(&self) -> String {
        self.explain().waiting_for.unwrap()
    }
}

#[test]
fn an_available_and_an_attached_interface_wait_for_nothing() {
    let mut attached = case(AttachmentState::Attached, 42, None);
    let explanation = attached.explain();
    assert_eq!((explanation.state.as_str(), explanation.waiting_for, explanation.until), ("attached", None, None));
    assert_eq!(explanation.since, Some(Timestamp(1000)));
    attached.interface.attachment = None;
    assert_eq!(attached.explain().state, "available");
}

#[test]
fn an_attach_is_followed_through_broadcast_cluster_and_report() {
    let waits = |applied, broadcast| case(AttachmentState::Attaching, applied, broadcast).waits();
    assert_eq!(
        waits(41, Some((41, false))),
        "the broadcast (version 7f, revision 41) does not list eni-attach-00000101 yet: revision 42 will; it ends by deadline in 1 m 47 s"
    );
    assert_eq!(
        waits(41, Some((42, true))),
        "cluster one last reported 3 s ago at revision 41; eni-attach-00000101 first appears in revision 42; it ends by deadline in 1 m 47 s"
    );
    assert_eq!(
        waits(42, Some((42, true))),
        "cluster one has applied revision 42, which lists eni-attach-00000101, but does not report it: the attach is failing there; \
         it ends by deadline in 1 m 47 s"
    );
    assert_eq!(
        waits(41, None),
        "cluster one last reported 3 s ago at revision 41; eni-attach-00000101 first appears in revision 42, \
         and no broadcast has been composed for it yet; it ends by deadline in 1 m 47 s"
    );
}

#[test]
fn a_detach_is_followed_likewise() {
    let waits = |applied, broadcast| case(AttachmentState::Detaching, applied, broadcast).waits();
    assert!(waits(41, Some((41, true))).starts_with("the broadcast (version 7f, revision 41) still lists eni-attach-00000101: revision 42 will not"));
    assert!(waits(41, Some((41, false))).starts_with("the broadcast (version 7f, revision 41) does not cover the detach of eni-attach-00000101 yet"));
    assert!(waits(42, Some((42, true))).contains("although it covers its detach"));
    assert!(
        waits(41, Some((42, false))).starts_with("cluster one last reported 3 s ago at revision 41; eni-attach-00000101 is gone from revision 42;")
    );
    assert!(waits(43, Some((43, false))).starts_with(
        "cluster one has applied revision 43, which no longer lists eni-attach-00000101, but still reports it: the detach is failing there;"
    ));
}

#[test]
fn a_cluster_that_does_not_answer_is_named_with_its_silence() {
    let mut silent = case(AttachmentState::Attaching, 41, Some((42, true)));
    silent.cluster.reported_at = Some(NOW - Duration::from_secs(47));
    assert!(silent.waits().starts_with("cluster one has not answered for 47 s;"));
    silent.cluster.reported_at = None;
    assert!(silent.waits().starts_with("cluster one has never answered;"));
    let explained = Explained { interface: &silent.interface, instance: None, cluster: None, broadcast: None };
    assert!(explain(&explained, NOW).waiting_for.unwrap().starts_with("cluster one is not configured;"));
}

#[test]
fn an_attach_that_the_broadcast_leaves_out_says_why() {
    let mut left_out = case(AttachmentState::Attaching, 42, Some((42, false)));
    left_out.instance.state = InstanceState::ShuttingDown;
    assert!(
        left_out.waits().starts_with("the broadcast (version 7f, revision 42) leaves eni-attach-00000101 out: instance i-00000001 is shutting-down;")
    );
    left_out.instance.state = InstanceState::Running;
    assert!(left_out.waits().contains("although instance i-00000001 is running"));
}

#[test]
fn the_primary_of_a_pending_instance_ends_with_it() {
    let mut primary = case(AttachmentState::Attaching, 42, Some((42, true)));
    primary.interface.attachment = Some(Attachment { deadline: None, change: ChangeId(42), ..sample::attachment(0, AttachmentState::Attaching) });
    primary.instance = sample::instance(InstanceState::Pending);
    let explanation = primary.explain();
    assert_eq!(explanation.until, Some(Timestamp(301_000)));
    assert_eq!(
        explanation.waiting_for.unwrap(),
        "cluster one has applied revision 42, which lists eni-attach-00000100, and is still starting instance i-00000001; \
         it ends by its instance's deadline in 4 m 47 s"
    );
}

#[test]
fn a_deadline_that_has_passed_is_said_to_be_due() {
    let mut due = case(AttachmentState::Detaching, 41, Some((42, false)));
    if let Some(attachment) = &mut due.interface.attachment {
        attachment.deadline = Some(NOW);
        attachment.reason = Some("given up".to_owned());
    }
    assert!(due.waits().ends_with("its end by deadline is due"));
    assert_eq!(due.explain().reason.as_deref(), Some("given up"));
}

#[test]
fn every_explanation_of_a_transition_has_a_sentence_and_an_end() {
    for state in [AttachmentState::Attaching, AttachmentState::Detaching] {
        for applied in [0, 41, 42, 43] {
            for broadcast in [None, Some((41, false)), Some((41, true)), Some((42, false)), Some((42, true))] {
                let explanation = case(state, applied, broadcast).explain();
                assert!(explanation.waiting_for.is_some() && explanation.until.is_some());
            }
        }
    }
}
