use multihome_types::AccountId;

use super::*;
use crate::transition::sample::{self, attachment};

fn elastic(number: u8, leads: Option<(u8, &str)>) -> ElasticAddress {
    let account = sample::interface(1).account;
    let association = leads.map(|(interface, private)| AddressAssociation {
        id: format!("eipassoc-0000000{number}").parse().unwrap(),
        interface: sample::interface(interface).id,
        private_address: private.parse().unwrap(),
    });
    ElasticAddress {
        id: format!("eipalloc-0000000{number}").parse().unwrap(),
        account,
        region: sample::interface(1).region,
        address: format!("203.0.113.{number}").parse().unwrap(),
        automatic: false,
        association,
        created: multihome_types::Timestamp(0),
        generation: multihome_types::Generation::FIRST,
    }
}

struct Case {
    caller: Caller,
    permitted: bool,
    elastic: ElasticAddress,
    holder: Option<Interface>,
    target: TargetAsked,
    interfaces: Vec<Interface>,
    instance: Option<Instance>,
    private_address: Option<Address>,
    with_gateway: Vec<VpcId>,
    allow: bool,
}

impl Case {
    /// An address that leads nowhere, and interface 1 that is not attached.
    fn new() -> Self {
        let interface = sample::interface(1);
        Self {
            caller: Caller::of(interface.account, interface.region),
            permitted: false,
            elastic: elastic(7, None),
            holder: None,
            target: TargetAsked::Interface(interface.id),
            with_gateway: vec![interface.vpc],
            interfaces: vec![interface],
            instance: None,
            private_address: None,
            allow: false,
        }
    }

    fn on_instance(mut self, state: InstanceState) -> Self {
        let instance = Instance { state, ..sample::instance(InstanceState::Running) };
        self.interfaces[0].attachment = Some(attachment(1, multihome_types::AttachmentState::Attached));
        self.target = TargetAsked::Instance(instance.id);
        self.instance = Some(instance);
        self
    }

    fn answer(&self) -> Result<AssociatePlan<'_>, Refusal> {
        admit_associate(&AssociateSituation {
            caller: self.caller,
            permitted: self.permitted,
            elastic: &self.elastic,
            holder: self.holder.as_ref(),
            target: self.target,
            interfaces: &self.interfaces,
            instance: self.instance.as_ref(),
            private_address: self.private_address,
            with_gateway: &self.with_gateway,
            allow_reassociation: self.allow,
        })
    }

    #[track_caller]
    fn refused(&self) -> String {
        self.answer().unwrap_err().to_string()
    }
}

#[test]
fn an_address_leads_to_the_primary_address_unless_another_is_named() {
    let mut case = Case::new();
    let AssociatePlan::Associate(plan) = case.answer().unwrap() else { panic!() };
    assert_eq!((plan.interface.id, plan.private_address, plan.displaced), (case.interfaces[0].id, case.interfaces[0].address, None));
    case.private_address = Some("10.0.0.99".parse().unwrap());
    assert_eq!(case.refused(), format!("InvalidParameterValue: Some of [10.0.0.99] are not assigned to interface {}", case.interfaces[0].id));
}

#[test]
fn of_interface_and_instance_exactly_one_is_named() {
    let (interface, instance) = (sample::interface(1).id, sample::instance(InstanceState::Running).id);
    assert_eq!(target(Some(interface), None), Ok(TargetAsked::Interface(interface)));
    assert_eq!(target(None, Some(instance)), Ok(TargetAsked::Instance(instance)));
    assert_eq!(target(None, None).unwrap_err().code, "MissingParameter");
    assert_eq!(target(Some(interface), Some(instance)).unwrap_err().code, "InvalidParameterCombination");
}

#[test]
fn an_instance_has_to_be_settled_and_to_have_one_interface() {
    let id = sample::instance(InstanceState::Running).id;
    for state in [InstanceState::Running, InstanceState::Stopped] {
        assert!(Case::new().on_instance(state).answer().is_ok(), "{state}");
    }
    for state in [InstanceState::Pending, InstanceState::Stopping, InstanceState::ShuttingDown, InstanceState::Terminated] {
        let mut case = Case::new().on_instance(state);
        assert_eq!(case.refused(), format!("InvalidInstanceID: The {state} instance '{id}' is not in a valid state for this operation."));
        case.target = TargetAsked::Interface(case.interfaces[0].id);
        assert_eq!(case.answer().unwrap_err().code, "IncorrectInstanceState", "{state}");
    }
    let mut several = Case::new().on_instance(InstanceState::Running);
    several.interfaces.push(sample::interface(2));
    let several = several.refused();
    assert!(several.starts_with("InvalidInstanceID: There are multiple interfaces attached to instance"), "{several}");
    let mut none = Case::new().on_instance(InstanceState::Running);
    none.interfaces.clear();
    assert_eq!(none.answer().unwrap_err().code, "InvalidInstanceID");
    let mut unknown = Case::new().on_instance(InstanceState::Running);
    unknown.instance = None;
    assert_eq!(unknown.answer().unwrap_err().code, "InvalidInstanceID.NotFound");
}

#[test]
fn what_is_another_accounts_does_not_exist() {
    let stranger: AccountId = "999999999999".parse().unwrap();
    let mut case = Case::new();
    case.interfaces[0].account = stranger;
    assert_eq!(case.answer().unwrap_err().code, "InvalidNetworkInterfaceID.NotFound");
    let mut case = Case::new().on_instance(InstanceState::Running);
    case.instance.as_mut().unwrap().account = stranger;
    assert_eq!(case.answer().unwrap_err().code, "InvalidInstanceID.NotFound");
}

#[test]
fn without_an_internet_gateway_nothing_leads_into_a_vpc() {
    let mut case = Case::new();
    case.with_gateway.clear();
    assert_eq!(case.refused(), format!("Gateway.NotAttached: Network {} is not attached to any internet gateway", case.interfaces[0].vpc));
}

#[test]
fn an_address_moves_only_when_that_is_allowed() {
    let mut case = Case::new();
    case.elastic = elastic(7, Some((2, "10.0.0.12")));
    case.holder = Some(sample::interface(2));
    assert_eq!(case.refused(), "Resource.AlreadyAssociated: resource eipalloc-00000007 is already associated with associate-id eipassoc-00000007");
    case.allow = true;
    assert!(matches!(case.answer(), Ok(AssociatePlan::Associate(_))));
}

#[test]
fn what_leads_there_already_gives_way_only_when_that_is_allowed() {
    let mut case = Case::new();
    case.interfaces[0].public = vec![elastic(8, Some((1, "10.0.0.11")))];
    let id = case.interfaces[0].id;
    assert_eq!(
        case.refused(),
        format!("Resource.AlreadyAssociated: resource {id} and 10.0.0.11 is already associated with public address 203.0.113.8")
    );
    case.allow = true;
    let AssociatePlan::Associate(plan) = case.answer().unwrap() else { panic!() };
    assert_eq!(plan.displaced, Some(&case.interfaces[0].public[0]));
    // What the cloud gave by itself gives way in any case.
    case.allow = false;
    case.interfaces[0].public[0].automatic = true;
    let AssociatePlan::Associate(plan) = case.answer().unwrap() else { panic!() };
    assert_eq!(plan.displaced, Some(&case.interfaces[0].public[0]));
}

#[test]
fn the_same_again_changes_nothing() {
    let mut case = Case::new();
    case.elastic = elastic(7, Some((1, "10.0.0.11")));
    case.interfaces[0].public = vec![case.elastic.clone()];
    case.holder = Some(case.interfaces[0].clone());
    assert_eq!(case.answer(), Ok(AssociatePlan::Stay("eipassoc-00000007".parse().unwrap())));
}

#[test]
fn the_address_of_a_nat_gateway_is_not_the_callers_to_manage() {
    let mut to = Case::new();
    to.interfaces[0].kind = InterfaceKind::NatGateway;
    assert_eq!(to.answer().unwrap_err().code, "AuthFailure");
    let mut from = Case::new();
    from.elastic = elastic(7, Some((2, "10.0.0.12")));
    from.holder = Some(Interface { kind: InterfaceKind::NatGateway, ..sample::interface(2) });
    from.allow = true;
    assert_eq!(from.answer().unwrap_err().code, "AuthFailure");
    let found = &from.elastic;
    let refused = admit_disassociate(from.caller, found.association.unwrap().id, Some(found), from.holder.as_ref());
    assert_eq!(refused.unwrap_err().code, "AuthFailure");
}

#[test]
fn an_association_is_ended_by_its_id() {
    let found = elastic(7, Some((1, "10.0.0.11")));
    let id = found.association.unwrap().id;
    assert_eq!(named_for_disassociate(Some(id), None), Ok(id));
    assert_eq!(named_for_disassociate(None, Some(found.address)).unwrap_err().code, "InvalidParameterValue");
    assert_eq!(named_for_disassociate(Some(id), Some(found.address)).unwrap_err().code, "InvalidParameterCombination");
    assert_eq!(named_for_disassociate(None, None).unwrap_err().code, "MissingParameter");
    let caller = Case::new().caller;
    assert_eq!(admit_disassociate(caller, id, Some(&found), None), Ok(&found));
    let automatic = ElasticAddress { automatic: true, ..found.clone() };
    let foreign = ElasticAddress { account: "999999999999".parse().unwrap(), ..found.clone() };
    for found in [None, Some(&automatic), Some(&foreign)] {
        assert_eq!(
            admit_disassociate(caller, id, found, None).unwrap_err().to_string(),
            "InvalidAssociationID.NotFound: The association ID 'eipassoc-00000007' does not exist"
        );
    }
}
