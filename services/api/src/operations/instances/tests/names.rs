//! What instances are called.

use multihome_ec2::{
    instance::{PrivateDnsNameOptionsRequest, RunInstances},
    subnet::ModifySubnetAttribute,
};

use super::{ZONE, on};
use crate::operations::{
    modify_subnet_attribute,
    network_interfaces::world::{World, code},
};

#[tokio::test]
async fn an_instance_is_called_as_its_subnet_said_at_the_launch_unless_the_launch_said_otherwise() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let before = world.one_of(on(&subnet)).await;
    let named = ModifySubnetAttribute {
        subnet_id: subnet.clone(),
        private_dns_hostname_type_on_launch: Some("resource-name".to_owned()),
        ..ModifySubnetAttribute::default()
    };
    modify_subnet_attribute(&world.api, &world.call, named).await.unwrap();
    let after = world.one_of(on(&subnet)).await;
    let asking = |options| RunInstances { private_dns_name_options: Some(options), ..on(&subnet) };
    let options = PrivateDnsNameOptionsRequest {
        hostname_type: Some("ip-name".to_owned()),
        enable_resource_name_dns_a_record: Some(true),
        ..PrivateDnsNameOptionsRequest::default()
    };
    let otherwise = world.one_of(asking(options)).await;
    for (id, by_id, a_record) in [(&before, false, false), (&after, true, false), (&otherwise, false, true)] {
        let shown = world.instance(id).await.unwrap();
        let address = format!("ip-{}.ec2.internal", shown.private_ip_address.unwrap().replace('.', "-"));
        assert_eq!(shown.private_dns_name, if by_id { format!("{id}.ec2.internal") } else { address });
        let names = shown.private_dns_name_options;
        assert_eq!((names.hostname_type == "resource-name", names.enable_resource_name_dns_a_record), (by_id, a_record));
    }
    let found = world.found(&[("private-dns-name-options.hostname-type", &["resource-name"])]).await;
    assert_eq!(found.into_iter().collect::<Vec<_>>(), [after]);
    let wrong = PrivateDnsNameOptionsRequest { hostname_type: Some("name".to_owned()), ..PrivateDnsNameOptionsRequest::default() };
    assert_eq!(code(world.run(asking(wrong)).await), "InvalidParameterValue");
}
