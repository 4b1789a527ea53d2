//! StartInstances, StopInstances and TerminateInstances: asked of the attachment service, which alone changes an instance's state.

use multihome_core::refusals;
use multihome_ec2::{
    Ec2Error,
    instance::{InstanceState, InstanceStateChange, InstanceStateChanges, StartInstances, StopInstances, TerminateInstances},
};
use multihome_messages::{Answer, InstanceAction, InstancesReply, InstancesRequest, RequestName, StateChange, Subject};
use multihome_runtime::bus::REQUEST_TIMEOUT;
use multihome_types::InstanceId;

use crate::{Api, call::Call, fault::Fault, ids};

pub(crate) async fn start_instances(api: &Api, call: &Call, request: StartInstances) -> Result<InstanceStateChanges, Fault> {
    forward(api, asked(call, InstanceAction::Start, &request.instance_ids, false)?).await
}

pub(crate) async fn stop_instances(api: &Api, call: &Call, request: StopInstances) -> Result<InstanceStateChanges, Fault> {
    if request.hibernate {
        return Err(refusals::unsupported("Hibernation is not supported: the instances were not configured for it at launch.").into());
    }
    forward(api, asked(call, InstanceAction::Stop, &request.instance_ids, request.force)?).await
}

pub(crate) async fn terminate_instances(api: &Api, call: &Call, request: TerminateInstances) -> Result<InstanceStateChanges, Fault> {
    forward(api, asked(call, InstanceAction::Terminate, &request.instance_ids, request.force)?).await
}

fn asked(call: &Call, action: InstanceAction, ids: &[String], force: bool) -> Result<InstancesRequest, Ec2Error> {
    let instances: Vec<InstanceId> = ids::parse_all(ids)?;
    if instances.is_empty() {
        return Err(Ec2Error::missing_parameter("InstanceId"));
    }
    Ok(InstancesRequest { action, instances, force, account: call.account, region: call.region })
}

async fn forward(api: &Api, asked: InstancesRequest) -> Result<InstanceStateChanges, Fault> {
    let answer: Answer<InstancesReply> = api.bus.request(&Subject::Request(RequestName::Instances), &asked, REQUEST_TIMEOUT).await?;
    Ok(InstanceStateChanges { instances: answer.into_result()?.changes.iter().map(shown).collect() })
}

fn shown(change: &StateChange) -> InstanceStateChange {
    InstanceStateChange {
        instance_id: change.instance.to_string(),
        current_state: state_shown(change.current),
        previous_state: state_shown(change.previous),
    }
}

pub(super) fn state_shown(state: multihome_types::InstanceState) -> InstanceState {
    InstanceState { code: state.code(), name: state.to_string() }
}
