//! From a request to an answer, in EC2's order: signature, action, version, throttle, parameters, permission, dry run, and then the operation.
//! A request whose signature is scoped to STS is answered as STS does ([`sts`]).

use std::{
    collections::BTreeSet,
    error::Error,
    pin::Pin,
    sync::{PoisonError, RwLock},
    time::Instant,
};

use multihome_core::regions;
use multihome_ec2::{
    Ec2Error, Operation, Parameters, absent::*, account_attribute::*, address::*, availability_zone::*, dhcp_options::*, encode_reply, image::*,
    instance::*, instance_type::*, interface_address::*, interface_ipv6::*, internet_gateway::*, key_pair::*, nat_gateway::*, network_acl::*,
    network_interface::*, network_interface_attribute::*, network_interface_permission::*, region::*, route_table::*, security_group::*,
    security_group_rule::*, sts, subnet::*, tag::*, vpc::*,
};
use multihome_entities::cluster;
use multihome_runtime::trace::TraceContext;
use multihome_types::{AccountId, Region, Timestamp};
use tracing::{Instrument, field::Empty};

use crate::{
    Api,
    accounts::Keyring,
    call::Call,
    callers::{Caller, Callers},
    fault::Fault,
    http::Answer,
    operations as op,
    signature::{self, SignedRequest},
    throttle::Throttle,
};

const SERVICES: &[&str] = &["ec2", sts::SERVICE];

/// Who calls has no region: STS has one endpoint for all, and what is sent to that is signed for here.
const GLOBAL_STS_REGION: &str = "us-east-1";

/// The versions of the interface whose requests this one understands: VPCs came with the first of them.
const OLDEST_VERSION: &str = "2011-07-15";
const NEWEST_VERSION: &str = "2016-11-15";

/// What only operators may do: it changes the cloud for every account.
const OPERATORS_ONLY: &[&str] = &["ModifyInstanceTypeAttribute"];

/// The api, and what the door has learnt of the cloud behind it.
pub(crate) struct Door {
    pub(crate) api: Api,
    callers: Callers,
    throttle: Throttle,
    /// The regions of the clusters that were registered when somebody last asked for an unknown one.
    regions: RwLock<BTreeSet<Region>>,
}

impl Door {
    pub(crate) fn new(api: Api, keyring: Option<Keyring>) -> Self {
        let throttle = Throttle::new(api.settings.throttling);
        Self { api, callers: Callers::new(keyring), throttle, regions: RwLock::default() }
    }

    async fn is_region(&self, region: Region) -> Result<bool, Fault> {
        let given = &self.api.settings.regions;
        if !given.is_empty() {
            return Ok(given.contains(&region));
        }
        if self.api.embedded.is_some() && regions::is_known(region) {
            return Ok(true);
        }
        if self.regions.read().unwrap_or_else(PoisonError::into_inner).contains(&region) {
            return Ok(true);
        }
        let regions: BTreeSet<Region> = cluster::all(self.api.store.reader()).await?.into_iter().map(|cluster| cluster.region).collect();
        let known = regions.contains(&region);
        *self.regions.write().unwrap_or_else(PoisonError::into_inner) = regions;
        Ok(known)
    }
}

/// Answers a request. Whatever goes wrong is an answer too; a failure is logged here and nowhere else.
pub(crate) async fn answer(door: &Door, request: &SignedRequest<'_>, request_id: &str, now: Timestamp) -> Answer {
    let trace = TraceContext::start();
    let span = tracing::info_span!("request", action = Empty, account = Empty, duration_ms = Empty, trace.id = trace.trace_id());
    let work = async {
        let begun = Instant::now();
        let answer = match perform(door, request, request_id, now).await {
            Ok(body) => Answer { status: 200, body },
            Err(Fault::Refused(error)) => {
                tracing::debug!(code = %error.code, "Refused: {}", error.message);
                refuse(request, error, request_id)
            }
            Err(Fault::Failed(why)) => {
                tracing::error!(request.id = request_id, error = chain(why.as_ref()), "A request failed");
                refuse(request, Ec2Error::internal(), request_id)
            }
        };
        tracing::Span::current().record("duration_ms", begun.elapsed().as_secs_f64() * 1e3);
        tracing::debug!(status = answer.status, "Answered");
        answer
    };
    trace.scope(work.instrument(span)).await
}

/// What is refused is refused in the words of the service that it was meant for.
fn refuse(request: &SignedRequest<'_>, error: Ec2Error, request_id: &str) -> Answer {
    if signature::is_scoped_to(request, sts::SERVICE) {
        Answer::sts_refusal(&error.in_sts(), request_id)
    } else {
        Answer::refusal(&error, request_id)
    }
}

async fn perform(door: &Door, request: &SignedRequest<'_>, request_id: &str, now: Timestamp) -> Result<String, Fault> {
    let Caller { account, credential } = door.callers.authenticate(&door.api, request, SERVICES, now).await?;
    let span = tracing::Span::current();
    span.record("account", tracing::field::display(account));
    if credential.service == sts::SERVICE {
        if credential.region != GLOBAL_STS_REGION {
            served_region(door, &credential.region).await?;
        }
        return perform_sts(account, &credential.region, request, request_id);
    }
    let region = served_region(door, &credential.region).await?;
    let call = Call { account, region, request_id: request_id.to_owned(), now };
    if let Some(embedded) = &door.api.embedded {
        embedded.meet(&door.api.store, &call).await?;
    }
    let parameters = Parameters::parse(request.query, request.body)?;
    let action = known_action(parameters.action())?;
    span.record("action", action);
    check_version(parameters.version())?;
    door.throttle.admit((call.account, call.region), action, !parameters.is_bare(), Instant::now())?;
    let mut operation = Operation::decode(&parameters)?;
    check_permission(&door.api, &call, action)?;
    // Of a launch it is only known in the end what it would come to; it says so by itself.
    if operation.dry_run() && !matches!(operation, Operation::RunInstances(_)) {
        return Err(Ec2Error::dry_run().into());
    }
    // An operation is one transaction, or a request to another service: what the database undid has left nothing behind.
    for _ in 0..op::ATTEMPTS {
        let work = async {
            op::ensure_default_vpc(&door.api, &call).await?;
            run(&door.api, &call, operation).await
        };
        match work.await {
            Err(fault) if fault.is_undone() => operation = Operation::decode(&parameters)?,
            done => return done,
        }
    }
    Err(op::contended())
}

/// The region that the client wants to talk to, if it is one of those here.
async fn served_region(door: &Door, name: &str) -> Result<Region, Fault> {
    if let Ok(region) = name.parse::<Region>()
        && door.is_region(region).await?
    {
        return Ok(region);
    }
    Err(Ec2Error::new("SignatureDoesNotMatch", format!("Credential should be scoped to a valid region, not '{name}'.")).into())
}

/// Every key acts for its account as a whole, as the root user of EC2's does.
fn perform_sts(account: AccountId, region: &str, request: &SignedRequest<'_>, request_id: &str) -> Result<String, Fault> {
    let parameters = Parameters::parse(request.query, request.body)?;
    match sts::StsOperation::decode(&parameters)? {
        sts::StsOperation::GetCallerIdentity => {
            tracing::Span::current().record("action", "GetCallerIdentity");
            let partition = region.parse().map_or("aws", regions::partition);
            let identity = sts::CallerIdentity {
                arn: format!("arn:{partition}:iam::{account}:root"),
                user_id: account.to_string(),
                account: account.to_string(),
            };
            Ok(sts::encode_caller_identity(&identity, request_id)?)
        }
    }
}

fn known_action(action: &str) -> Result<&'static str, Ec2Error> {
    Operation::ACTIONS.iter().copied().find(|known| *known == action).ok_or_else(|| Ec2Error::invalid_action(action))
}

/// Versions are dates, and compare as texts.
fn check_version(version: &str) -> Result<(), Ec2Error> {
    let is_date = version.len() == NEWEST_VERSION.len() && version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if is_date && (OLDEST_VERSION..=NEWEST_VERSION).contains(&version) {
        return Ok(());
    }
    let shown: String = version.chars().take(32).collect();
    Err(Ec2Error::new("NoSuchVersion", format!("The requested version ({shown}) of service AmazonEC2 does not exist")))
}

fn check_permission(api: &Api, call: &Call, action: &str) -> Result<(), Ec2Error> {
    if OPERATORS_ONLY.contains(&action) && !api.settings.is_operator(call.account) {
        return Err(Ec2Error::new("UnauthorizedOperation", "You are not authorized to perform this operation."));
    }
    Ok(())
}

/// Every operation and the function that performs it. Boxed, so that the future of a request has the size of what it does and not of the
/// largest thing it could do.
macro_rules! perform {
    ($api:ident, $call:ident, $operation:ident: $($request:ident => $function:ident,)*) => {
        match $operation {
            $(Operation::$request(request) => Box::pin(async move {
                let reply = op::$function($api, $call, request).await?;
                Ok(encode_reply::<$request>(&reply, &$call.request_id)?)
            }),)*
        }
    };
}

type Work<'a> = Pin<Box<dyn Future<Output = Result<String, Fault>> + Send + 'a>>;

fn run<'a>(api: &'a Api, call: &'a Call, operation: Operation) -> Work<'a> {
    perform! { api, call, operation:
        AllocateAddress => allocate_address,
        AssignIpv6Addresses => assign_ipv6_addresses,
        AssignPrivateIpAddresses => assign_private_ip_addresses,
        AssociateAddress => associate_address,
        AssociateDhcpOptions => associate_dhcp_options,
        AssociateRouteTable => associate_route_table,
        AssociateSubnetCidrBlock => associate_subnet_cidr_block,
        AssociateVpcCidrBlock => associate_vpc_cidr_block,
        AttachInternetGateway => attach_internet_gateway,
        AttachNetworkInterface => attach_network_interface,
        AuthorizeSecurityGroupEgress => authorize_security_group_egress,
        AuthorizeSecurityGroupIngress => authorize_security_group_ingress,
        CreateDefaultSubnet => create_default_subnet,
        CreateDefaultVpc => create_default_vpc,
        CreateDhcpOptions => create_dhcp_options,
        CreateInternetGateway => create_internet_gateway,
        CreateNetworkAcl => create_network_acl,
        CreateNetworkAclEntry => create_network_acl_entry,
        CreateNatGateway => create_nat_gateway,
        CreateKeyPair => create_key_pair,
        CreateNetworkInterface => create_network_interface,
        CreateNetworkInterfacePermission => create_network_interface_permission,
        CreateRoute => create_route,
        CreateRouteTable => create_route_table,
        CreateSecurityGroup => create_security_group,
        CreateSubnet => create_subnet,
        CreateTags => create_tags,
        CreateVpc => create_vpc,
        DeleteDhcpOptions => delete_dhcp_options,
        DeleteInternetGateway => delete_internet_gateway,
        DeleteNetworkAcl => delete_network_acl,
        DeleteNetworkAclEntry => delete_network_acl_entry,
        DeleteNatGateway => delete_nat_gateway,
        DeleteKeyPair => delete_key_pair,
        DeleteNetworkInterface => delete_network_interface,
        DeleteNetworkInterfacePermission => delete_network_interface_permission,
        DeleteSecurityGroup => delete_security_group,
        DeleteSubnet => delete_subnet,
        DeleteVpc => delete_vpc,
        DeleteTags => delete_tags,
        DescribeAccountAttributes => describe_account_attributes,
        DeleteRoute => delete_route,
        DeleteRouteTable => delete_route_table,
        DescribeAddresses => describe_addresses,
        DescribeAddressesAttribute => describe_addresses_attribute,
        DescribeAvailabilityZones => describe_availability_zones,
        DescribeDhcpOptions => describe_dhcp_options,
        DescribeInstanceAttribute => describe_instance_attribute,
        DescribeIamInstanceProfileAssociations => describe_iam_instance_profile_associations,
        DescribeInstanceCreditSpecifications => describe_instance_credit_specifications,
        DescribeInstanceStatus => describe_instance_status,
        DescribeInstanceTypeOfferings => describe_instance_type_offerings,
        DescribeInstanceTypes => describe_instance_types,
        DescribeInstances => describe_instances,
        DescribeInternetGateways => describe_internet_gateways,
        DescribeNetworkAcls => describe_network_acls,
        DescribeNatGateways => describe_nat_gateways,
        DescribeNetworkInterfaceAttribute => describe_network_interface_attribute,
        DescribeNetworkInterfacePermissions => describe_network_interface_permissions,
        DeregisterImage => deregister_image,
        DescribeImages => describe_images,
        DescribeKeyPairs => describe_key_pairs,
        DescribeNetworkInterfaces => describe_network_interfaces,
        DescribeRegions => describe_regions,
        DescribeRouteTables => describe_route_tables,
        DescribeSecurityGroupRules => describe_security_group_rules,
        DescribeSecurityGroups => describe_security_groups,
        DescribeSubnets => describe_subnets,
        DescribeTags => describe_tags,
        DescribeVpcAttribute => describe_vpc_attribute,
        DescribeVolumes => describe_volumes,
        DescribeVpcs => describe_vpcs,
        DetachInternetGateway => detach_internet_gateway,
        DetachNetworkInterface => detach_network_interface,
        GetSecurityGroupsForVpc => get_security_groups_for_vpc,
        DisassociateAddress => disassociate_address,
        DisassociateRouteTable => disassociate_route_table,
        ImportKeyPair => import_key_pair,
        ModifyInstanceAttribute => modify_instance_attribute,
        ModifyInstanceCreditSpecification => modify_instance_credit_specification,
        ModifyInstanceMetadataOptions => modify_instance_metadata_options,
        DisassociateSubnetCidrBlock => disassociate_subnet_cidr_block,
        DisassociateVpcCidrBlock => disassociate_vpc_cidr_block,
        ModifyInstanceTypeAttribute => modify_instance_type_attribute,
        ModifyNetworkInterfaceAttribute => modify_network_interface_attribute,
        ModifySubnetAttribute => modify_subnet_attribute,
        ModifyVpcAttribute => modify_vpc_attribute,
        ModifySecurityGroupRules => modify_security_group_rules,
        MonitorInstances => monitor_instances,
        RebootInstances => reboot_instances,
        RegisterImage => register_image,
        ReleaseAddress => release_address,
        ResetNetworkInterfaceAttribute => reset_network_interface_attribute,
        RevokeSecurityGroupEgress => revoke_security_group_egress,
        RevokeSecurityGroupIngress => revoke_security_group_ingress,
        ReplaceNetworkAclAssociation => replace_network_acl_association,
        ReplaceNetworkAclEntry => replace_network_acl_entry,
        ReplaceRoute => replace_route,
        ReplaceRouteTableAssociation => replace_route_table_association,
        ResetInstanceAttribute => reset_instance_attribute,
        RunInstances => run_instances,
        StartInstances => start_instances,
        StopInstances => stop_instances,
        TerminateInstances => terminate_instances,
        UnassignIpv6Addresses => unassign_ipv6_addresses,
        UnassignPrivateIpAddresses => unassign_private_ip_addresses,
        UnmonitorInstances => unmonitor_instances,
        UpdateSecurityGroupRuleDescriptionsEgress => update_security_group_rule_descriptions_egress,
        UpdateSecurityGroupRuleDescriptionsIngress => update_security_group_rule_descriptions_ingress,
    }
}

/// An error and what lies under it, in one line.
fn chain(error: &(dyn Error + 'static)) -> String {
    std::iter::successors(Some(error), |error| (*error).source()).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
