use multihome_types::{InterfaceId, RouteOrigin, RouteTarget};
use proptest::prelude::*;

use super::*;

fn vpcs() -> [VpcId; 2] {
    ["vpc-00000001", "vpc-00000002"].map(|id| id.parse().unwrap())
}

fn attached(state: Option<InstanceState>) -> AttachedTo {
    AttachedTo { instance: "i-1b5c4503".parse().unwrap(), account: "000994694045".parse().unwrap(), state }
}

#[test]
fn every_target_in_every_condition_has_its_state_and_instance() {
    let [own, other] = vpcs();
    let on = |state| TargetFacts::Interface(Some(attached(state)));
    let instance = Some((attached(None).instance, attached(None).account));
    let mut table = vec![
        (TargetFacts::Local, RouteState::Active, None),
        (TargetFacts::Interface(None), RouteState::Blackhole, None),
        (on(None), RouteState::Blackhole, instance),
        (TargetFacts::InternetGateway(None), RouteState::Blackhole, None),
        (TargetFacts::InternetGateway(Some(own)), RouteState::Active, None),
        (TargetFacts::InternetGateway(Some(other)), RouteState::Blackhole, None),
        (TargetFacts::NatGateway { available: true }, RouteState::Active, None),
        (TargetFacts::NatGateway { available: false }, RouteState::Blackhole, None),
    ];
    for (state, expected) in [
        (InstanceState::Pending, RouteState::Blackhole),
        (InstanceState::Running, RouteState::Active),
        (InstanceState::ShuttingDown, RouteState::Blackhole),
        (InstanceState::Terminated, RouteState::Blackhole),
        (InstanceState::Stopping, RouteState::Blackhole),
        (InstanceState::Stopped, RouteState::Blackhole),
    ] {
        table.push((on(Some(state)), expected, instance));
    }
    assert_eq!(table.len(), 8 + InstanceState::ALL.len());
    for (facts, state, instance) in table {
        assert_eq!(review(own, facts), Reviewed { state, instance }, "{facts:?}");
    }
}

fn route(state: RouteState, instance: Option<(InstanceId, AccountId)>) -> Route {
    let target = RouteTarget::Interface("eni-a2f151a8".parse::<InterfaceId>().unwrap());
    Route { destination: Destination::Ipv4("0.0.0.0/0".parse().unwrap()), target, origin: RouteOrigin::CreateRoute, state, instance }
}

#[test]
fn a_route_that_shows_the_instance_its_interface_was_on_before_is_invalid() {
    let reviewed = review(vpcs()[0], TargetFacts::Interface(Some(attached(Some(InstanceState::Running)))));
    let before = Some(("i-00000001".parse().unwrap(), attached(None).account));
    assert!(is_invalid(&route(RouteState::Active, before), reviewed));
    assert!(is_invalid(&route(RouteState::Active, None), reviewed));
    assert!(is_invalid(&route(RouteState::Blackhole, reviewed.instance), reviewed));
    assert!(!is_invalid(&route(RouteState::Active, reviewed.instance), reviewed));
}

fn all_facts() -> impl Strategy<Value = TargetFacts> {
    let vpc = || prop::option::of(prop::sample::select(vpcs().to_vec()));
    let state = prop::option::of(prop::sample::select(InstanceState::ALL));
    prop_oneof![
        Just(TargetFacts::Local),
        vpc().prop_map(TargetFacts::InternetGateway),
        any::<bool>().prop_map(|available| TargetFacts::NatGateway { available }),
        prop::option::of(state.prop_map(attached)).prop_map(TargetFacts::Interface),
    ]
}

proptest! {
    /// So that detection and correction come to rest.
    #[test]
    fn a_corrected_route_is_never_invalid_again(
        facts in all_facts(),
        state in prop::sample::select(RouteState::ALL),
        stale in any::<bool>(),
    ) {
        let reviewed = review(vpcs()[0], facts);
        let mut stored = route(state, stale.then(|| (attached(None).instance, attached(None).account)));
        if is_invalid(&stored, reviewed) {
            (stored.state, stored.instance) = (reviewed.state, reviewed.instance);
        } else {
            prop_assert_eq!((stored.state, stored.instance), (reviewed.state, reviewed.instance));
        }
        prop_assert!(!is_invalid(&stored, review(vpcs()[0], facts)));
    }

    #[test]
    fn only_a_route_to_an_attached_interface_has_an_instance(facts in all_facts()) {
        prop_assert_eq!(review(vpcs()[0], facts).instance.is_some(), matches!(facts, TargetFacts::Interface(Some(_))));
    }
}
