//! AttachNetworkInterface and DetachNetworkInterface.
//!
//! Nothing is decided here: the attachment service is asked over the bus, and answers once it has written what it decided. The reply says
//! that the attachment is on its way; it is real when a cluster has reported it.

use multihome_ec2::{
    Ec2Error, Return,
    network_interface::{AttachNetworkInterface, AttachNetworkInterfaceReply, DetachNetworkInterface},
};
use multihome_messages::{Answer, AttachReply, AttachRequest, DetachReply, DetachRequest, RequestName, Subject};
use multihome_runtime::bus::REQUEST_TIMEOUT;

use crate::{Api, call::Call, fault::Fault, ids};

/// The only network card that instances have here.
const NETWORK_CARD: u32 = 0;

pub(crate) async fn attach_network_interface(api: &Api, call: &Call, request: AttachNetworkInterface) -> Result<AttachNetworkInterfaceReply, Fault> {
    let asked = attach_request(call, &request)?;
    let answer: Answer<AttachReply> = api.bus.request(&Subject::Request(RequestName::Attach), &asked, REQUEST_TIMEOUT).await?;
    let reply = answer.into_result()?;
    Ok(AttachNetworkInterfaceReply { attachment_id: reply.attachment_id.to_string(), network_card_index: NETWORK_CARD })
}

/// The request of a caller has no id of its own that would survive its being sent again, so none goes along.
fn attach_request(call: &Call, request: &AttachNetworkInterface) -> Result<AttachRequest, Ec2Error> {
    if let Some(card) = request.network_card_index.filter(|card| *card != NETWORK_CARD) {
        let why = "Instances have one network card, at index 0.";
        return Err(Ec2Error::invalid_parameter_value("networkCardIndex", &card.to_string(), why));
    }
    Ok(AttachRequest {
        interface: ids::parse(&request.network_interface_id)?,
        instance: ids::parse(&request.instance_id)?,
        device_index: i64::from(request.device_index),
        account: Some(call.account),
        region: Some(call.region),
        request_id: None,
    })
}

pub(crate) async fn detach_network_interface(api: &Api, call: &Call, request: DetachNetworkInterface) -> Result<Return, Fault> {
    let asked = detach_request(call, &request)?;
    let answer: Answer<DetachReply> = api.bus.request(&Subject::Request(RequestName::Detach), &asked, REQUEST_TIMEOUT).await?;
    answer.into_result()?;
    Ok(Return::DONE)
}

fn detach_request(call: &Call, request: &DetachNetworkInterface) -> Result<DetachRequest, Ec2Error> {
    Ok(DetachRequest {
        attachment: ids::parse(&request.attachment_id)?,
        force: request.force,
        account: Some(call.account),
        region: Some(call.region),
        request_id: None,
    })
}

#[cfg(test)]
mod tests {
    use multihome_types::Timestamp;

    use super::*;

    fn call() -> Call {
        Call { account: "000994694045".parse().unwrap(), region: "us-east-1".parse().unwrap(), request_id: "1f2e".to_owned(), now: Timestamp(0) }
    }

    fn attach(interface: &str, instance: &str, card: Option<u32>) -> Result<AttachRequest, Ec2Error> {
        let request = AttachNetworkInterface {
            network_card_index: card,
            network_interface_id: interface.to_owned(),
            instance_id: instance.to_owned(),
            device_index: 255,
            dry_run: false,
        };
        attach_request(&call(), &request)
    }

    #[test]
    fn an_attach_is_asked_for_on_behalf_of_the_caller() {
        let asked = attach("eni-a2f151a8", "i-1b5c4503", Some(0)).unwrap();
        assert_eq!((asked.account, asked.region, asked.device_index), (Some(call().account), Some(call().region), 255));
    }

    #[test]
    fn malformed_ids_never_reach_the_bus() {
        let code = |interface, instance, card| attach(interface, instance, card).unwrap_err().code;
        assert_eq!(code("eni-attach-a2f151a8", "i-1b5c4503", None), "InvalidNetworkInterfaceId.Malformed");
        assert_eq!(code("eni-a2f151a8", "i-1", None), "InvalidInstanceID.Malformed");
        assert_eq!(code("eni-a2f151a8", "i-1b5c4503", Some(1)), "InvalidParameterValue");
        let detach = |id: &str| {
            let request = DetachNetworkInterface { attachment_id: id.to_owned(), force: true, dry_run: false };
            detach_request(&call(), &request)
        };
        let malformed = detach("eni-a2f151a8").unwrap_err();
        assert_eq!(malformed.code, "InvalidNetworkInterfaceAttachmentId.Malformed");
        assert_eq!(malformed.message, "Invalid id: \"eni-a2f151a8\" (expecting \"eni-attach-...\")");
        assert_eq!(
            detach("ela-attach-e98cf499").unwrap_err().to_string(),
            "OperationNotPermitted: You are not allowed to manage 'ela-attach' attachments."
        );
        assert!(detach("eni-attach-e98cf499").unwrap().force);
    }
}
