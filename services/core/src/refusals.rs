//! Every refusal that a rule of this crate can answer: EC2's code and EC2's words.
//!
//! Clients branch on codes and some of them on messages (a CNI plug-in cuts the id out of the quotes, Cilium looks for
//! "interface attached at device"), so both are interface and live in one place, each code once. The dialect is EC2's; a
//! message that nobody was seen to quote is worded in EC2's manner. Deliberately absent: malformed ids, which are refused
//! where text becomes a type, and failures, which are not answers.

use multihome_types::{
    Address, AddressAssociationId, AllocationId, AttachmentId, Cidr, DeviceIndex, GroupId, InstanceId, InstanceState, InterfaceId,
    InterfacePermissionId, InternetGatewayId, Ipv6Cidr, NatGatewayId, Refusal, ResourceId, RouteTableAssociationId, SubnetId, VpcId, Zone,
};

/// A parameter is well formed and cannot be used: `InvalidParameterValue`.
pub fn invalid_value(message: impl Into<String>) -> Refusal {
    Refusal::new("InvalidParameterValue", message)
}

/// A zone that its region does not have, or a text that names none.
pub fn zone_unknown(text: &str) -> Refusal {
    invalid_value(format!("Invalid availability zone: [{}]", text.chars().take(64).collect::<String>()))
}

/// Parameters that are good alone and not together: `InvalidParameterCombination`.
pub fn invalid_combination(message: impl Into<String>) -> Refusal {
    Refusal::new("InvalidParameterCombination", message)
}

pub fn missing_parameter(message: impl Into<String>) -> Refusal {
    Refusal::new("MissingParameter", message)
}

/// Something EC2 offers and this system does not yet.
pub fn unsupported(message: impl Into<String>) -> Refusal {
    Refusal::new("UnsupportedOperation", message)
}

/// Something else hangs on it: `DependencyViolation`.
pub fn dependency_violation(message: impl Into<String>) -> Refusal {
    Refusal::new("DependencyViolation", message)
}

fn not_permitted(message: impl Into<String>) -> Refusal {
    Refusal::new("OperationNotPermitted", message)
}

fn incorrect_state(message: impl Into<String>) -> Refusal {
    Refusal::new("IncorrectState", message)
}

fn incorrect_instance_state(message: impl Into<String>) -> Refusal {
    Refusal::new("IncorrectInstanceState", message)
}

// What does not exist, or belongs to another account, which a caller must not be able to tell apart.

pub fn interface_not_found(id: InterfaceId) -> Refusal {
    Refusal::new("InvalidNetworkInterfaceID.NotFound", format!("The networkInterface ID '{id}' does not exist"))
}

pub fn instance_not_found(id: InstanceId) -> Refusal {
    instances_not_found(&[id])
}

/// Where a request names several, EC2 names all that are missing, in one pair of quotes.
pub fn instances_not_found(ids: &[InstanceId]) -> Refusal {
    let listed = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let (noun, verb) = if ids.len() == 1 { ("ID", "does") } else { ("IDs", "do") };
    Refusal::new("InvalidInstanceID.NotFound", format!("The instance {noun} '{listed}' {verb} not exist"))
}

pub fn attachment_not_found(id: AttachmentId) -> Refusal {
    Refusal::new("InvalidAttachmentID.NotFound", format!("The attachment ID '{id}' does not exist"))
}

pub fn subnet_not_found(id: SubnetId) -> Refusal {
    Refusal::new("InvalidSubnetID.NotFound", format!("The subnet ID '{id}' does not exist"))
}

pub fn group_not_found(id: GroupId) -> Refusal {
    Refusal::new("InvalidGroup.NotFound", format!("The security group '{id}' does not exist"))
}

pub fn internet_gateway_not_found(id: InternetGatewayId) -> Refusal {
    Refusal::new("InvalidInternetGatewayID.NotFound", format!("The internetGateway ID '{id}' does not exist"))
}

// Attach and detach.

/// By an attach and by a launch alike.
pub fn interface_in_use(id: InterfaceId) -> Refusal {
    Refusal::new("InvalidNetworkInterface.InUse", format!("Interface: [{id}] in use."))
}

pub fn device_index_out_of_range(index: i64) -> Refusal {
    invalid_value(format!("Device index '{index}' is not valid: a network interface is attached at an index from 1 to 31."))
}

/// A text that clients look into: Cilium tries the next index.
pub fn device_index_occupied(instance: InstanceId, index: DeviceIndex) -> Refusal {
    invalid_value(format!("Instance '{instance}' already has an interface attached at device index '{index}'."))
}

pub fn network_card_out_of_range(index: i64, instance_type: &str) -> Refusal {
    invalid_value(format!("Network card index '{index}' is not valid for instance type '{instance_type}', which has one network card, at index 0."))
}

/// Two ids that are each good and cannot be combined, hence this code.
pub fn zones_differ() -> Refusal {
    invalid_combination("You may not attach a network interface to an instance if they are not in the same availability zone")
}

pub fn interface_limit_exceeded(count: usize, instance_type: &str) -> Refusal {
    Refusal::new("AttachmentLimitExceeded", format!("Interface count {count} exceeds the limit for {instance_type}"))
}

pub fn efa_limit_exceeded(count: usize, instance_type: &str) -> Refusal {
    Refusal::new("AttachmentLimitExceeded", format!("EFA interfaces count {count} exceeds allowed limit for {instance_type}"))
}

pub fn efa_needs_stopped(id: InstanceId) -> Refusal {
    incorrect_state(format!("Instance '{id}' is not 'stopped': an Elastic Fabric Adapter is attached and detached while its instance is stopped."))
}

pub fn instance_not_attachable(id: InstanceId) -> Refusal {
    incorrect_state(format!("Instance '{id}' is not 'running' or 'stopped'."))
}

pub fn instance_pending(id: InstanceId) -> Refusal {
    incorrect_state(format!("Instance '{id}' is pending: network interfaces cannot be detached until it runs."))
}

pub fn primary_cannot_be_detached() -> Refusal {
    not_permitted("The network interface at device index 0 and networkCard index 0 cannot be detached.")
}

/// Interfaces and attachments (`ela-attach-…`) that belong to a NAT gateway.
pub fn requester_managed() -> Refusal {
    not_permitted("You are not allowed to manage 'ela-attach' attachments.")
}

// Interfaces.

pub fn interface_not_deletable(id: InterfaceId) -> Refusal {
    invalid_value(format!("Network interface '{id}' is currently in use."))
}

pub fn too_many_groups_at_launch(most: usize) -> Refusal {
    Refusal::new("SecurityGroupsPerInstanceLimitExceeded", format!("The maximum number of security groups per instance, {most}, has been reached."))
}

/// EC2 has a code of its own for this one, next to `InvalidParameterValue`.
pub fn group_in_another_network(group: GroupId, subnet: SubnetId) -> Refusal {
    Refusal::new("InvalidParameter", format!("Security group {group} and subnet {subnet} belong to different networks."))
}

pub fn no_default_group(vpc: VpcId) -> Refusal {
    Refusal::new("InvalidGroup.NotFound", format!("The security group 'default' does not exist in VPC '{vpc}'"))
}

pub fn permission_not_found(id: InterfacePermissionId) -> Refusal {
    Refusal::new("InvalidPermissionID.NotFound", format!("The network interface permission ID '{id}' does not exist"))
}

pub fn permission_given_already(id: InterfacePermissionId) -> Refusal {
    Refusal::new("InvalidPermission.Duplicate", format!("The account has that permission already: {id}"))
}

pub fn permission_in_use(id: InterfacePermissionId, interface: InterfaceId) -> Refusal {
    not_permitted(format!("The permission {id} cannot be deleted while the account that has it uses network interface {interface}."))
}

// Gateways.

pub fn route_table_association_not_found(id: RouteTableAssociationId) -> Refusal {
    Refusal::new("InvalidAssociationID.NotFound", format!("The association ID '{id}' does not exist"))
}

pub fn nat_gateway_not_found(id: NatGatewayId) -> Refusal {
    Refusal::new("NatGatewayNotFound", format!("The Nat Gateway {id} was not found"))
}

/// EC2 has another code where a route names one.
pub fn nat_gateway_of_route_not_found(id: NatGatewayId) -> Refusal {
    Refusal::new("InvalidNatGatewayID.NotFound", format!("The natGateway ID '{id}' does not exist"))
}

pub fn gateway_not_attached(message: impl Into<String>) -> Refusal {
    Refusal::new("Gateway.NotAttached", message)
}

// Addresses and blocks.

pub fn address_outside_subnet() -> Refusal {
    invalid_value("Address does not fall within the subnet's address range")
}

pub fn address_reserved() -> Refusal {
    invalid_value("Address is in subnet's reserved address range")
}

pub fn address_in_use(address: Address) -> Refusal {
    Refusal::new("InvalidIPAddress.InUse", format!("Address {address} is in use."))
}

pub fn prefix_in_use(prefix: Cidr) -> Refusal {
    Refusal::new("InvalidIPAddress.InUse", format!("The IPv4 prefix {prefix}, or an address in it, is in use."))
}

pub fn subnet_full() -> Refusal {
    Refusal::new("InsufficientFreeAddressesInSubnet", "The specified subnet does not have enough free addresses to satisfy the request.")
}

pub fn prefix_length_invalid(prefix: Cidr) -> Refusal {
    invalid_value(format!("The IPv4 prefix '{prefix}' is not valid: it must be a /28 block"))
}

pub fn prefix_outside_subnet(prefix: Cidr) -> Refusal {
    invalid_value(format!("The IPv4 prefix '{prefix}' does not fall within the subnet's address range"))
}

/// Network plug-ins look for this code, and take another subnet.
pub fn no_free_prefix() -> Refusal {
    Refusal::new("InsufficientCidrBlocks", "The specified subnet does not have enough free cidr blocks to satisfy the request.")
}

/// Of an interface that would have more than its instance's type allows.
pub fn address_limit_exceeded() -> Refusal {
    Refusal::new("PrivateIpAddressLimitExceeded", "Number of private addresses will exceed limit.")
}

/// As [`address_limit_exceeded`], of IPv6.
pub fn ipv6_limit_exceeded() -> Refusal {
    Refusal::new("PrivateIpAddressLimitExceeded", "Number of IPv6 addresses will exceed limit.")
}

pub fn subnet_without_ipv6(subnet: SubnetId) -> Refusal {
    invalid_value(format!("The subnet '{subnet}' does not have an IPv6 CIDR block"))
}

pub fn ipv6_prefix_invalid(prefix: Ipv6Cidr) -> Refusal {
    invalid_value(format!("The IPv6 prefix '{prefix}' is not valid: it must be a /80 block of the subnet"))
}

pub fn subnet_block_in_use(block: Ipv6Cidr) -> Refusal {
    dependency_violation(format!("Network interfaces have addresses of the block '{block}'"))
}

/// An address or a prefix.
pub fn ipv6_in_use(value: &str) -> Refusal {
    Refusal::new("InvalidIPAddress.InUse", format!("{value}, or a part of it, is in use."))
}

/// As [`address_limit_exceeded`], of a launch.
pub fn address_limit_exceeded_at_launch(instance_type: &str) -> Refusal {
    let message = format!("The number of IPv4 addresses of a network interface exceeds the limit for {instance_type}.");
    Refusal::new("InvalidInterface.IpAddressLimitExceeded", message)
}

pub fn already_assigned(address: Address) -> Refusal {
    Refusal::new("Resource.AlreadyAssigned", format!("The private IP address {address} is already assigned to a resource."))
}

pub fn primary_not_unassignable(address: Address) -> Refusal {
    invalid_value(format!("{address} is the primary private IP address of the network interface, which cannot be unassigned"))
}

pub fn vpc_block_invalid(cidr: Cidr) -> Refusal {
    Refusal::new("InvalidVpc.Range", format!("The CIDR '{cidr}' is invalid."))
}

pub fn subnet_block_invalid(cidr: Cidr) -> Refusal {
    Refusal::new("InvalidSubnet.Range", format!("The CIDR '{cidr}' is invalid."))
}

pub fn subnet_block_conflicts(cidr: Cidr) -> Refusal {
    Refusal::new("InvalidSubnet.Conflict", format!("The CIDR '{cidr}' conflicts with another subnet"))
}

// Public addresses. The texts of ids, because a malformed one names nothing and has no code of its own.

pub fn allocation_not_found(id: &str) -> Refusal {
    Refusal::new("InvalidAllocationID.NotFound", format!("The allocation ID '{id}' does not exist"))
}

pub fn association_not_found(id: &str) -> Refusal {
    Refusal::new("InvalidAssociationID.NotFound", format!("The association ID '{id}' does not exist"))
}

pub fn public_address_not_found(address: &str) -> Refusal {
    Refusal::new("InvalidAddress.NotFound", format!("Address '{address}' not found."))
}

pub fn public_address_malformed(text: &str) -> Refusal {
    Refusal::new("InvalidAddress.Malformed", format!("Invalid address: '{text}' is not an IPv4 address such as 203.0.113.25."))
}

/// Where EC2 says what an interface does not have, it says it in the plural.
pub fn not_assigned(address: Address, interface: InterfaceId) -> Refusal {
    some_not_assigned(&[address.to_string()], interface)
}

pub fn some_not_assigned(values: &[String], interface: InterfaceId) -> Refusal {
    invalid_value(format!("Some of [{}] are not assigned to interface {interface}", values.join(", ")))
}

/// Nothing outside reaches the VPC.
pub fn no_internet_gateway(vpc: VpcId) -> Refusal {
    gateway_not_attached(format!("Network {vpc} is not attached to any internet gateway"))
}

/// The address leads somewhere else.
pub fn already_associated(allocation: AllocationId, association: AddressAssociationId) -> Refusal {
    Refusal::new("Resource.AlreadyAssociated", format!("resource {allocation} is already associated with associate-id {association}"))
}

/// Another address leads there.
pub fn already_reached(interface: InterfaceId, private: Address, public: Address) -> Refusal {
    let message = format!("resource {interface} and {private} is already associated with public address {public}");
    Refusal::new("Resource.AlreadyAssociated", message)
}

/// Terraform looks for "pending instance", and tries again.
pub fn instance_not_valid(id: InstanceId, state: InstanceState) -> Refusal {
    Refusal::new("InvalidInstanceID", format!("The {state} instance '{id}' is not in a valid state for this operation."))
}

/// As [`instance_not_valid`], where the request names the interface.
pub fn instance_not_in_state_for_address(id: InstanceId, state: InstanceState) -> Refusal {
    incorrect_instance_state(format!("The {state} instance '{id}' is not in a valid state for this operation."))
}

/// What the cloud has under an account's name, and manages itself.
pub fn no_permission() -> Refusal {
    Refusal::new("AuthFailure", "You do not have permission to access the specified resource.")
}

pub fn public_addresses_exhausted() -> Refusal {
    Refusal::new("InsufficientAddressCapacity", "There are not enough public addresses available to satisfy the request.")
}

// Instances.

pub fn instance_cannot_be_modified(id: InstanceId, state: InstanceState) -> Refusal {
    incorrect_instance_state(format!("The {state} instance '{id}' is not in a state from which it can be modified."))
}

pub fn instance_not_stopped(id: InstanceId) -> Refusal {
    incorrect_instance_state(format!("The instance '{id}' is not in the 'stopped' state."))
}

pub fn instance_not_running(id: InstanceId) -> Refusal {
    incorrect_instance_state(format!("The instance '{id}' is not in the 'running' state."))
}

pub fn several_interfaces(id: InstanceId) -> Refusal {
    let message = format!("There are multiple interfaces attached to instance '{id}'. Please specify an interface ID for the operation instead.");
    invalid_instance(message)
}

/// `done` is `terminated` or `stopped`.
pub fn instance_protected(id: InstanceId, done: &str, attribute: &str) -> Refusal {
    not_permitted(format!("The instance '{id}' may not be {done}. Modify its '{attribute}' instance attribute and try again."))
}

pub fn cannot_be_started(id: InstanceId) -> Refusal {
    incorrect_instance_state(format!("The instance '{id}' is not in a state from which it can be started."))
}

pub fn cannot_be_stopped(id: InstanceId) -> Refusal {
    incorrect_instance_state(format!("This instance '{id}' is not in a state from which it can be stopped."))
}

pub fn never_reached_running(id: InstanceId) -> Refusal {
    incorrect_instance_state(format!("Instance '{id}' cannot be stopped as it has never reached the 'running' state."))
}

pub fn no_default_vpc() -> Refusal {
    Refusal::new("VPCIdNotSpecified", "No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.")
}

pub fn no_default_subnet(vpc: VpcId) -> Refusal {
    Refusal::new("MissingInput", format!("No subnets found for the default VPC '{vpc}'. Please specify a subnet."))
}

pub fn no_capacity(instance_type: &str, zone: Zone) -> Refusal {
    let message = format!("We currently do not have sufficient {instance_type} capacity in the Availability Zone you requested ({zone}).");
    Refusal::new("InsufficientInstanceCapacity", message)
}

pub fn too_many_instances(asked: i64, limit: i64) -> Refusal {
    let message =
        format!("You have requested more instances ({asked}) than your current instance limit of {limit} allows for the specified instance type.");
    Refusal::new("InstanceLimitExceeded", message)
}

/// Of an instance that is there, and cannot stand for its interface.
pub fn invalid_instance(message: impl Into<String>) -> Refusal {
    Refusal::new("InvalidInstanceID", message)
}

pub fn instance_type_unknown(name: &str) -> Refusal {
    invalid_value(format!("Invalid value '{name}' for InstanceType."))
}

/// The prefix of attachments that are the system's own to manage, which no [`AttachmentId`] has.
pub const ELASTIC_ATTACHMENT_PREFIX: &str = "ela-attach-";

/// What the door answers to a text that is not an attachment id: the one that names a NAT gateway's attachment is
/// well formed, only not the caller's to manage.
pub fn attachment_id_refused(text: &str) -> Refusal {
    if text.starts_with(ELASTIC_ATTACHMENT_PREFIX) {
        requester_managed()
    } else {
        Refusal::new("InvalidNetworkInterfaceAttachmentId.Malformed", format!("Invalid id: \"{text}\" (expecting \"{}-...\")", AttachmentId::PREFIX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_that_clients_look_into_are_ec2s() {
        assert_eq!(
            interface_not_found("eni-a2f151a8".parse().unwrap()).to_string(),
            "InvalidNetworkInterfaceID.NotFound: The networkInterface ID 'eni-a2f151a8' does not exist"
        );
        let ids: [InstanceId; 2] = ["i-0f5d8ccc", "i-05a2b7d8"].map(|id| id.parse().unwrap());
        assert_eq!(instance_not_found(ids[1]).to_string(), "InvalidInstanceID.NotFound: The instance ID 'i-05a2b7d8' does not exist");
        assert_eq!(instances_not_found(&ids).to_string(), "InvalidInstanceID.NotFound: The instance IDs 'i-0f5d8ccc, i-05a2b7d8' do not exist");
        assert!(
            device_index_occupied("i-1b5c4503".parse().unwrap(), DeviceIndex(1))
                .message
                .contains("already has an interface attached at device index '1'.")
        );
    }

    #[test]
    fn an_attachment_of_a_nat_gateway_is_not_malformed() {
        assert_eq!(attachment_id_refused("ela-attach-01234567").code, "OperationNotPermitted");
        assert_eq!(attachment_id_refused("eni-attach-0123").code, "InvalidNetworkInterfaceAttachmentId.Malformed");
    }
}
