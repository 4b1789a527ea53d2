//! A composer that followed the world says what one that starts anew says, whatever happened and in whatever order.

use multihome_types::{AttachmentState, DhcpOption, InstanceState, NetworkAclEntry};
use proptest::{prelude::*, sample::select};

use super::*;

#[derive(Clone, Debug)]
enum Step {
    PutInstance { id: u8, state: InstanceState, two: bool, node: u8 },
    RemoveInstance(u8),
    PutInterface { id: u8, vpc: u8, groups: Vec<u8>, attachment: Option<(u8, u8, AttachmentState)> },
    RemoveInterface(u8),
    PutGroup { id: u8, vpc: u8, refers: Vec<u8> },
    RemoveGroup(u8),
    PutNetwork { vpc: u8, through: u8 },
    RemoveNetwork(u8),
    PutAcl { id: u8, vpc: u8, protocol: i32, ipv6: bool },
    RemoveAcl(u8),
    PutDhcp { id: u8, server: u8 },
    RemoveDhcp(u8),
    PutCluster(bool),
    RemoveCluster(bool),
    Compose,
}

fn steps() -> impl Strategy<Value = Step> {
    let some = || 0u8..3;
    let groups = || prop::collection::vec(some(), 0..3);
    let attachment = || prop::option::weighted(0.9, (some(), 0u8..2, select(AttachmentState::ALL)));
    prop_oneof![
        4 => (some(), select(InstanceState::ALL), any::<bool>(), some()).prop_map(|(id, state, two, node)| Step::PutInstance { id, state, two, node }),
        1 => some().prop_map(Step::RemoveInstance),
        6 => (0u8..6, 0u8..2, groups(), attachment()).prop_map(|(id, vpc, groups, attachment)| Step::PutInterface { id, vpc, groups, attachment }),
        1 => (0u8..6).prop_map(Step::RemoveInterface),
        3 => (some(), 0u8..2, groups()).prop_map(|(id, vpc, refers)| Step::PutGroup { id, vpc, refers }),
        1 => some().prop_map(Step::RemoveGroup),
        2 => (0u8..2, 0u8..6).prop_map(|(vpc, through)| Step::PutNetwork { vpc, through }),
        1 => (0u8..2).prop_map(Step::RemoveNetwork),
        2 => (some(), 0u8..2, -1i32..2, any::<bool>()).prop_map(|(id, vpc, protocol, ipv6)| Step::PutAcl { id, vpc, protocol, ipv6 }),
        1 => some().prop_map(Step::RemoveAcl),
        1 => (0u8..2, some()).prop_map(|(id, server)| Step::PutDhcp { id, server }),
        1 => (0u8..2).prop_map(Step::RemoveDhcp),
        1 => any::<bool>().prop_map(Step::PutCluster),
        1 => any::<bool>().prop_map(Step::RemoveCluster),
        3 => Just(Step::Compose),
    ]
}

fn id(prefix: &str, number: u8) -> String {
    format!("{prefix}-{number:08x}")
}

fn cluster_name(two: bool) -> &'static str {
    if two { "two" } else { "one" }
}

/// Takes a step; `time` is the generation of whatever it puts.
fn take(world: &mut World, step: &Step, time: i64) {
    let generation = Generation(time);
    match step {
        Step::PutInstance { id: number, state, two, node } => {
            let mut row = instance(&id("i", *number));
            (row.state, row.cluster, row.node) = (*state, of(cluster_name(*two)), of(&format!("10.111.1.1{node}")));
            (row.generation, row.change) = (generation, ChangeId(time));
            world.put_instance(&row);
        }
        Step::RemoveInstance(number) => world.remove_instance(of(&id("i", *number))),
        Step::PutInterface { id: number, vpc, groups, attachment } => {
            let mut row = interface(&id("eni", *number));
            if let Some((on, device_index, state)) = attachment {
                row = attached(row, &id("i", *on), *device_index);
                row = moved(row, *state, time);
            }
            row.groups = groups.iter().map(|group| of(&id("sg", *group))).collect();
            (row.vpc, row.generation) = (of(&id("vpc", *vpc)), generation);
            // Some have more than one address, which no document says.
            row.assigned.addresses = (number % 2 == 0).then(|| of("172.31.2.9")).into_iter().collect();
            world.put_interface(&row);
        }
        Step::RemoveInterface(number) => world.remove_interface(of(&id("eni", *number))),
        Step::PutGroup { id: number, vpc, refers } => {
            let rules = refers.iter().map(|group| rule("sgr-00000001", false, -1, None, from_group(&id("sg", *group))));
            let mut row = group(&id("sg", *number), &id("vpc", *vpc), rules.collect());
            row.generation = generation;
            world.put_group(row);
        }
        Step::RemoveGroup(number) => world.remove_group(of(&id("sg", *number))),
        Step::PutNetwork { vpc: number, through } => {
            let mut row = vpc(&id("vpc", *number));
            (row.dhcp_options, row.generation) = (Some(of(&id("dopt", *through % 2))), generation);
            world.put_vpc(row);
            world.put_subnet(subnet(&id("subnet", *number), &id("vpc", *number)));
            let mut row = route_table(&id("rtb", *number), &id("vpc", *number), vec![route("10.0.0.0/8", &id("eni", *through))]);
            row.generation = generation;
            world.put_route_table(row);
        }
        Step::RemoveNetwork(number) => {
            world.remove_vpc(of(&id("vpc", *number)));
            world.remove_subnet(of(&id("subnet", *number)));
            world.remove_route_table(of(&id("rtb", *number)));
        }
        Step::PutAcl { id: number, vpc, protocol, ipv6 } => {
            let block = if *ipv6 { "::/0" } else { "0.0.0.0/0" };
            let entries = [200, 100].map(|number| NetworkAclEntry { protocol: *protocol, ..entry(false, number, block) });
            let mut row = network_acl(&id("acl", *number), &id("vpc", *vpc), &id("subnet", *vpc), entries.to_vec());
            row.generation = generation;
            world.put_network_acl(row);
        }
        Step::RemoveAcl(number) => world.remove_network_acl(of(&id("acl", *number))),
        Step::PutDhcp { id: number, server } => {
            let server = format!("10.0.0.{server}");
            let mut row = dhcp_options(&id("dopt", *number), &[(DhcpOption::NtpServers, &[&server])]);
            row.generation = generation;
            world.put_dhcp_options(row);
        }
        Step::RemoveDhcp(number) => world.remove_dhcp_options(of(&id("dopt", *number))),
        Step::PutCluster(two) => {
            world.put_cluster(cluster(cluster_name(*two)));
        }
        Step::RemoveCluster(two) => world.remove_cluster(of(cluster_name(*two))),
        Step::Compose => {}
    }
}

fn bytes(composition: &Composition<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    composition.write(None, &mut bytes);
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_composer_that_followed_says_what_one_that_starts_anew_says(steps in prop::collection::vec(steps(), 1..80), one in any::<bool>()) {
        let scope = if one { Scope::Cluster(of("one")) } else { Scope::Region };
        let (mut world, mut follower) = (World::default(), Composer::new(scope, settings()));
        for (time, step) in steps.iter().chain([&Step::Compose]).enumerate() {
            take(&mut world, step, i64::try_from(time).unwrap() + 1);
            if matches!(step, Step::Compose) {
                let mut fresh = Composer::new(scope, settings());
                let (expected, composition) = (fresh.compose(&world), follower.compose(&world));
                prop_assert_eq!(&composition.omitted, &expected.omitted);
                prop_assert_eq!(&composition.invalid_routes, &expected.invalid_routes);
                prop_assert_eq!(String::from_utf8(bytes(&composition)).unwrap(), String::from_utf8(bytes(&expected)).unwrap());
                check(&found(&composition).document);
            }
        }
        for instance in 0..3 {
            world.remove_instance(of(&id("i", instance)));
        }
        follower.compose(&world);
        let Instances { tracked, omitted, with_further, vpcs, groups, missing_groups, nodes } = &follower.instances;
        prop_assert_eq!(*with_further, 0);
        prop_assert!(tracked.is_empty() && omitted.is_empty() && vpcs.is_empty() && groups.is_empty() && missing_groups.is_empty() && nodes.is_empty());
    }

    #[test]
    fn the_order_in_which_rows_arrive_does_not_matter(steps in prop::collection::vec(steps(), 1..40).prop_shuffle()) {
        // Each row once: later steps about the same row are left out.
        let mut seen = std::collections::HashSet::new();
        let mut once: Vec<_> = steps.into_iter().filter(|step| match step {
            Step::PutInstance { id, .. } => seen.insert((0, *id)),
            Step::PutInterface { id, .. } => seen.insert((1, *id)),
            Step::PutGroup { id, .. } => seen.insert((2, *id)),
            Step::PutNetwork { vpc, .. } => seen.insert((3, *vpc)),
            Step::PutCluster(two) => seen.insert((4, u8::from(*two))),
            Step::PutAcl { id, .. } => seen.insert((5, *id)),
            Step::PutDhcp { id, .. } => seen.insert((6, *id)),
            Step::RemoveAcl(_) | Step::RemoveDhcp(_) => false,
            Step::RemoveInstance(_) | Step::RemoveInterface(_) | Step::RemoveGroup(_) | Step::RemoveNetwork(_) | Step::RemoveCluster(_) | Step::Compose => false,
        }).collect();
        let (mut forward, mut backward) = (World::default(), World::default());
        once.iter().for_each(|step| take(&mut forward, step, 1));
        once.reverse();
        let mut follower = Composer::new(Scope::Region, settings());
        for step in &once {
            take(&mut backward, step, 1);
            follower.compose(&backward);
        }
        let mut fresh = Composer::new(Scope::Region, settings());
        prop_assert_eq!(fresh.compose(&forward).content, follower.compose(&backward).content);
    }
}

/// What real consumers fail on.
fn check(document: &Document) {
    let sorted = |ids: Vec<String>| ids.is_sorted_by(|a, b| a < b);
    assert!(sorted(listed(document)) && sorted(groups(document)));
    let listed = listed(document);
    assert!(placed(document).iter().all(|id| listed.contains(id)));
    let groups = groups(document);
    for instance in &document.instances {
        assert!(sorted(interfaces(instance)));
        assert!(!instance.groups.is_empty());
        let primary: Vec<_> = instance.interfaces.iter().filter(|interface| interface.device_index.0 == 0).collect();
        assert_eq!(primary.len(), 1);
        assert_eq!((primary[0].mac, &primary[0].groups), (instance.mac, &instance.groups));
        let used = instance.interfaces.iter().flat_map(|interface| &interface.groups);
        assert!(used.map(ToString::to_string).all(|group| groups.contains(&group)));
    }
    let sets: Vec<_> = document.dhcp_option_sets.iter().map(|set| set.id).collect();
    assert!(sets.is_sorted());
    for vpc in &document.vpcs {
        assert!(vpc.network_acls.is_sorted_by(|a, b| a.id < b.id) && vpc.dhcp_option_set.is_none_or(|id| sets.contains(&id)));
        for subnet in &vpc.subnets {
            assert!(subnet.network_acl.is_none_or(|id| vpc.network_acls.iter().any(|acl| acl.id == id)));
        }
        for entries in vpc.network_acls.iter().flat_map(|acl| [&acl.ingress, &acl.egress]) {
            assert!(entries.is_sorted_by(|a, b| a.number < b.number) && entries.iter().all(|entry| entry.protocol != 0));
        }
    }
    for rule in document.security_groups.iter().flat_map(|group| group.ingress.iter().chain(&group.egress)) {
        if let broadcast::RulePeer::Group { id, .. } = rule.peer {
            assert!(groups.contains(&id.to_string()));
        }
    }
}
