//! Internet gateways: when one may be attached, detached and deleted.
//!
//! A gateway is attached to one VPC or to none, and a VPC has one or none; the schema holds that for calls that race. What a gateway
//! does to routes is [`crate::route`]'s. Deliberately absent: states in between. Attaching is one write, and what follows from it is
//! the broadcast's.

use multihome_types::{InternetGateway, Refusal, VpcId};

use crate::refusals;

/// AttachInternetGateway. `present` is the gateway that the VPC has already.
pub fn admit_attach(gateway: &InternetGateway, vpc: VpcId, present: Option<&InternetGateway>) -> Result<(), Refusal> {
    if let Some(attached_to) = gateway.vpc {
        return Err(Refusal::new("Resource.AlreadyAssociated", format!("resource {} is already attached to network {attached_to}", gateway.id)));
    }
    match present {
        Some(_) => Err(refusals::invalid_value(format!("Network {vpc} already has an internet gateway attached"))),
        None => Ok(()),
    }
}

/// DetachInternetGateway. `mapped` is whether an interface of the VPC has a public address, which leads nowhere without a gateway.
pub fn admit_detach(gateway: &InternetGateway, vpc: VpcId, mapped: bool) -> Result<(), Refusal> {
    if gateway.vpc != Some(vpc) {
        return Err(refusals::gateway_not_attached(format!("resource {} is not attached to network {vpc}", gateway.id)));
    }
    if mapped {
        return Err(refusals::dependency_violation(format!(
            "Network {vpc} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway."
        )));
    }
    Ok(())
}

/// DeleteInternetGateway.
pub fn admit_delete(gateway: &InternetGateway) -> Result<(), Refusal> {
    match gateway.vpc {
        Some(vpc) => {
            let message = format!("The internetGateway '{}' has dependencies and cannot be deleted. It is still attached to: {vpc}", gateway.id);
            Err(refusals::dependency_violation(message))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use multihome_types::{AccountId, Generation, Timestamp};

    use super::*;

    fn vpcs() -> [VpcId; 2] {
        ["vpc-00000001", "vpc-00000002"].map(|id| id.parse().unwrap())
    }

    fn gateway(vpc: Option<VpcId>) -> InternetGateway {
        InternetGateway {
            id: "igw-993ae7e7".parse().unwrap(),
            account: AccountId::default(),
            region: "home".parse().unwrap(),
            vpc,
            created: Timestamp(0),
            generation: Generation::FIRST,
        }
    }

    fn code(result: Result<(), Refusal>) -> String {
        result.err().map(|refusal| refusal.code.into_owned()).unwrap_or_default()
    }

    #[test]
    fn a_gateway_and_a_vpc_have_at_most_each_other() {
        let [one, other] = vpcs();
        let beside = gateway(Some(one));
        for (gateway, present, expected) in [
            (gateway(None), None, ""),
            (gateway(None), Some(&beside), "InvalidParameterValue"),
            (gateway(Some(one)), Some(&beside), "Resource.AlreadyAssociated"),
            (gateway(Some(other)), None, "Resource.AlreadyAssociated"),
            (gateway(Some(other)), Some(&beside), "Resource.AlreadyAssociated"),
        ] {
            assert_eq!(code(admit_attach(&gateway, one, present)), expected, "{gateway:?} with {present:?}");
        }
    }

    #[test]
    fn a_gateway_stays_while_somebody_is_reached_through_it() {
        let [one, other] = vpcs();
        for (attached_to, mapped, expected) in [
            (Some(one), false, ""),
            (Some(one), true, "DependencyViolation"),
            (Some(other), false, "Gateway.NotAttached"),
            (Some(other), true, "Gateway.NotAttached"),
            (None, false, "Gateway.NotAttached"),
        ] {
            assert_eq!(code(admit_detach(&gateway(attached_to), one, mapped)), expected, "{attached_to:?}, {mapped}");
        }
    }

    #[test]
    fn an_attached_gateway_is_not_deleted() {
        assert_eq!(code(admit_delete(&gateway(Some(vpcs()[0])))), "DependencyViolation");
        assert_eq!(code(admit_delete(&gateway(None))), "");
    }
}
