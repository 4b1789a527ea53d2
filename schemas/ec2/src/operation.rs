//! The list of operations: the only place where an action is named.
//!
//! [`Operation`] has a variant for each, so a dispatcher that matches on it cannot forget one.

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Ec2Error, EncodeError, Parameters, absent::*, account_attribute::*, address::*, availability_zone::*, dhcp_options::*, image::*, instance::*,
    instance_type::*, interface_address::*, interface_ipv6::*, internet_gateway::*, key_pair::*, nat_gateway::*, network_acl::*,
    network_interface::*, network_interface_attribute::*, network_interface_permission::*, region::*, route_table::*, security_group::*,
    security_group_rule::*, subnet::*, tag::*, vpc::*, xml,
};

/// A request: what it is called, and what answers it.
pub trait Request: DeserializeOwned {
    /// The action, as on the wire.
    const ACTION: &'static str;
    /// The body of the answer, between `requestId` and the end.
    type Reply: Serialize;

    /// Whether the caller only wants to know if it may. Answered with [`Ec2Error::dry_run`] before any effect.
    fn dry_run(&self) -> bool;
}

/// The answer of operations that have nothing to say but that it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Return {
    #[serde(rename = "return")]
    pub done: bool,
}

impl Return {
    pub const DONE: Self = Self { done: true };
}

/// The body of a successful answer to `R`.
///
/// # Errors
/// A reply type without a form in this protocol; no value causes one.
pub fn encode_reply<R: Request>(reply: &R::Reply, request_id: &str) -> Result<String, EncodeError> {
    xml::encode(R::ACTION, request_id, reply)
}

macro_rules! operations {
    ($($request:ident => $reply:ty,)*) => {
        /// A decoded request of any operation.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Operation {
            $($request($request),)*
        }

        impl Operation {
            /// Every action, in the order of the list.
            pub const ACTIONS: &'static [&'static str] = &[$($request::ACTION,)*];

            /// Finds the operation and decodes its request.
            ///
            /// # Errors
            /// `InvalidAction`, or what [`Parameters::decode`] refuses.
            pub fn decode(parameters: &Parameters<'_>) -> Result<Self, Ec2Error> {
                match parameters.action() {
                    $($request::ACTION => parameters.decode().map(Self::$request),)*
                    action => Err(Ec2Error::invalid_action(action)),
                }
            }

            /// The action, as on the wire.
            pub fn action(&self) -> &'static str {
                match self {
                    $(Self::$request(_) => $request::ACTION,)*
                }
            }

            /// See [`Request::dry_run`].
            pub fn dry_run(&self) -> bool {
                match self {
                    $(Self::$request(request) => request.dry_run,)*
                }
            }
        }

        $(impl Request for $request {
            const ACTION: &'static str = stringify!($request);
            type Reply = $reply;

            fn dry_run(&self) -> bool {
                self.dry_run
            }
        })*
    };
}

operations! {
    AllocateAddress => AllocateAddressReply,
    AssignIpv6Addresses => AssignIpv6AddressesReply,
    AssignPrivateIpAddresses => AssignPrivateIpAddressesReply,
    AssociateAddress => AssociateAddressReply,
    AssociateDhcpOptions => Return,
    AssociateRouteTable => AssociateRouteTableReply,
    AssociateSubnetCidrBlock => SubnetCidrBlockReply,
    AssociateVpcCidrBlock => VpcCidrBlockReply,
    AttachInternetGateway => Return,
    AttachNetworkInterface => AttachNetworkInterfaceReply,
    AuthorizeSecurityGroupEgress => AuthorizeSecurityGroupReply,
    AuthorizeSecurityGroupIngress => AuthorizeSecurityGroupReply,
    CreateDefaultSubnet => CreateSubnetReply,
    CreateDefaultVpc => CreateVpcReply,
    CreateDhcpOptions => CreateDhcpOptionsReply,
    CreateInternetGateway => CreateInternetGatewayReply,
    CreateNetworkAcl => CreateNetworkAclReply,
    CreateNetworkAclEntry => Return,
    CreateNatGateway => CreateNatGatewayReply,
    CreateKeyPair => CreateKeyPairReply,
    CreateNetworkInterface => CreateNetworkInterfaceReply,
    CreateNetworkInterfacePermission => CreateNetworkInterfacePermissionReply,
    CreateRoute => Return,
    CreateRouteTable => CreateRouteTableReply,
    CreateSecurityGroup => CreateSecurityGroupReply,
    CreateSubnet => CreateSubnetReply,
    CreateTags => Return,
    CreateVpc => CreateVpcReply,
    DeleteDhcpOptions => Return,
    DeleteInternetGateway => Return,
    DeleteNetworkAcl => Return,
    DeleteNetworkAclEntry => Return,
    DeleteNatGateway => DeleteNatGatewayReply,
    DeleteKeyPair => DeleteKeyPairReply,
    DeleteNetworkInterface => Return,
    DeleteNetworkInterfacePermission => Return,
    DeleteSecurityGroup => DeleteSecurityGroupReply,
    DeleteSubnet => Return,
    DeleteTags => Return,
    DeleteVpc => Return,
    DescribeAccountAttributes => DescribeAccountAttributesReply,
    DeleteRoute => Return,
    DeleteRouteTable => Return,
    DescribeAddresses => DescribeAddressesReply,
    DescribeAddressesAttribute => DescribeAddressesAttributeReply,
    DescribeAvailabilityZones => DescribeAvailabilityZonesReply,
    DescribeDhcpOptions => DescribeDhcpOptionsReply,
    DescribeInstanceAttribute => DescribeInstanceAttributeReply,
    DescribeIamInstanceProfileAssociations => DescribeIamInstanceProfileAssociationsReply,
    DescribeInstanceCreditSpecifications => DescribeInstanceCreditSpecificationsReply,
    DescribeInstanceStatus => DescribeInstanceStatusReply,
    DescribeInstanceTypeOfferings => DescribeInstanceTypeOfferingsReply,
    DescribeInstanceTypes => DescribeInstanceTypesReply,
    DescribeInstances => DescribeInstancesReply,
    DescribeInternetGateways => DescribeInternetGatewaysReply,
    DescribeNetworkAcls => DescribeNetworkAclsReply,
    DescribeNatGateways => DescribeNatGatewaysReply,
    DescribeNetworkInterfaceAttribute => DescribeNetworkInterfaceAttributeReply,
    DescribeNetworkInterfacePermissions => DescribeNetworkInterfacePermissionsReply,
    DeregisterImage => Return,
    DescribeImages => DescribeImagesReply,
    DescribeKeyPairs => DescribeKeyPairsReply,
    DescribeNetworkInterfaces => DescribeNetworkInterfacesReply,
    DescribeRegions => DescribeRegionsReply,
    DescribeRouteTables => DescribeRouteTablesReply,
    DescribeSecurityGroupRules => DescribeSecurityGroupRulesReply,
    DescribeSecurityGroups => DescribeSecurityGroupsReply,
    DescribeSubnets => DescribeSubnetsReply,
    DescribeTags => DescribeTagsReply,
    DescribeVpcAttribute => DescribeVpcAttributeReply,
    DescribeVolumes => DescribeVolumesReply,
    DescribeVpcs => DescribeVpcsReply,
    DetachInternetGateway => Return,
    DetachNetworkInterface => Return,
    GetSecurityGroupsForVpc => GetSecurityGroupsForVpcReply,
    DisassociateAddress => Return,
    DisassociateRouteTable => Return,
    ImportKeyPair => ImportKeyPairReply,
    ModifyInstanceAttribute => Return,
    ModifyInstanceCreditSpecification => ModifyInstanceCreditSpecificationReply,
    ModifyInstanceMetadataOptions => ModifyInstanceMetadataOptionsReply,
    DisassociateSubnetCidrBlock => SubnetCidrBlockReply,
    DisassociateVpcCidrBlock => VpcCidrBlockReply,
    ModifyInstanceTypeAttribute => ModifyInstanceTypeAttributeReply,
    ModifyNetworkInterfaceAttribute => Return,
    ModifySecurityGroupRules => Return,
    ModifySubnetAttribute => Return,
    ModifyVpcAttribute => Return,
    MonitorInstances => InstanceMonitorings,
    RebootInstances => Return,
    RegisterImage => RegisterImageReply,
    ReleaseAddress => Return,
    ResetNetworkInterfaceAttribute => Return,
    RevokeSecurityGroupEgress => RevokeSecurityGroupReply,
    RevokeSecurityGroupIngress => RevokeSecurityGroupReply,
    ReplaceNetworkAclAssociation => ReplaceNetworkAclAssociationReply,
    ReplaceNetworkAclEntry => Return,
    ReplaceRoute => Return,
    ReplaceRouteTableAssociation => ReplaceRouteTableAssociationReply,
    ResetInstanceAttribute => Return,
    RunInstances => Reservation,
    StartInstances => InstanceStateChanges,
    StopInstances => InstanceStateChanges,
    TerminateInstances => InstanceStateChanges,
    UnassignIpv6Addresses => UnassignIpv6AddressesReply,
    UnassignPrivateIpAddresses => Return,
    UnmonitorInstances => InstanceMonitorings,
    UpdateSecurityGroupRuleDescriptionsEgress => Return,
    UpdateSecurityGroupRuleDescriptionsIngress => Return,
}
