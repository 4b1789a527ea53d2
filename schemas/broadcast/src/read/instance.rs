//! Reads `instance` with its interfaces.

use multihome_types::DeviceIndex;
use quick_xml::events::BytesStart;

use super::{Result, list, values, xml::Xml};
use crate::{Instance, NetworkInterface};

pub(super) fn instance(xml: &mut Xml<'_>, start: &BytesStart<'_>) -> Result<Instance> {
    let id = xml.name(start)?;
    let within = || format!("instance {id}");
    let (mut owner, mut mac, mut private_address, mut vpc, mut subnet) = (None, None, None, None, None);
    let (mut public_address, mut interfaces, mut groups) = (None, Vec::new(), Vec::new());
    while let Some(child) = xml.child()? {
        match child.name().as_ref() {
            "ownerId" => owner = Some(xml.value("ownerId")?),
            "macAddress" => mac = Some(xml.value("macAddress")?),
            "publicIp" => public_address = Some(xml.value("publicIp")?),
            "privateIp" => private_address = Some(xml.host("privateIp")?),
            "vpc" => vpc = Some(xml.value("vpc")?),
            "subnet" => subnet = Some(xml.value("subnet")?),
            "networkInterfaces" => interfaces = list(xml, "networkInterface", interface)?,
            "securityGroups" => groups = values(xml, "securityGroups")?,
            _ => xml.skip()?,
        }
    }
    Ok(Instance {
        id,
        owner: xml.need(owner, "ownerId", within)?,
        mac: xml.need(mac, "macAddress", within)?,
        public_address,
        private_address: xml.need(private_address, "privateIp", within)?,
        vpc: xml.need(vpc, "vpc", within)?,
        subnet: xml.need(subnet, "subnet", within)?,
        interfaces,
        groups,
    })
}

fn interface(xml: &mut Xml<'_>, start: &BytesStart<'_>) -> Result<NetworkInterface> {
    let id = xml.name(start)?;
    let within = || format!("networkInterface {id}");
    let (mut owner, mut device_index, mut attachment, mut mac, mut private_address) = (None, None, None, None, None);
    let (mut public_address, mut source_dest_check, mut vpc, mut subnet, mut groups) = (None, None, None, None, Vec::new());
    while let Some(child) = xml.child()? {
        match child.name().as_ref() {
            "ownerId" => owner = Some(xml.value("ownerId")?),
            "deviceIndex" => device_index = Some(DeviceIndex(xml.value("deviceIndex")?)),
            "attachmentId" => attachment = Some(xml.value("attachmentId")?),
            "macAddress" => mac = Some(xml.value("macAddress")?),
            "publicIp" => public_address = Some(xml.value("publicIp")?),
            "privateIp" => private_address = Some(xml.host("privateIp")?),
            "sourceDestCheck" => source_dest_check = Some(xml.value("sourceDestCheck")?),
            "vpc" => vpc = Some(xml.value("vpc")?),
            "subnet" => subnet = Some(xml.value("subnet")?),
            "securityGroups" => groups = values(xml, "securityGroups")?,
            _ => xml.skip()?,
        }
    }
    Ok(NetworkInterface {
        id,
        owner: xml.need(owner, "ownerId", within)?,
        device_index: xml.need(device_index, "deviceIndex", within)?,
        attachment: xml.need(attachment, "attachmentId", within)?,
        mac: xml.need(mac, "macAddress", within)?,
        private_address: xml.need(private_address, "privateIp", within)?,
        public_address,
        source_dest_check: xml.need(source_dest_check, "sourceDestCheck", within)?,
        vpc: xml.need(vpc, "vpc", within)?,
        subnet: xml.need(subnet, "subnet", within)?,
        groups,
    })
}
