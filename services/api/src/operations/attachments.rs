//! AttachNetworkInterface and DetachNetworkInterface.
//!
//! Nothing is decided here: the attachment service is asked over the bus, and answers once it has written what it decided. The reply says
//! that the attachment is on its way; it is real when a cluster has reported it.

use multihome_ec2::{
    Ec2Error, Return,
    network_interface::{AttachNetworkInterface, AttachNetworkInterfaceReply, DetachNetworkInterface},
};
use multihome_messages::{Answer, AttachReply, AttachRequest, DetachReply, DetachRequest, Message, RequestId, RequestName, Subject};
use multihome_runtime::bus::{BusError, REQUEST_TIMEOUT};

use crate::{Api, call::Call, fault::Fault, ids};

/// The only network card that instances have here.
const NETWORK_CARD: u32 = 0;

pub(crate) async fn attach_network_interface(api: &Api, call: &Call, request: AttachNetworkInterface) -> Result<AttachNetworkInterfaceReply, Fault> {
    let asked = attach_request(call, &request)?;
    let answer: Answer<AttachReply> = ask(api, RequestName::Attach, &asked).await?;
    let reply = answer.into_result()?;
    Ok(AttachNetworkInterfaceReply { attachment_id: reply.attachment_id.to_string(), network_card_index: NETWORK_CARD })
}

/// Asks once more when there is no answer in time: whoever was asked may have died between its commit and its answer. Both are the same
/// request, by its id, so that it is done once and whoever is asked second gives the first one's answer.
async fn ask<Q: Message, A: Message>(api: &Api, name: RequestName, asked: &Q) -> Result<A, BusError> {
    let subject = Subject::Request(name);
    match api.bus.request(&subject, asked, REQUEST_TIMEOUT).await {
        Err(BusError::TimedOut { .. }) => api.bus.request(&subject, asked, REQUEST_TIMEOUT).await,
        answered => answered,
    }
}

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
        request_id: Some(request_id(call)?),
    })
}

pub(crate) async fn detach_network_interface(api: &Api, call: &Call, request: DetachNetworkInterface) -> Result<Return, Fault> {
    let asked = detach_request(call, &request)?;
    let answer: Answer<DetachReply> = ask(api, RequestName::Detach, &asked).await?;
    answer.into_result()?;
    Ok(Return::DONE)
}

fn detach_request(call: &Call, request: &DetachNetworkInterface) -> Result<DetachRequest, Ec2Error> {
    Ok(DetachRequest {
        attachment: ids::parse(&request.attachment_id)?,
        force: request.force,
        account: Some(call.account),
        region: Some(call.region),
        request_id: Some(request_id(call)?),
    })
}

/// The id of the call, which is new for each: a caller who calls again means it.
fn request_id(call: &Call) -> Result<RequestId, Ec2Error> {
    call.request_id.parse().map_err(|_| Ec2Error::internal())
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
        assert_eq!(asked.request_id.map(String::from), Some(call().request_id));
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
