//! DescribeNetworkInterfaceAttribute and ResetNetworkInterfaceAttribute.

use multihome_core::{
    interface::{Attribute, Modification, attribute, visible},
    refusals,
};
use multihome_ec2::{
    Ec2Error, Return,
    network_interface_attribute::{
        DescribeNetworkInterfaceAttribute, DescribeNetworkInterfaceAttributeReply, ResetNetworkInterfaceAttribute, ValueShown,
    },
};
use multihome_entities::interface;
use multihome_types::InterfaceId;

use super::{
    caller,
    modify::modify,
    shown::{Surroundings, attachment_shown, groups_shown},
};
use crate::{Api, call::Call, fault::Fault, ids};

pub(crate) async fn describe_network_interface_attribute(
    api: &Api,
    call: &Call,
    request: DescribeNetworkInterfaceAttribute,
) -> Result<DescribeNetworkInterfaceAttributeReply, Fault> {
    let id: InterfaceId = ids::parse(&request.network_interface_id)?;
    let name = request.attribute.ok_or_else(|| Ec2Error::missing_parameter("Attribute"))?;
    let attribute = attribute(&name)?;
    let conn = api.store.reader();
    let found = interface::find(conn, id).await?;
    let interface = visible(caller(call), id, found.as_ref())?;
    let mut reply = DescribeNetworkInterfaceAttributeReply { network_interface_id: id.to_string(), ..Default::default() };
    match attribute {
        Attribute::Description => reply.description = Some(ValueShown { value: interface.description.clone() }),
        Attribute::GroupSet => {
            let around = Surroundings::gather(conn, std::slice::from_ref(interface), Vec::new()).await?;
            reply.groups = Some(groups_shown(interface, &around));
        }
        Attribute::SourceDestCheck => reply.source_dest_check = Some(ValueShown { value: interface.source_dest_check }),
        Attribute::Attachment => reply.attachment = interface.attachment.as_ref().map(attachment_shown),
        Attribute::AssociatePublicIpAddress => reply.associate_public_ip_address = Some(interface.automatic_public_address),
    }
    Ok(reply)
}

pub(crate) async fn reset_network_interface_attribute(api: &Api, call: &Call, request: ResetNetworkInterfaceAttribute) -> Result<Return, Fault> {
    let id: InterfaceId = ids::parse(&request.network_interface_id)?;
    if request.source_dest_check.is_none() {
        return Err(refusals::missing_parameter("The request must contain exactly one attribute to reset").into());
    }
    modify(api, call, id, Modification::SourceDestCheck(true)).await
}
