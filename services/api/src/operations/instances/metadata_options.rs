//! ModifyInstanceMetadataOptions. The services that answer instances follow the change log, and with it what is changed here.

use multihome_core::metadata_options::{self as rules, OptionsAsked};
use multihome_ec2::instance::{MetadataOptionsRequest, ModifyInstanceMetadataOptions, ModifyInstanceMetadataOptionsReply};
use multihome_types::{Instance, InstanceAttributes, InstanceId};

use super::{
    revise::{apply_revised, gather_and_lock},
    shown::options_shown,
};
use crate::{Api, call::Call, fault::Fault, ids, operations::tags::gather_tags};

pub(crate) async fn modify_instance_metadata_options(
    api: &Api,
    call: &Call,
    request: ModifyInstanceMetadataOptions,
) -> Result<ModifyInstanceMetadataOptionsReply, Fault> {
    let id: InstanceId = ids::parse(&request.instance_id)?;
    let asked = OptionsAsked {
        tokens: request.http_tokens,
        hop_limit: request.http_put_response_hop_limit,
        endpoint: request.http_endpoint,
        ipv6: request.http_protocol_ipv6,
        tags: request.instance_metadata_tags,
    };
    let mut txn = api.store.begin().await?;
    let instance = gather_and_lock(&txn, call, id).await?;
    // Whoever tags the instance has to have its row first, so these stay.
    let tags = gather_tags(txn.conn(), &[id.to_string()]).await?;
    let metadata = rules::modify(&instance, &asked, tags.values().flatten().map(|tag| tag.key.as_str()))?;
    if metadata != instance.attributes.metadata {
        let attributes = InstanceAttributes { metadata, ..instance.attributes.clone() };
        apply_revised(&mut txn, call, Instance { attributes, ..instance }, "Its metadata options were changed.").await?;
    }
    txn.commit().await?;
    Ok(ModifyInstanceMetadataOptionsReply { instance_id: id.to_string(), instance_metadata_options: options_shown(metadata, "pending") })
}

/// What a launch asks for.
pub(super) fn asked_at_launch(request: MetadataOptionsRequest) -> OptionsAsked {
    OptionsAsked {
        tokens: request.http_tokens,
        hop_limit: request.http_put_response_hop_limit,
        endpoint: request.http_endpoint,
        ipv6: request.http_protocol_ipv6,
        tags: request.instance_metadata_tags,
    }
}
