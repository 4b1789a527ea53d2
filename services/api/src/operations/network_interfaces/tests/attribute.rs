//! Attributes of an interface: asked for one by one, and put back.

use multihome_ec2::network_interface_attribute::{
    DescribeNetworkInterfaceAttribute, DescribeNetworkInterfaceAttributeReply, ResetNetworkInterfaceAttribute,
};

use super::*;
use crate::operations::{describe_network_interface_attribute, reset_network_interface_attribute};

impl World {
    async fn attribute(&self, id: &str, name: Option<&str>) -> Result<DescribeNetworkInterfaceAttributeReply, Fault> {
        let request = DescribeNetworkInterfaceAttribute {
            network_interface_id: id.to_owned(),
            attribute: name.map(str::to_owned),
            ..DescribeNetworkInterfaceAttribute::default()
        };
        describe_network_interface_attribute(&self.api, &self.call, request).await
    }
}

#[tokio::test]
async fn one_attribute_is_asked_for_and_that_one_is_answered() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", "us-east-1a").await;
    let made = world.create(CreateNetworkInterface { description: Some("front".to_owned()), ..request(&subnet) }).await.unwrap();
    let id = made.network_interface_id.clone();
    let only = |reply: DescribeNetworkInterfaceAttributeReply| DescribeNetworkInterfaceAttributeReply { network_interface_id: id.clone(), ..reply };
    let described = world.attribute(&id, Some("description")).await.unwrap();
    assert_eq!(described.description.as_ref().unwrap().value, "front");
    assert_eq!(described, only(DescribeNetworkInterfaceAttributeReply { description: described.description.clone(), ..Default::default() }));
    assert_eq!(world.attribute(&id, Some("groupSet")).await.unwrap().groups, Some(made.groups));
    assert!(world.attribute(&id, Some("sourceDestCheck")).await.unwrap().source_dest_check.unwrap().value);
    assert_eq!(world.attribute(&id, Some("associatePublicIpAddress")).await.unwrap().associate_public_ip_address, Some(false));
    // It is attached to nothing, and nothing is said of that.
    assert_eq!(world.attribute(&id, Some("attachment")).await.unwrap(), only(DescribeNetworkInterfaceAttributeReply::default()));
    assert_eq!(code(world.attribute(&id, Some("status")).await), "InvalidParameterValue");
    assert_eq!(code(world.attribute(&id, None).await), "MissingParameter");
    assert_eq!(code(world.attribute("eni-00000001", Some("description")).await), "InvalidNetworkInterfaceID.NotFound");
}

#[tokio::test]
async fn checking_can_be_put_back_and_the_choice_of_a_public_address_is_kept() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", "us-east-1a").await;
    let id = world.interface(&subnet).await.network_interface_id;
    let modify = |request| modify_network_interface_attribute(&world, &world.call, request);
    let named = || ModifyNetworkInterfaceAttribute { network_interface_id: id.clone(), ..ModifyNetworkInterfaceAttribute::default() };
    modify(ModifyNetworkInterfaceAttribute { source_dest_check: Some(AttributeValue { value: false }), ..named() }).await.unwrap();
    assert!(!world.by_id(&id).await.unwrap().source_dest_check);
    let reset = |value: Option<&str>| ResetNetworkInterfaceAttribute {
        network_interface_id: id.clone(),
        source_dest_check: value.map(str::to_owned),
        ..ResetNetworkInterfaceAttribute::default()
    };
    assert_eq!(code(reset_network_interface_attribute(&world, &world.call, reset(None)).await), "MissingParameter");
    reset_network_interface_attribute(&world, &world.call, reset(Some("sourceDestCheck"))).await.unwrap();
    assert!(world.by_id(&id).await.unwrap().source_dest_check);

    modify(ModifyNetworkInterfaceAttribute { associate_public_ip_address: Some(true), ..named() }).await.unwrap();
    assert_eq!(world.attribute(&id, Some("associatePublicIpAddress")).await.unwrap().associate_public_ip_address, Some(true));
    assert!(world.by_id(&id).await.unwrap().association.is_none(), "it is on no instance");
    let both = ModifyNetworkInterfaceAttribute {
        associate_public_ip_address: Some(true),
        description: Some(AttributeValue { value: String::new() }),
        ..named()
    };
    assert_eq!(code(modify(both).await), "InvalidParameterCombination");
}
