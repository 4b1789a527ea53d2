//! An instance, as far as interfaces need one: something they are attached to.

use crate::{
    AccountId, Architecture, ChangeId, ClusterName, Generation, HostnameType, ImageId, InstanceId, NodeName, Region, ReservationId, SubnetId,
    Timestamp, VpcId, Zone,
};

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

crate::text::text_enum! {
    /// Whether an instance has to show a token to be told about itself.
    pub enum MetadataTokens {
        Optional = "optional",
        Required = "required",
    }
}

crate::text::text_enum! {
    /// What becomes of an instance whose own system shuts down.
    pub enum ShutdownBehavior {
        Stop = "stop",
        Terminate = "terminate",
    }
}

/// How an instance is told about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetadataOptions {
    pub tokens: MetadataTokens,
    /// How many hops an answer with a token may go.
    pub hop_limit: i32,
    /// False: it is told nothing.
    pub endpoint: bool,
    /// Whether it may ask over IPv6, too.
    pub ipv6: bool,
    /// Whether it is told its tags.
    pub tags: bool,
}

impl Default for MetadataOptions {
    /// EC2's, for an image that says nothing about it.
    fn default() -> Self {
        Self { tokens: MetadataTokens::Optional, hop_limit: 1, endpoint: true, ipv6: false, tags: false }
    }
}

/// What an instance is called, and which questions for the name that is made of its id are answered. Its subnet says it, unless the launch does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostnameOptions {
    pub hostname_type: HostnameType,
    pub resource_name_dns_a_record: bool,
    pub resource_name_dns_aaaa_record: bool,
}

/// What a user says of an instance that no state of it depends on, and what its image and its key pair were, which may be gone before it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceAttributes {
    pub disable_api_termination: bool,
    pub disable_api_stop: bool,
    pub shutdown_behavior: ShutdownBehavior,
    pub ebs_optimized: bool,
    pub monitoring: bool,
    /// `None`: as the type has it.
    pub unlimited_credits: Option<bool>,
    pub metadata: MetadataOptions,
    pub hostname: HostnameOptions,
    pub architecture: Architecture,
    pub root_device: String,
    /// In OpenSSH's form.
    pub public_key: Option<String>,
    pub rebooted_at: Option<Timestamp>,
}

impl Default for InstanceAttributes {
    fn default() -> Self {
        Self {
            disable_api_termination: false,
            disable_api_stop: false,
            shutdown_behavior: ShutdownBehavior::Stop,
            ebs_optimized: false,
            monitoring: false,
            unlimited_credits: None,
            metadata: MetadataOptions::default(),
            hostname: HostnameOptions::default(),
            architecture: Architecture::X86_64,
            root_device: "/dev/sda1".to_owned(),
            public_key: None,
            rebooted_at: None,
        }
    }
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
    pub attributes: InstanceAttributes,
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
