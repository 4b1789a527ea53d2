//! The bytes of every message's first version are frozen: a change here is a bug, a new shape a new variant.

use multihome_types::{Change, ChangeId, DeviceIndex, EntityKind, Generation, Refusal, Timestamp};

use crate::*;

fn check<T: Message + PartialEq + std::fmt::Debug>(name: &str, message: T) {
    let bytes = encode(&message, Encoding::Postcard);
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let path = format!("{}/golden/{name}.v1.hex", env!("CARGO_MANIFEST_DIR"));
    let golden = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{path} is missing; the message is now\n{text}"));
    assert_eq!(text, golden.trim(), "{name}: the wire is frozen");
    assert_eq!(decode::<T>(&bytes, Encoding::Postcard).unwrap(), message);
    assert_eq!(decode::<T>(&encode(&message, Encoding::Json), Encoding::Json).unwrap(), message, "{name} as JSON");
    let longer: Vec<u8> = bytes.iter().copied().chain([0]).collect();
    assert!(matches!(decode::<T>(&longer, Encoding::Postcard), Err(DecodeError::Remainder { extra: 1, .. })));
    for cut in 0..bytes.len() {
        assert!(decode::<T>(&bytes[..cut], Encoding::Postcard).is_err(), "{name} cut at {cut}");
    }
}

#[test]
fn the_bytes_of_every_message_are_frozen() {
    let cluster = "one".parse().unwrap();
    check(
        "attach-request",
        AttachRequest {
            interface: "eni-a2f151a8".parse().unwrap(),
            instance: "i-1b5c4503".parse().unwrap(),
            device_index: 1,
            account: Some("000994694045".parse().unwrap()),
            region: Some("us-east-1".parse().unwrap()),
            request_id: Some("r-1".parse().unwrap()),
        },
    );
    check(
        "attach-answer",
        Answer::Done(AttachReply { attachment_id: "eni-attach-e98cf499".parse().unwrap(), state: multihome_types::AttachmentState::Attaching }),
    );
    check("attach-answer-refused", Answer::<AttachReply>::Refused(Refusal::new("IncorrectState", "not now")));
    check(
        "detach-request",
        DetachRequest { attachment: "eni-attach-e98cf499".parse().unwrap(), force: true, account: None, region: None, request_id: None },
    );
    check("detach-answer", Answer::Done(DetachReply { attachment_id: "eni-attach-e98cf499".parse().unwrap(), state: None }));
    check(
        "modify-attachment-request",
        ModifyAttachmentRequest {
            interface: "eni-a2f151a8".parse().unwrap(),
            attachment: "eni-attach-e98cf499".parse().unwrap(),
            delete_on_termination: true,
            account: None,
            region: None,
        },
    );
    check("modify-attachment-answer", Answer::Done(ModifyAttachmentReply { delete_on_termination: true }));
    check(
        "instances-request",
        InstancesRequest {
            action: InstanceAction::Stop,
            instances: vec!["i-1b5c4503".parse().unwrap()],
            force: false,
            account: "000994694045".parse().unwrap(),
            region: "us-east-1".parse().unwrap(),
        },
    );
    check(
        "instances-answer",
        Answer::Done(InstancesReply {
            changes: vec![StateChange {
                instance: "i-1b5c4503".parse().unwrap(),
                previous: multihome_types::InstanceState::Running,
                current: multihome_types::InstanceState::Stopping,
            }],
        }),
    );
    check("poll-task", PollTask { cluster });
    check("broadcast-task", BroadcastTask { cluster });
    check("cluster-changed", ClusterChanged { cluster, revision: ChangeId(42) });
    check(
        "instance-observed",
        InstanceObserved {
            cluster,
            at: Timestamp(1_795_559_400_042),
            version: "0badcafe".into(),
            revision: ChangeId(42),
            attached: vec!["eni-attach-e98cf499".parse().unwrap()],
            detached: vec![],
            running: vec!["i-1b5c4503".parse().unwrap()],
            gone: vec![],
        },
    );
    check("route-state-invalidated", RouteStateInvalidated { vpc: "vpc-3b1fdc87".parse().unwrap(), tables: vec!["rtb-0d6760e5".parse().unwrap()] });
    check("report-request", ReportRequest { known: Some(ReportDigest(7)), after: Some("i-1b5c4503".parse().unwrap()) });
    let instance = ReportedInstance {
        id: "i-1b5c4503".parse().unwrap(),
        attachments: vec![ReportedAttachment { id: "eni-attach-e98cf499".parse().unwrap(), device_index: DeviceIndex(0) }],
    };
    check(
        "report",
        Report {
            cluster,
            version: "0badcafe".into(),
            revision: ChangeId(42),
            digest: ReportDigest::of([&instance]),
            since: None,
            instances: vec![instance],
            gone: vec![],
            next: None,
        },
    );
    check(
        "change",
        Change {
            id: ChangeId(42),
            entity: EntityKind::Attachment,
            entity_id: "eni-attach-e98cf499".into(),
            generation: Generation(2),
            account: "000994694045".parse().unwrap(),
            region: "us-east-1".parse().unwrap(),
            what: "attached".into(),
            why: "cluster one reported it".into(),
            at: Timestamp(1_795_559_400_042),
            who: "attachment".into(),
        },
    );
    check("simulate-request", SimulateRequest { attach_ms: Some(10_000), ..SimulateRequest::default() });
}

#[test]
fn a_digest_does_not_depend_on_the_order() {
    let instance = |id: &str| ReportedInstance { id: id.parse().unwrap(), attachments: vec![] };
    let (a, b) = (instance("i-00000001"), instance("i-00000002"));
    assert_eq!(ReportDigest::of([&a, &b]), ReportDigest::of([&b, &a]));
    assert_ne!(ReportDigest::of([&a]), ReportDigest::of([&b]));
}

#[test]
fn json_is_known_by_its_header_or_its_brace() {
    assert_eq!(Encoding::of(None, b" {\"a\":1}"), Encoding::Json);
    assert_eq!(Encoding::of(Some("application/json"), b""), Encoding::Json);
    assert_eq!(Encoding::of(None, &encode(&PollTask { cluster: "one".parse().unwrap() }, Encoding::Postcard)), Encoding::Postcard);
}

#[test]
fn a_json_request_may_use_ec2_names_and_nothing_unknown() {
    let body = br#"{"NetworkInterfaceId":"eni-a2f151a8","InstanceId":"i-1b5c4503","DeviceIndex":1}"#;
    let request: AttachRequest = decode(body, Encoding::Json).unwrap();
    assert_eq!(request.device_index, 1);
    let error = decode::<AttachRequest>(br#"{"interface":"eni-a2f151a8","instance":"i-1b5c4503","device_index":1,"colour":2}"#, Encoding::Json);
    assert!(error.unwrap_err().to_string().contains("colour"));
}

#[test]
fn the_refusal_in_json_stands_under_error() {
    let text = encode(&Answer::<AttachReply>::Refused(Refusal::new("IncorrectState", "not now")), Encoding::Json);
    assert_eq!(String::from_utf8(text).unwrap(), r#"{"error":{"code":"IncorrectState","message":"not now"}}"#);
}
