//! An instance, as far as interfaces need one: something they are attached to.

use crate::{AccountId, ChangeId, ClusterName, Generation, ImageId, InstanceId, NodeName, Region, ReservationId, SubnetId, Timestamp, VpcId, Zone};

crate::text::text_enum! {
    /// EC2's instance states.
    pub enum InstanceState {
        Pending = "pending",
        Running = "running",
        ShuttingDown = "shutting-down",
        Terminated = "terminated",
        Stopping = "stopping",
        Stopped = "stopped",
    }
}

impl InstanceState {
    /// EC2's numeric code.
    pub const fn code(self) -> u16 {
        match self {
            Self::Pending => 0,
            Self::Running => 16,
            Self::ShuttingDown => 32,
            Self::Terminated => 48,
            Self::Stopping => 64,
            Self::Stopped => 80,
        }
    }

    /// Stopped or terminated: no cluster runs it, no broadcast lists it.
    pub const fn is_torn_down(self) -> bool {
        matches!(self, Self::Stopped | Self::Terminated)
    }

    /// Meant to run: the broadcast places it on a node.
    pub const fn is_placed(self) -> bool {
        matches!(self, Self::Pending | Self::Running)
    }
}

/// EC2's `stateReason`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateReason {
    pub code: String,
    pub message: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    pub id: InstanceId,
    pub account: AccountId,
    pub region: Region,
    pub zone: Zone,
    pub cluster: ClusterName,
    /// The host it is placed on.
    pub node: NodeName,
    pub reservation: ReservationId,
    pub launch_index: i32,
    pub image: ImageId,
    pub instance_type: String,
    pub key_name: Option<String>,
    /// Base64, as the caller gave it.
    pub user_data: Option<String>,
    pub client_token: Option<String>,
    pub vpc: VpcId,
    pub subnet: SubnetId,
    pub state: InstanceState,
    pub reason: Option<StateReason>,
    pub launched_at: Timestamp,
    /// When it came into its present state.
    pub since: Timestamp,
    /// When its present state ends whatever the cluster says.
    pub deadline: Option<Timestamp>,
    /// The change that brought it into its present state (see `Attachment::change`).
    pub change: ChangeId,
    pub generation: Generation,
}
