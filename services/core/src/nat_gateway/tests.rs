use multihome_types::{AddressAssociation, Generation, InterfaceKind, NatInterface};

use super::*;
use crate::transition::sample::{account, id, interface, stranger, subnet, the};

const CREATED: Timestamp = Timestamp(10_000_000);
const SHOWN: Duration = Duration::from_secs(3_600);

fn gateway(state: NatGatewayState, connectivity: Connectivity) -> NatGateway {
    let subnet = subnet(2);
    NatGateway {
        id: the("nat-99528bb0"),
        account: subnet.account,
        region: subnet.region,
        zone: subnet.zone,
        vpc: subnet.vpc,
        subnet: subnet.id,
        connectivity,
        allocation: (connectivity == Connectivity::Public).then(|| id(9)),
        wanted: None,
        state,
        interface: None,
        public: None,
        failure: None,
        since: CREATED,
        created: CREATED,
        generation: Generation(3),
    }
}

fn set_up(gateway: NatGateway) -> NatGateway {
    NatGateway { interface: Some(NatInterface { id: id(7), address: the("10.0.0.8") }), ..gateway }
}

/// What is around a gateway: everything that one needs, but no interface yet.
#[derive(Clone)]
struct Around {
    subnet: Option<Subnet>,
    internet_gateway: bool,
    interface: Option<Interface>,
    elastic: Option<ElasticAddress>,
    now: Timestamp,
}

impl Around {
    fn all() -> Self {
        let elastic = ElasticAddress {
            id: id(9),
            account: account(),
            region: subnet(2).region,
            address: the("203.0.113.9"),
            automatic: false,
            association: None,
            created: CREATED,
            generation: Generation::FIRST,
        };
        Self { subnet: Some(subnet(2)), internet_gateway: true, interface: None, elastic: Some(elastic), now: CREATED }
    }

    fn with_interface() -> Self {
        Self { interface: Some(Interface { kind: InterfaceKind::NatGateway, ..interface(7) }), ..Self::all() }
    }

    fn elastic(mut self, change: impl FnOnce(&mut ElasticAddress)) -> Self {
        change(self.elastic.as_mut().unwrap());
        self
    }

    fn look(&self, gateway: &NatGateway) -> NatStep {
        let situation = NatSituation {
            subnet: self.subnet.as_ref(),
            internet_gateway: self.internet_gateway,
            interface: self.interface.as_ref(),
            elastic: self.elastic.as_ref(),
            shown: SHOWN,
            now: self.now,
        };
        transition(gateway, NatInput::Look(&situation))
    }
}

/// The code of the failure that a step is.
fn failure(step: &NatStep) -> String {
    if let NatStep::Fail(refusal) = step { refusal.code.to_string() } else { format!("{step:?}") }
}

#[test]
fn every_state_answers_every_input() {
    use NatGatewayState::{Available, Deleted, Deleting, Failed, Pending};
    let refusal = subnet_full();
    for state in NatGatewayState::ALL.iter().copied() {
        let gateway = gateway(state, Connectivity::Private);
        let looked = |around: Around| around.look(&gateway);
        let later = Around { now: CREATED + SHOWN, ..Around::all() };
        let later_with_interface = Around { now: CREATED + SHOWN, ..Around::with_interface() };
        let answers = [
            looked(Around::all()),
            looked(Around::with_interface()),
            looked(later),
            looked(later_with_interface),
            transition(&gateway, NatInput::Refused(&refusal)),
            transition(&gateway, NatInput::Delete),
        ];
        let expected = match state {
            Pending => [
                NatStep::SetUpInterface,
                NatStep::Serve,
                NatStep::SetUpInterface,
                NatStep::Serve,
                NatStep::Fail(refusal.clone()),
                NatStep::BeginDeletion,
            ],
            Available => [NatStep::Stay, NatStep::Stay, NatStep::Stay, NatStep::Stay, NatStep::Stay, NatStep::BeginDeletion],
            Failed => [NatStep::Stay, NatStep::CleanUp, NatStep::Remove, NatStep::CleanUp, NatStep::Stay, NatStep::BeginDeletion],
            Deleting => [NatStep::Release, NatStep::Release, NatStep::Release, NatStep::Release, NatStep::Stay, NatStep::Stay],
            // Whoever deleted it gave back its interface in the same transaction.
            Deleted => [NatStep::Stay, NatStep::Stay, NatStep::Remove, NatStep::Remove, NatStep::Stay, NatStep::Stay],
        };
        assert_eq!(answers, expected, "{state}");
    }
}

#[test]
fn a_public_one_is_set_up_step_by_step() {
    let begun = gateway(NatGatewayState::Pending, Connectivity::Public);
    assert_eq!(Around::all().look(&begun), NatStep::SetUpInterface);
    assert_eq!(Around::with_interface().look(&set_up(begun)), NatStep::Associate);
}

#[test]
fn what_is_missing_is_the_reason_of_the_failure() {
    let lost = |around: Around, expected: &str| (around, expected.to_owned());
    let begun = gateway(NatGatewayState::Pending, Connectivity::Public);
    let association = AddressAssociation { id: id(1), interface: id(3), private_address: the("10.0.0.9") };
    for base in [Around::all(), Around::with_interface()] {
        let gateway = if base.interface.is_some() { set_up(begun.clone()) } else { begun.clone() };
        for (around, expected) in [
            lost(Around { internet_gateway: false, ..base.clone() }, "Gateway.NotAttached"),
            lost(Around { elastic: None, ..base.clone() }, "InvalidAllocationID.NotFound"),
            lost(base.clone().elastic(|elastic| elastic.account = stranger()), "InvalidAllocationID.NotFound"),
            lost(base.clone().elastic(|elastic| elastic.region = the("elsewhere")), "InvalidAllocationID.NotFound"),
            lost(base.clone().elastic(|elastic| elastic.automatic = true), "InvalidAllocationID.NotFound"),
            lost(base.clone().elastic(|elastic| elastic.association = Some(association)), "Resource.AlreadyAssociated"),
            lost(Around { subnet: None, ..base.clone() }, "InvalidSubnetID.NotFound"),
        ] {
            assert_eq!(failure(&around.look(&gateway)), expected);
        }
    }
    assert_eq!(failure(&Around::all().look(&set_up(begun))), "InternalError", "its interface has gone");
    let private = gateway(NatGatewayState::Pending, Connectivity::Private);
    let alone = Around { internet_gateway: false, elastic: None, ..Around::all() };
    assert_eq!(alone.look(&private), NatStep::SetUpInterface, "a private one needs neither");
}

#[test]
fn the_words_are_ec2s() {
    let begun = gateway(NatGatewayState::Pending, Connectivity::Public);
    let message = |around: Around| if let NatStep::Fail(refusal) = around.look(&begun) { refusal.message } else { String::new() };
    let (vpc, elastic) = (begun.vpc, begun.allocation.unwrap());
    assert_eq!(message(Around { internet_gateway: false, ..Around::all() }), format!("Network {vpc} has no Internet gateway attached"));
    assert_eq!(
        message(Around { elastic: None, ..Around::all() }),
        format!("Elastic IP address {elastic} could not be associated with this NAT gateway")
    );
    let association = AddressAssociation { id: id(1), interface: id(3), private_address: the("10.0.0.9") };
    let taken = Around::all().elastic(|elastic| elastic.association = Some(association));
    assert_eq!(message(taken), format!("Elastic IP address {elastic} is already associated"));
    assert_eq!(interface_description(begun.id), "Interface for NAT Gateway nat-99528bb0");
    assert_eq!(shown_attachment(the("eni-0a2f151a8bcdef012")), "ela-attach-0a2f151a8bcdef012");
}

#[test]
fn one_that_is_over_is_shown_for_exactly_its_time() {
    for state in [NatGatewayState::Failed, NatGatewayState::Deleted] {
        let over = gateway(state, Connectivity::Public);
        let at = |now| Around { now, ..Around::all() }.look(&over);
        assert_eq!(at(CREATED + SHOWN - Duration::from_millis(1)), NatStep::Stay, "{state}");
        assert_eq!(at(CREATED + SHOWN), NatStep::Remove, "{state}");
    }
}

#[test]
fn a_step_changes_the_state_and_its_moment_together() {
    use NatGatewayState::{Available, Deleted, Deleting, Failed, Pending};
    let later = CREATED + Duration::from_secs(5);
    for (from, step, to) in [
        (Pending, NatStep::SetUpInterface, Pending),
        (Pending, NatStep::Associate, Available),
        (Pending, NatStep::Serve, Available),
        (Pending, NatStep::Fail(subnet_full()), Failed),
        (Pending, NatStep::BeginDeletion, Deleting),
        (Available, NatStep::BeginDeletion, Deleting),
        (Failed, NatStep::CleanUp, Failed),
        (Deleting, NatStep::Release, Deleted),
    ] {
        let read = set_up(gateway(from, Connectivity::Public));
        let revised = revised(&read, &step, later).unwrap();
        let since = if from == to { CREATED } else { later };
        assert_eq!((revised.state, revised.since, revised.generation), (to, since, Generation(4)), "{step:?}");
        assert_eq!(revised.failure.is_some(), to == Failed && step != NatStep::CleanUp, "{step:?}");
        assert_eq!(revised.interface, read.interface, "it is named also after it has gone");
    }
    let over = gateway(Deleted, Connectivity::Public);
    assert_eq!(revised(&over, &NatStep::Remove, later), None);
    assert_eq!(revised(&over, &NatStep::Stay, later), Some(over.clone()));
}

#[test]
fn a_public_one_names_an_address_and_a_private_one_none() {
    let asked = |connectivity, allocation: Option<u128>| {
        let asked = CreateAsked { connectivity, allocation: allocation.map(id), ..CreateAsked::default() };
        check_asked(&asked).map_err(|refusal| refusal.code.into_owned())
    };
    assert_eq!(asked(None, Some(1)), Ok(Connectivity::Public));
    assert_eq!(asked(Some("public"), Some(1)), Ok(Connectivity::Public));
    assert_eq!(asked(Some("private"), None), Ok(Connectivity::Private));
    assert_eq!(asked(None, None).unwrap_err(), "MissingParameter");
    assert_eq!(asked(Some("private"), Some(1)).unwrap_err(), "InvalidParameterCombination");
    assert_eq!(asked(Some("both"), Some(1)).unwrap_err(), "InvalidParameterValue");
    let mode = |mode| check_asked(&CreateAsked { availability_mode: Some(mode), allocation: Some(id(1)), ..CreateAsked::default() });
    assert_eq!(mode("zonal"), Ok(Connectivity::Public));
    assert_eq!(mode("regional").unwrap_err().code, "UnsupportedOperation");
    assert_eq!(mode("lunar").unwrap_err().code, "InvalidParameterValue");
}

#[test]
fn its_private_address_is_one_of_the_subnets_own() {
    let subnet = subnet(2);
    let at = |place| subnet.cidr.nth(place).unwrap();
    assert_eq!(admit_create(&subnet, None), Ok(()));
    assert_eq!(admit_create(&subnet, Some(at(4))), Ok(()));
    for wrong in [at(0), at(3), the("192.0.2.1")] {
        assert_eq!(admit_create(&subnet, Some(wrong)).unwrap_err().code, "InvalidParameterValue", "{wrong}");
    }
}

#[test]
fn another_accounts_is_not_there() {
    let found = gateway(NatGatewayState::Available, Connectivity::Private);
    let seen = |account, found| visible(Caller::of(account, subnet(2).region), the("nat-99528bb0"), found);
    assert_eq!(seen(account(), Some(found.clone())), Ok(found.clone()));
    for refused in [seen(stranger(), Some(found)), seen(account(), None)] {
        assert_eq!(refused.unwrap_err().to_string(), "NatGatewayNotFound: The Nat Gateway nat-99528bb0 was not found");
    }
}
