use multihome_types::{AttachmentState, InstanceState};

use super::{sample::*, *};

fn members(world: &World, instance: &str) -> Vec<String> {
    world.slots.get(&of(instance)).into_iter().flat_map(|slot| &slot.interfaces).map(|(id, _)| id.to_string()).collect()
}

fn awaited(world: &World) -> Option<i64> {
    world.awaited_revision(of("one")).map(|change| change.0)
}

#[test]
fn an_older_generation_is_ignored_for_every_kind_of_row() {
    let mut world = seed();
    macro_rules! check {
        ($row:expr, $put:ident, $($borrow:tt)?) => {
            let mut newer = $row;
            newer.generation = Generation(5);
            assert!(world.$put($($borrow)? newer.clone()), stringify!($put));
            assert!(world.$put($($borrow)? newer.clone()), "the same generation again: {}", stringify!($put));
            newer.generation = Generation(4);
            assert!(!world.$put($($borrow)? newer), "an older one: {}", stringify!($put));
        };
    }
    check!(cluster("one"), put_cluster,);
    check!(vpc("vpc-3b1fdc87"), put_vpc,);
    check!(subnet("subnet-893ca466", "vpc-3b1fdc87"), put_subnet,);
    check!(route_table("rtb-55a30b11", "vpc-3b1fdc87", vec![]), put_route_table,);
    check!(group("sg-6300851f", "vpc-3b1fdc87", vec![]), put_group,);
    check!(internet_gateway("igw-993ae7e7", None), put_internet_gateway,);
    check!(instance("i-1b5c4503"), put_instance, &);
    check!(interface("eni-a2f151a8"), put_interface, &);
}

#[test]
fn of_one_generation_of_an_interface_the_newer_attachment_stays() {
    let mut world = seed();
    let attached = seed_interface();
    let mut detaching = moved(attached.clone(), AttachmentState::Detaching, 9);
    detaching.generation = attached.generation;
    assert!(world.put_interface(&detaching));
    assert!(!world.put_interface(&attached), "an older generation of the same attachment");

    let mut again = attached.clone();
    again.attachment.as_mut().unwrap().id = of("eni-attach-00000002");
    again.attachment.as_mut().unwrap().change = ChangeId(12);
    assert!(world.put_interface(&again));
    assert!(!world.put_interface(&detaching), "an attachment that ended before this one began");

    let mut gone = attached;
    gone.attachment = None;
    assert!(world.put_interface(&gone));
    assert!(members(&world, "i-1b5c4503").is_empty());
}

#[test]
fn interfaces_are_found_by_the_instance_they_are_on_whatever_comes_first() {
    let mut world = World::default();
    world.put_interface(&attached(interface("eni-00000002"), "i-00000001", 0));
    world.put_interface(&attached(interface("eni-00000001"), "i-00000001", 1));
    world.put_interface(&interface("eni-00000003"));
    world.put_instance(&instance("i-00000001"));
    assert_eq!(members(&world, "i-00000001"), ["eni-00000001", "eni-00000002"]);

    world.put_interface(&attached(interface("eni-00000001"), "i-00000002", 1));
    assert_eq!((members(&world, "i-00000001"), members(&world, "i-00000002")), (vec!["eni-00000002".into()], vec!["eni-00000001".into()]));

    world.remove_interface(of("eni-00000002"));
    world.remove_interface(of("eni-00000001"));
    assert_eq!(world.slots.len(), 1, "the instance that was put");
    world.remove_instance(of("i-00000001"));
    assert!(world.slots.is_empty());
}

#[test]
fn an_interface_that_moves_touches_both_instances() {
    let mut world = seed();
    let cursor = world.cursor();
    world.put_interface(&attached(interface("eni-a2f151a8"), "i-00000002", 1));
    let touched: Vec<_> = world.touched_since(cursor).unwrap().collect();
    assert_eq!(touched, [Touched::Instance(of("i-1b5c4503")), Touched::Instance(of("i-00000002"))]);

    let cursor = world.cursor();
    world.put_interface(&attached(interface("eni-a2f151a8"), "i-00000002", 2));
    assert_eq!(world.touched_since(cursor).unwrap().collect::<Vec<_>>(), [Touched::Instance(of("i-00000002"))], "one that stays touches one");
}

#[test]
fn a_new_version_of_a_known_group_touches_no_instance() {
    let mut world = seed();
    let cursor = world.cursor();
    world.put_group(group("sg-6300851f", "vpc-3b1fdc87", vec![]));
    assert_eq!(world.touched_since(cursor).unwrap().count(), 0);
    world.remove_group(of("sg-6300851f"));
    assert_eq!(world.touched_since(cursor).unwrap().collect::<Vec<_>>(), [Touched::Group(of("sg-6300851f"))]);
}

#[test]
fn the_awaited_revision_is_that_of_the_newest_change_a_cluster_has_to_be_told_of() {
    let mut world = seed();
    assert_eq!(awaited(&world), None);

    world.put_interface(&moved(seed_interface(), AttachmentState::Detaching, 7));
    assert_eq!(awaited(&world), Some(7));
    assert_eq!(world.awaited_revision(of("two")), None);

    for (state, change, expected) in [
        (InstanceState::Running, 8, Some(7)),
        (InstanceState::Pending, 9, Some(9)),
        (InstanceState::Stopping, 10, Some(10)),
        (InstanceState::ShuttingDown, 11, Some(11)),
        (InstanceState::Stopped, 12, Some(7)),
        (InstanceState::Terminated, 13, Some(7)),
        (InstanceState::Stopping, 14, Some(14)),
    ] {
        let mut row = instance("i-1b5c4503");
        (row.state, row.change, row.generation) = (state, ChangeId(change), Generation(change));
        world.put_instance(&row);
        assert_eq!(awaited(&world), expected, "{state}");
    }

    world.remove_instance(of("i-1b5c4503"));
    assert_eq!(awaited(&world), Some(7));
    world.remove_interface(of("eni-a2f151a8"));
    assert_eq!(awaited(&world), None);
}

#[test]
fn an_attaching_interface_waits_for_a_report_and_not_for_a_revision() {
    let mut world = seed();
    world.put_interface(&moved(seed_interface(), AttachmentState::Attaching, 7));
    assert_eq!(awaited(&world), None);
}

#[test]
fn subnets_and_tables_are_found_by_their_vpc() {
    let mut world = seed();
    world.put_subnet(subnet("subnet-00000001", "vpc-3b1fdc87"));
    let subnets: Vec<_> = world.subnets_of(of("vpc-3b1fdc87")).map(|subnet| subnet.id.to_string()).collect();
    assert_eq!(subnets, ["subnet-00000001", "subnet-893ca466"]);
    assert_eq!(world.route_tables_of(of("vpc-3b1fdc87")).count(), 1);

    world.remove_route_table(of("rtb-55a30b11"));
    world.remove_subnet(of("subnet-00000001"));
    world.remove_subnet(of("subnet-893ca466"));
    assert!(world.subnets_by_vpc.is_empty() && world.route_tables_by_vpc.is_empty());
}

#[test]
fn the_revision_never_goes_back() {
    let mut world = World::default();
    world.advance(ChangeId(5));
    world.advance(ChangeId(3));
    assert_eq!(world.revision(), ChangeId(5));
}

#[test]
fn nodes_are_kept_in_the_order_of_their_names() {
    let nodes: Vec<_> = seed().cluster(of("one")).unwrap().nodes.iter().map(ToString::to_string).collect();
    assert_eq!(nodes, ["10.111.1.11", "10.111.1.12"]);
}

#[test]
fn the_facts_of_a_route_through_an_interface_are_those_of_its_instance() {
    let mut world = seed();
    let target = of::<RouteTarget>("eni-a2f151a8");
    let on = |state| Some(AttachedTo { instance: of("i-1b5c4503"), account: of("000994694045"), state });
    assert_eq!(world.target_facts(target), TargetFacts::Interface(on(Some(InstanceState::Running))));
    world.remove_instance(of("i-1b5c4503"));
    assert_eq!(world.target_facts(target), TargetFacts::Interface(on(None)));
    world.put_interface(&interface("eni-a2f151a8"));
    assert_eq!(world.target_facts(target), TargetFacts::Interface(None));
    world.remove_interface(of("eni-a2f151a8"));
    assert_eq!(world.target_facts(target), TargetFacts::Interface(None));
    assert_eq!(world.target_facts(RouteTarget::Local), TargetFacts::Local);
}

#[test]
fn a_route_by_an_internet_gateway_knows_the_vpc_that_the_gateway_is_attached_to() {
    let mut world = seed();
    let target = of::<RouteTarget>("igw-993ae7e7");
    assert_eq!(world.target_facts(target), TargetFacts::InternetGateway(None));
    world.put_internet_gateway(internet_gateway("igw-993ae7e7", Some("vpc-3b1fdc87")));
    assert_eq!(world.target_facts(target), TargetFacts::InternetGateway(Some(of("vpc-3b1fdc87"))));
    world.remove_internet_gateway(of("igw-993ae7e7"));
    assert_eq!(world.target_facts(target), TargetFacts::InternetGateway(None));
}
