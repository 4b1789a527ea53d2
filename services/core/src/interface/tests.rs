use multihome_types::{AttachmentState, InterfaceKind};

use super::*;
use crate::transition::sample::{account, attachment, group, id, interface, stranger, subnet, the};

fn caller() -> Caller {
    Caller::of(account(), the("region"))
}

fn create(group_ids: &[u128], address: Option<&str>) -> Result<CreatePlan, Refusal> {
    let ids: Vec<GroupId> = group_ids.iter().map(|number| id(*number)).collect();
    let mut groups: Vec<Group> = (1..=7).map(group).collect();
    groups[6].vpc = id(2);
    admit_create(&CreateSituation {
        account: account(),
        region: the("region"),
        subnet_id: id(1),
        subnet: Some(&subnet(1)),
        group_ids: &ids,
        groups: &groups,
        most_groups: 5,
        address: address.map(the),
        assignment: Assignment::Nothing,
        ipv6: Ipv6Assignment::Nothing,
        description: None,
    })
}

#[test]
fn a_new_interface_has_the_groups_it_names_or_the_default_one() {
    let plan = create(&[], None).unwrap();
    assert_eq!(
        plan,
        CreatePlan {
            groups: vec![id(1)],
            address: None,
            assignment: Assignment::Nothing,
            ipv6: Ipv6Assignment::Nothing,
            description: String::new(),
            source_dest_check: true
        }
    );
    assert_eq!(create(&[3, 2, 3], Some("10.0.1.4")).unwrap().groups, [id(2), id(3)]);
}

#[test]
fn groups_exist_are_five_at_most_and_of_the_same_vpc() {
    let code = |ids: &[u128]| create(ids, None).unwrap_err().to_string();
    assert_eq!(code(&[1, 99]), "InvalidGroup.NotFound: The security group 'sg-00000063' does not exist");
    assert!(create(&[1, 2, 3, 4, 5, 5], None).is_ok());
    assert_eq!(
        code(&[1, 2, 3, 4, 5, 6]),
        "SecurityGroupsPerInterfaceLimitExceeded: The maximum number of security groups per interface, 5, has been reached."
    );
    assert_eq!(code(&[1, 7]), "InvalidParameter: Security group sg-00000007 and subnet subnet-00000001 belong to different networks.");
}

#[test]
fn an_address_that_is_named_is_one_of_the_subnets_usable_ones() {
    assert_eq!(create(&[], Some("10.0.1.4")).unwrap().address, Some(the("10.0.1.4")));
    for wrong in ["10.0.1.3", "10.0.1.255", "10.0.2.4"] {
        assert_eq!(create(&[], Some(wrong)).unwrap_err().code, "InvalidParameterValue", "{wrong}");
    }
}

#[test]
fn a_new_interface_has_what_it_asks_for_besides_its_address_or_is_not_made() {
    let (subnet, groups) = (subnet(1), [group(1)]);
    let ask = |assignment| {
        let situation = CreateSituation {
            account: account(),
            region: the("region"),
            subnet_id: id(1),
            subnet: Some(&subnet),
            group_ids: &[],
            groups: &groups,
            most_groups: 5,
            address: Some(the("10.0.1.9")),
            assignment,
            ipv6: Ipv6Assignment::Nothing,
            description: None,
        };
        admit_create(&situation).map(|plan| plan.assignment).map_err(|refusal| refusal.code)
    };
    assert_eq!(ask(Assignment::AddressCount(49)), Ok(Assignment::AddressCount(49)));
    assert_eq!(ask(Assignment::AddressCount(50)).unwrap_err(), "PrivateIpAddressLimitExceeded");
    assert_eq!(ask(Assignment::Addresses(vec![the("10.0.2.9")])).unwrap_err(), "InvalidParameterValue");
    assert_eq!(ask(Assignment::Addresses(vec![the("10.0.1.9")])).unwrap_err(), "InvalidParameterValue");
}

#[test]
fn a_subnet_of_another_account_does_not_exist() {
    let foreign = Subnet { account: stranger(), ..subnet(1) };
    let groups = [group(1)];
    let situation = CreateSituation {
        account: account(),
        region: the("region"),
        subnet_id: id(1),
        subnet: Some(&foreign),
        group_ids: &[],
        groups: &groups,
        most_groups: 5,
        address: None,
        assignment: Assignment::Nothing,
        ipv6: Ipv6Assignment::Nothing,
        description: None,
    };
    for situation in [CreateSituation { subnet: None, ..situation.clone() }, situation] {
        assert_eq!(admit_create(&situation).unwrap_err().to_string(), "InvalidSubnetID.NotFound: The subnet ID 'subnet-00000001' does not exist");
    }
}

#[test]
fn a_description_has_255_characters_at_most() {
    assert!(check_description(&"é".repeat(255)).is_ok());
    assert_eq!(check_description(&"é".repeat(256)).unwrap_err().code, "InvalidParameterValue");
}

#[test]
fn an_interface_is_deleted_only_while_it_is_available() {
    let free = interface(7);
    assert_eq!(admit_delete(caller(), free.id, Some(&free)), Ok(()));
    for state in AttachmentState::ALL {
        let busy = Interface { attachment: Some(attachment(1, *state)), ..free.clone() };
        assert_eq!(
            admit_delete(caller(), busy.id, Some(&busy)).unwrap_err().to_string(),
            "InvalidParameterValue: Network interface 'eni-00000007' is currently in use."
        );
    }
    let nat = Interface { kind: InterfaceKind::NatGateway, ..free.clone() };
    assert_eq!(admit_delete(caller(), nat.id, Some(&nat)).unwrap_err().code, "InvalidParameterValue", "a NAT gateway has it");
    for missing in [None, Some(&Interface { account: stranger(), ..free.clone() })] {
        assert_eq!(admit_delete(caller(), free.id, missing).unwrap_err().code, "InvalidNetworkInterfaceID.NotFound");
    }
}

#[test]
fn a_modify_call_is_about_exactly_one_attribute() {
    let none = ModifyRequest::default();
    assert_eq!(select_modification(none.clone()).unwrap_err().code, "MissingParameter");
    let check = ModifyRequest { source_dest_check: Some(false), ..none.clone() };
    assert_eq!(select_modification(check.clone()), Ok(Modification::SourceDestCheck(false)));
    let text = ModifyRequest { description: Some(String::new()), ..none.clone() };
    assert_eq!(select_modification(text), Ok(Modification::Description(String::new())));
    assert_eq!(select_modification(ModifyRequest { groups: vec![id(1)], ..none }), Ok(Modification::Groups(vec![id(1)])));
    let public = ModifyRequest { associate_public_address: Some(false), ..ModifyRequest::default() };
    assert_eq!(select_modification(public), Ok(Modification::AssociatePublicAddress(false)));
    let both = ModifyRequest { description: Some("new".to_owned()), ..check };
    assert_eq!(
        select_modification(both).unwrap_err().to_string(),
        "InvalidParameterCombination: Fields for multiple attribute types specified: description, sourceDestCheck"
    );
}

fn modify(interface: Option<&Interface>, modification: Modification) -> Result<Modification, Refusal> {
    let groups: Vec<Group> = (1..=6).map(group).chain([Group { vpc: id(2), ..group(7) }]).collect();
    admit_modify(&ModifySituation { caller: caller(), interface_id: id(7), interface, groups: &groups, most_groups: 5 }, modification)
}

#[test]
fn attributes_have_ec2s_names_and_no_others() {
    assert_eq!(attribute("groupSet"), Ok(Attribute::GroupSet));
    assert_eq!(attribute("associatePublicIpAddress"), Ok(Attribute::AssociatePublicIpAddress));
    for other in ["", "GroupSet", "status"] {
        assert_eq!(attribute(other).unwrap_err().code, "InvalidParameterValue", "{other}");
    }
}

#[test]
fn delete_on_termination_is_an_attribute_of_the_current_attachment() {
    let attached = attachment(1, AttachmentState::Attaching);
    let busy = Interface { attachment: Some(attached.clone()), ..interface(7) };
    let change = |id| Modification::Attachment(AttachmentChange { id, delete_on_termination: true });
    assert_eq!(modify(Some(&busy), change(attached.id)), Ok(change(attached.id)));
    for (interface, id) in [(&busy, id(0x999)), (&interface(7), attached.id)] {
        assert_eq!(modify(Some(interface), change(id)).unwrap_err().code, "InvalidAttachmentID.NotFound");
    }
}

#[test]
fn groups_are_replaced_under_the_rules_of_creation() {
    let free = interface(7);
    let groups = |numbers: &[u128]| Modification::Groups(numbers.iter().map(|number| id(*number)).collect());
    assert_eq!(modify(Some(&free), groups(&[2, 1])), Ok(groups(&[1, 2])));
    assert_eq!(modify(Some(&free), groups(&[1, 2, 3, 4, 5, 6])).unwrap_err().code, "SecurityGroupsPerInterfaceLimitExceeded");
    assert_eq!(modify(Some(&free), groups(&[7])).unwrap_err().code, "InvalidParameter");
    assert_eq!(modify(Some(&free), groups(&[9])).unwrap_err().code, "InvalidGroup.NotFound");
}

#[test]
fn an_unknown_interface_and_a_nat_gateways_are_not_modified() {
    let check = Modification::SourceDestCheck(false);
    assert_eq!(modify(None, check.clone()).unwrap_err().code, "InvalidNetworkInterfaceID.NotFound");
    let nat = Interface { kind: InterfaceKind::NatGateway, ..interface(7) };
    assert_eq!(modify(Some(&nat), check.clone()).unwrap_err().code, "OperationNotPermitted");
    assert_eq!(modify(Some(&interface(7)), check.clone()), Ok(check));
}
