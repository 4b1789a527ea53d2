use futures_util::future::join_all;
use multihome_ec2::network_acl::{
    CreateNetworkAclEntry, DeleteNetworkAclEntry, DescribeNetworkAcls, IcmpAsked, NetworkAcl as Shown, NetworkAclEntry, PortsAsked,
    ReplaceNetworkAclAssociation, ReplaceNetworkAclEntry,
};

use super::*;
use crate::testing::{self, call, call_of, code, filter, log_of, tag, tagged};

async fn shown(api: &Api, filters: &[(&str, &[&str])]) -> Vec<Shown> {
    let filters = filters.iter().map(|(name, values)| filter(name, values)).collect();
    describe_network_acls(api, &call(), DescribeNetworkAcls { filters, ..DescribeNetworkAcls::default() }).await.unwrap().network_acls
}

async fn only(api: &Api, filters: &[(&str, &[&str])]) -> Shown {
    let found = shown(api, filters).await;
    let [only] = found.as_slice() else { panic!("{filters:?}: {found:?}") };
    only.clone()
}

async fn create(api: &Api, vpc: &str) -> String {
    let request = CreateNetworkAcl { vpc_id: vpc.to_owned(), ..CreateNetworkAcl::default() };
    create_network_acl(api, &call(), request).await.unwrap().network_acl.network_acl_id
}

fn entry(acl: &str, number: i32) -> CreateNetworkAclEntry {
    CreateNetworkAclEntry {
        network_acl_id: acl.to_owned(),
        rule_number: number,
        protocol: "6".to_owned(),
        rule_action: "allow".to_owned(),
        egress: Some(false),
        cidr_block: Some("10.1.2.3/8".to_owned()),
        port_range: Some(PortsAsked { from: Some(80), to: Some(443) }),
        ..CreateNetworkAclEntry::default()
    }
}

fn replacement(acl: &str, number: i32) -> ReplaceNetworkAclEntry {
    ReplaceNetworkAclEntry {
        network_acl_id: acl.to_owned(),
        rule_number: number,
        protocol: "1".to_owned(),
        rule_action: "deny".to_owned(),
        egress: Some(false),
        cidr_block: Some("0.0.0.0/0".to_owned()),
        icmp: Some(IcmpAsked { code: Some(-1), kind: Some(8) }),
        ..ReplaceNetworkAclEntry::default()
    }
}

fn deletion(acl: &str, number: i32) -> DeleteNetworkAclEntry {
    DeleteNetworkAclEntry { network_acl_id: acl.to_owned(), rule_number: number, egress: Some(false), dry_run: false }
}

fn association(id: &str, acl: &str) -> ReplaceNetworkAclAssociation {
    ReplaceNetworkAclAssociation { association_id: id.to_owned(), network_acl_id: acl.to_owned(), dry_run: false }
}

fn numbers(acl: &Shown, egress: bool) -> Vec<i32> {
    acl.entries.iter().filter(|entry| entry.egress == egress).map(|entry| entry.rule_number).collect()
}

#[tokio::test]
async fn a_vpc_comes_with_an_open_acl_which_its_subnets_have() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let subnets = [testing::subnet(&api, &vpc, "10.0.0.0/24").await, testing::subnet(&api, &vpc, "10.0.1.0/24").await];
    let acl = only(&api, &[("default", &["true"]), ("vpc-id", &[&vpc])]).await;
    assert_eq!((numbers(&acl, false), numbers(&acl, true)), (vec![100, 32_767], vec![100, 32_767]));
    let open = NetworkAclEntry {
        cidr_block: Some("0.0.0.0/0".to_owned()),
        egress: true,
        protocol: "-1".to_owned(),
        rule_action: "allow".to_owned(),
        rule_number: 100,
        ..NetworkAclEntry::default()
    };
    assert_eq!(acl.entries[0], open);
    let mut having: Vec<&String> = acl.associations.iter().map(|association| &association.subnet_id).collect();
    having.sort();
    let mut made: Vec<&String> = subnets.iter().collect();
    made.sort();
    assert_eq!(having, made);
    assert_eq!(only(&api, &[("association.subnet-id", &[&subnets[0]])]).await, acl);
    assert_eq!(log_of(&api, &acl.network_acl_id).await, ["created", "associated", "associated"]);
    let delete = DeleteNetworkAcl { network_acl_id: acl.network_acl_id, dry_run: false };
    assert_eq!(code(delete_network_acl(&api, &call(), delete).await), "InvalidParameterValue");
}

#[tokio::test]
async fn an_acl_is_made_given_to_a_subnet_taken_away_and_deleted() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let subnet = testing::subnet(&api, &vpc, "10.0.0.0/24").await;
    let default = only(&api, &[("default", &["true"])]).await;
    let request =
        CreateNetworkAcl { vpc_id: vpc.clone(), tag_specifications: tagged("network-acl", &[("Name", "wall")]), ..CreateNetworkAcl::default() };
    let made = create_network_acl(&api, &call(), request).await.unwrap().network_acl;
    let id = made.network_acl_id.clone();
    assert_eq!(
        (numbers(&made, false), numbers(&made, true), made.default, &made.tags),
        (vec![32_767], vec![32_767], false, &vec![tag("Name", "wall")])
    );
    assert_eq!(only(&api, &[("network-acl-id", &[&id]), ("tag:Name", &["w*"])]).await, made);

    let first = &default.associations[0].network_acl_association_id;
    let second = replace_network_acl_association(&api, &call(), association(first, &id)).await.unwrap().new_association_id;
    assert_ne!(&second, first);
    let same = replace_network_acl_association(&api, &call(), association(&second, &id)).await.unwrap().new_association_id;
    assert_eq!(same, second, "nothing changes");
    assert_eq!(code(replace_network_acl_association(&api, &call(), association(first, &id)).await), "InvalidAssociationID.NotFound");
    assert_eq!(only(&api, &[("association.subnet-id", &[&subnet])]).await.network_acl_id, id);
    let delete = DeleteNetworkAcl { network_acl_id: id.clone(), dry_run: false };
    assert_eq!(code(delete_network_acl(&api, &call(), delete.clone()).await), "DependencyViolation");

    replace_network_acl_association(&api, &call(), association(&second, &default.network_acl_id)).await.unwrap();
    delete_network_acl(&api, &call(), delete.clone()).await.unwrap();
    assert_eq!(code(delete_network_acl(&api, &call(), delete).await), "InvalidNetworkAclID.NotFound");
    assert_eq!(log_of(&api, &id).await, ["created", "associated", "disassociated", "deleted"]);
    let rows = multihome_entities::tag::Entity::find().all(api.store.reader()).await.unwrap();
    assert_eq!(rows, [], "its tags went with it");
}

#[tokio::test]
async fn an_association_stays_in_its_vpc() {
    let api = testing::api().await;
    let (vpc, other) = (testing::vpc(&api).await, testing::vpc(&api).await);
    testing::subnet(&api, &vpc, "10.0.0.0/24").await;
    let id = only(&api, &[("default", &["true"]), ("vpc-id", &[&vpc])]).await.associations.remove(0).network_acl_association_id;
    let elsewhere = create(&api, &other).await;
    assert_eq!(code(replace_network_acl_association(&api, &call(), association(&id, &elsewhere)).await), "InvalidParameterValue");
    assert_eq!(code(replace_network_acl_association(&api, &call(), association(&id, "acl-00000000")).await), "InvalidNetworkAclID.NotFound");
    let acl = create(&api, &vpc).await;
    assert_eq!(code(replace_network_acl_association(&api, &call_of("000000000002"), association(&id, &acl)).await), "InvalidAssociationID.NotFound");
}

#[tokio::test]
async fn entries_are_made_replaced_and_deleted() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let id = create(&api, &vpc).await;
    create_network_acl_entry(&api, &call(), entry(&id, 110)).await.unwrap();
    assert_eq!(code(create_network_acl_entry(&api, &call(), entry(&id, 110)).await), "NetworkAclEntryAlreadyExists");
    let web = only(&api, &[("network-acl-id", &[&id])]).await.entries.into_iter().find(|entry| entry.rule_number == 110).unwrap();
    assert_eq!((web.cidr_block.as_deref(), web.port_range.map(|ports| (ports.from, ports.to))), (Some("10.0.0.0/8"), Some((80, 443))));
    let ipv6 = CreateNetworkAclEntry { cidr_block: None, ipv6_cidr_block: Some("::/0".to_owned()), ..entry(&id, 120) };
    create_network_acl_entry(&api, &call(), ipv6).await.unwrap();
    for (name, value) in [
        ("entry.cidr", "10.0.0.0/8"),
        ("entry.ipv6-cidr", "::/0"),
        ("entry.port-range.from", "80"),
        ("entry.port-range.to", "443"),
        ("entry.protocol", "tcp"),
        ("entry.protocol", "6"),
        ("entry.rule-action", "allow"),
        ("entry.rule-number", "110"),
    ] {
        assert_eq!(only(&api, &[(name, &[value]), ("default", &["false"])]).await.network_acl_id, id, "{name}");
    }

    replace_network_acl_entry(&api, &call(), replacement(&id, 110)).await.unwrap();
    for (name, value) in [("entry.icmp.type", "8"), ("entry.icmp.code", "-1"), ("entry.protocol", "icmp")] {
        assert_eq!(only(&api, &[(name, &[value])]).await.network_acl_id, id, "{name}");
    }
    assert_eq!(code(replace_network_acl_entry(&api, &call(), replacement(&id, 111)).await), "InvalidNetworkAclEntry.NotFound");
    delete_network_acl_entry(&api, &call(), deletion(&id, 110)).await.unwrap();
    assert_eq!(code(delete_network_acl_entry(&api, &call(), deletion(&id, 110)).await), "InvalidNetworkAclEntry.NotFound");
    assert_eq!(numbers(&only(&api, &[("network-acl-id", &[&id])]).await, false), [120, 32_767]);
    assert_eq!(log_of(&api, &id).await, ["created", "entry-created", "entry-created", "entry-replaced", "entry-deleted"]);
}

#[tokio::test]
async fn wrong_requests_are_refused_and_leave_nothing() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let id = create(&api, &vpc).await;
    for (request, expected) in [
        (CreateNetworkAclEntry { egress: None, ..entry(&id, 1) }, "MissingParameter"),
        (CreateNetworkAclEntry { cidr_block: Some("10.0.0.0".to_owned()), ..entry(&id, 1) }, "InvalidParameterValue"),
        (CreateNetworkAclEntry { port_range: None, ..entry(&id, 1) }, "InvalidParameterValue"),
        (entry(&id, 32_767), "InvalidParameterValue"),
        (entry("acl-1", 1), "InvalidNetworkAclId.Malformed"),
        (entry("acl-00000000", 1), "InvalidNetworkAclID.NotFound"),
    ] {
        assert_eq!(code(create_network_acl_entry(&api, &call(), request.clone()).await), expected, "{request:?}");
    }
    assert_eq!(code(create_network_acl_entry(&api, &call_of("000000000002"), entry(&id, 1)).await), "InvalidNetworkAclID.NotFound");
    assert_eq!(code(delete_network_acl_entry(&api, &call(), deletion(&id, 32_767)).await), "InvalidParameterValue");
    let nowhere = CreateNetworkAcl { vpc_id: "vpc-00000000".to_owned(), ..CreateNetworkAcl::default() };
    assert_eq!(code(create_network_acl(&api, &call(), nowhere).await), "InvalidVpcID.NotFound");
    assert_eq!(log_of(&api, &id).await, ["created"]);
}

#[tokio::test]
async fn of_entries_made_at_once_as_many_are_as_there_is_room_for() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let (id, call) = (create(&api, &vpc).await, call());
    for number in 1..=17 {
        create_network_acl_entry(&api, &call, entry(&id, number)).await.unwrap();
    }
    let tries = join_all([21, 22, 23, 23, 24].map(|number| create_network_acl_entry(&api, &call, entry(&id, number)))).await;
    assert_eq!(tries.iter().filter(|made| made.is_ok()).count(), 2);
    assert_eq!(numbers(&only(&api, &[("network-acl-id", &[&id])]).await, false).len(), 20);
}

#[tokio::test]
async fn a_create_that_is_sent_twice_makes_one() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let request = CreateNetworkAcl { vpc_id: vpc, client_token: Some("once".to_owned()), ..CreateNetworkAcl::default() };
    let call = call();
    let made = join_all((0..4).map(|_| create_network_acl(&api, &call, request.clone()))).await;
    let ids: std::collections::BTreeSet<String> = made.into_iter().map(|made| made.unwrap().network_acl.network_acl_id).collect();
    assert_eq!((ids.len(), shown(&api, &[("default", &["false"])]).await.len()), (1, 1));
    let other = CreateNetworkAcl { tag_specifications: tagged("network-acl", &[("a", "b")]), ..request };
    assert_eq!(code(create_network_acl(&api, &call, other).await), "IdempotentParameterMismatch");
}

#[tokio::test]
async fn acls_are_listed_in_pages() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    for _ in 0..7 {
        create(&api, &vpc).await;
    }
    let request = DescribeNetworkAcls { max_results: Some(5), ..DescribeNetworkAcls::default() };
    let first = describe_network_acls(&api, &call(), request.clone()).await.unwrap();
    let second = describe_network_acls(&api, &call(), DescribeNetworkAcls { next_token: first.next_token, ..request }).await.unwrap();
    assert_eq!((first.network_acls.len(), second.network_acls.len(), second.next_token), (5, 3, None));
    let asked = DescribeNetworkAcls { network_acl_ids: vec![first.network_acls[0].network_acl_id.clone()], ..DescribeNetworkAcls::default() };
    assert_eq!(describe_network_acls(&api, &call(), asked.clone()).await.unwrap().network_acls, first.network_acls[..1]);
    assert_eq!(code(describe_network_acls(&api, &call_of("000000000002"), asked).await), "InvalidNetworkAclID.NotFound");
    let unknown = DescribeNetworkAcls { filters: vec![filter("entry.colour", &["red"])], ..DescribeNetworkAcls::default() };
    assert_eq!(code(describe_network_acls(&api, &call(), unknown).await), "InvalidParameterValue");
}
