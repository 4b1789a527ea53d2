//! What the owner of an interface lets other accounts do with it: attach it to their instances, or let their public addresses lead to it.
//!
//! A permission names one account and one thing. It is no right to see the interface: the account that has it knows the interface's id. An
//! interface that crosses to another account's instance stays in its own VPC, so of the two only the zone has to be the same.
//!
//! A permission is not taken away while its account has the interface attached, unless that is forced; what is attached stays attached.

use multihome_types::{AccountId, Interface, InterfaceId, InterfacePermission, InterfacePermissionKind, Refusal};

use crate::{
    admission::{Caller, check_manageable},
    interface::visible,
    refusals,
};

/// What may be permitted, by EC2's name.
pub fn kind(name: &str) -> Result<InterfacePermissionKind, Refusal> {
    name.parse().map_err(|_| {
        let shown: String = name.chars().take(64).collect();
        refusals::invalid_value(format!("Value ({shown}) for parameter permission is invalid. It is INSTANCE-ATTACH or EIP-ASSOCIATE."))
    })
}

/// Whether an account may be permitted something; the interface is the answer.
pub fn admit_grant(caller: Caller, id: InterfaceId, interface: Option<&Interface>, grantee: AccountId) -> Result<&Interface, Refusal> {
    let interface = visible(caller, id, interface)?;
    check_manageable(interface.kind)?;
    if grantee == interface.account {
        return Err(refusals::invalid_value(format!("Account {grantee} owns network interface {id} and needs no permission")));
    }
    Ok(interface)
}

/// Whether a permission may be taken away.
pub fn admit_revoke(permission: &InterfacePermission, interface: &Interface, force: bool) -> Result<(), Refusal> {
    let in_use = match permission.kind {
        InterfacePermissionKind::InstanceAttach => {
            interface.attachment.as_ref().is_some_and(|attachment| attachment.instance_account == permission.grantee)
        }
        InterfacePermissionKind::EipAssociate => interface.public.iter().any(|public| !public.automatic && public.account == permission.grantee),
    };
    if in_use && !force { Err(refusals::permission_in_use(permission.id, permission.interface)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use multihome_types::{Attachment, AttachmentState, Generation, InterfaceKind, Timestamp};

    use super::*;
    use crate::transition::sample::{account, attachment, id, interface, stranger, the};

    fn caller() -> Caller {
        Caller::of(account(), the("region"))
    }

    #[test]
    fn the_owner_permits_others_and_nobody_else_does() {
        let own = interface(7);
        assert!(admit_grant(caller(), own.id, Some(&own), stranger()).is_ok());
        assert_eq!(admit_grant(caller(), own.id, Some(&own), account()).unwrap_err().code, "InvalidParameterValue");
        let foreign = Interface { account: stranger(), ..own.clone() };
        assert_eq!(admit_grant(caller(), own.id, Some(&foreign), stranger()).unwrap_err().code, "InvalidNetworkInterfaceID.NotFound");
        let gateway = Interface { kind: InterfaceKind::NatGateway, ..own };
        assert_eq!(admit_grant(caller(), gateway.id, Some(&gateway), stranger()).unwrap_err().code, "OperationNotPermitted");
    }

    #[test]
    fn there_are_two_things_to_permit() {
        assert_eq!(kind("INSTANCE-ATTACH"), Ok(InterfacePermissionKind::InstanceAttach));
        assert_eq!(kind("EIP-ASSOCIATE"), Ok(InterfacePermissionKind::EipAssociate));
        assert_eq!(kind("instance-attach").unwrap_err().code, "InvalidParameterValue");
    }

    #[test]
    fn what_is_used_is_taken_away_only_by_force() {
        let permission = InterfacePermission {
            id: id(1),
            account: account(),
            region: the("region"),
            interface: id(7),
            grantee: stranger(),
            kind: InterfacePermissionKind::InstanceAttach,
            created: Timestamp(0),
            generation: Generation::FIRST,
        };
        let with = |instance_account| {
            let attachment = Attachment { instance_account, ..attachment(1, AttachmentState::Detaching) };
            Interface { attachment: Some(attachment), ..interface(7) }
        };
        assert!(admit_revoke(&permission, &interface(7), false).is_ok());
        assert!(admit_revoke(&permission, &with(account()), false).is_ok());
        assert_eq!(admit_revoke(&permission, &with(stranger()), false).unwrap_err().code, "OperationNotPermitted");
        assert!(admit_revoke(&permission, &with(stranger()), true).is_ok());
        let associate = InterfacePermission { kind: InterfacePermissionKind::EipAssociate, ..permission };
        assert!(admit_revoke(&associate, &with(stranger()), false).is_ok());
    }
}
