//! Tags: which texts may be one, how many a resource may have, and which resource an id names.
//!
//! Deliberately absent: what tags are for. Nothing here depends on one.

use std::collections::BTreeSet;

use multihome_types::{
    AllocationId, DhcpOptionsId, GroupId, GroupRuleId, ImageId, InstanceId, InterfaceId, InternetGatewayId, KeyPairId, NatGatewayId, NetworkAclId,
    Refusal, ResourceId, RouteTableId, SubnetId, VpcId,
};

use crate::refusals;

/// EC2's limits, in characters and tags.
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 256;
pub const MOST_TAGS: usize = 50;
/// Keys that only the cloud itself may set.
const RESERVED: &str = "aws:";

/// Whether these keys and values may be set together.
pub fn check<'t>(tags: impl IntoIterator<Item = (&'t str, &'t str)>) -> Result<(), Refusal> {
    let mut keys = BTreeSet::new();
    for (key, value) in tags {
        if key.is_empty() {
            return Err(refusals::invalid_value("Tag keys must have at least one character."));
        }
        if key.chars().count() > LONGEST_KEY {
            return Err(refusals::invalid_value(format!("Tag key exceeds the maximum length of {LONGEST_KEY} characters")));
        }
        if value.chars().count() > LONGEST_VALUE {
            return Err(refusals::invalid_value(format!("Tag value exceeds the maximum length of {LONGEST_VALUE} characters")));
        }
        check_unreserved(key)?;
        if !keys.insert(key) {
            return Err(refusals::invalid_value(format!("Duplicate tag key '{key}' specified.")));
        }
    }
    check_count(keys.len())
}

fn check_unreserved(key: &str) -> Result<(), Refusal> {
    if key.get(..RESERVED.len()).is_some_and(|start| start.eq_ignore_ascii_case(RESERVED)) {
        return Err(refusals::invalid_value("Tag keys starting with 'aws:' are reserved for internal use"));
    }
    Ok(())
}

/// A tag that is to go: whatever its value is, or only if it is this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unwanted<'t> {
    pub key: &'t str,
    pub value: Option<&'t str>,
}

/// Whether a caller may take such tags away.
pub fn check_unwanted(asked: &[Unwanted<'_>]) -> Result<(), Refusal> {
    for tag in asked {
        if tag.key.is_empty() {
            return Err(refusals::invalid_value("Tag keys must have at least one character."));
        }
        check_unreserved(tag.key)?;
    }
    Ok(())
}

/// The keys of those of a resource's tags that are meant: all if none is named. One that is not there is as good as gone.
pub fn select_unwanted<'p>(present: impl IntoIterator<Item = (&'p str, &'p str)>, asked: &[Unwanted<'_>]) -> Vec<&'p str> {
    let meant = |key: &str, value: &str| asked.iter().any(|tag| tag.key == key && tag.value.is_none_or(|asked| asked == value));
    present.into_iter().filter(|(key, value)| asked.is_empty() || meant(key, value)).map(|(key, _)| key).collect()
}

/// Whether a resource may have the tags it has and these new ones; a key it has already is replaced and does not count twice.
pub fn check_added<'t>(present: impl IntoIterator<Item = &'t str>, added: impl IntoIterator<Item = &'t str>) -> Result<(), Refusal> {
    check_count(present.into_iter().chain(added).collect::<BTreeSet<_>>().len())
}

fn check_count(count: usize) -> Result<(), Refusal> {
    if count <= MOST_TAGS {
        return Ok(());
    }
    Err(Refusal::new("TagLimitExceeded", format!("The maximum number of tags on a resource, {MOST_TAGS}, has been reached.")))
}

/// A resource that can have tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Taggable {
    Vpc(VpcId),
    Subnet(SubnetId),
    Group(GroupId),
    GroupRule(GroupRuleId),
    Interface(InterfaceId),
    Instance(InstanceId),
    RouteTable(RouteTableId),
    InternetGateway(InternetGatewayId),
    NetworkAcl(NetworkAclId),
    DhcpOptions(DhcpOptionsId),
    NatGateway(NatGatewayId),
    ElasticAddress(AllocationId),
    KeyPair(KeyPairId),
    Image(ImageId),
}

impl Taggable {
    /// The resource that an id names, by its prefix.
    pub fn of(text: &str) -> Result<Self, Refusal> {
        fn id<T: ResourceId>(text: &str, kind: fn(T) -> Taggable) -> Option<Taggable> {
            text.parse().ok().map(kind)
        }
        id(text, Self::Interface)
            .or_else(|| id(text, Self::Instance))
            .or_else(|| id(text, Self::Vpc))
            .or_else(|| id(text, Self::Subnet))
            .or_else(|| id(text, Self::Group))
            .or_else(|| id(text, Self::GroupRule))
            .or_else(|| id(text, Self::RouteTable))
            .or_else(|| id(text, Self::InternetGateway))
            .or_else(|| id(text, Self::NetworkAcl))
            .or_else(|| id(text, Self::DhcpOptions))
            .or_else(|| id(text, Self::NatGateway))
            .or_else(|| id(text, Self::ElasticAddress))
            .or_else(|| id(text, Self::KeyPair))
            .or_else(|| id(text, Self::Image))
            .ok_or_else(|| Refusal::new("InvalidID", format!("The ID '{}' is not valid", text.chars().take(64).collect::<String>())))
    }

    /// EC2's name of the kind of resource, as in `TagSpecification.N.ResourceType`.
    pub const fn resource_type(self) -> &'static str {
        match self {
            Self::Vpc(_) => "vpc",
            Self::Subnet(_) => "subnet",
            Self::Group(_) => "security-group",
            Self::GroupRule(_) => "security-group-rule",
            Self::Interface(_) => "network-interface",
            Self::Instance(_) => "instance",
            Self::RouteTable(_) => "route-table",
            Self::InternetGateway(_) => "internet-gateway",
            Self::NetworkAcl(_) => "network-acl",
            Self::DhcpOptions(_) => "dhcp-options",
            Self::NatGateway(_) => "natgateway",
            Self::ElasticAddress(_) => "elastic-ip",
            Self::KeyPair(_) => "key-pair",
            Self::Image(_) => "image",
        }
    }

    /// The answer if there is no such resource in the caller's account.
    pub fn not_found(self) -> Refusal {
        match self {
            Self::Vpc(id) => crate::vpc::vpc_not_found(id),
            Self::Subnet(id) => refusals::subnet_not_found(id),
            Self::Group(id) => refusals::group_not_found(id),
            Self::GroupRule(id) => crate::group_rules::rule_not_found(id),
            Self::Interface(id) => refusals::interface_not_found(id),
            Self::Instance(id) => refusals::instance_not_found(id),
            Self::RouteTable(id) => crate::vpc::route_table_not_found(id),
            Self::InternetGateway(id) => refusals::internet_gateway_not_found(id),
            Self::NetworkAcl(id) => crate::network_acl::network_acl_not_found(id),
            Self::DhcpOptions(id) => crate::dhcp_options::dhcp_options_not_found(id),
            Self::NatGateway(id) => refusals::nat_gateway_not_found(id),
            Self::ElasticAddress(id) => refusals::allocation_not_found(&id.to_string()),
            Self::KeyPair(id) => crate::key_pairs::id_not_found(id),
            Self::Image(id) => crate::images::image_not_found(id),
        }
    }
}

/// EC2's name of the kind of resource that an id is of; the kind as the id has it, where there are no tags to be set later.
pub fn resource_type(id: &str) -> &str {
    Taggable::of(id).map_or_else(|_| id.rsplit_once('-').map_or(id, |(kind, _)| kind), |known| known.resource_type())
}

/// Tags that a create brings are for what it makes and for nothing else. An absent type names nothing.
pub fn check_resource_type(asked: Option<&str>, allowed: &[&str]) -> Result<(), Refusal> {
    let Some(asked) = asked.filter(|asked| !asked.is_empty()) else {
        return Err(refusals::invalid_value("Tag specification resource type must have a value"));
    };
    if allowed.contains(&asked) {
        return Ok(());
    }
    let shown: String = asked.chars().take(64).collect();
    Err(refusals::invalid_value(format!("'{shown}' is not a valid taggable resource type for this operation.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(tags: &[(&str, &str)]) -> Option<String> {
        check(tags.iter().copied()).err().map(|refusal| refusal.code.into_owned())
    }

    #[test]
    fn a_tag_has_a_key_of_its_own_and_is_not_the_clouds() {
        let (key, value) = ("k".repeat(128), "é".repeat(256));
        assert_eq!(code(&[("Name", ""), ("name", "x"), ("awsome", ""), (&key, &value)]), None);
        for tags in
            [&[("", "x")][..], &[("aws:x", "")], &[("AWS:x", "")], &[("a", "1"), ("a", "2")], &[(&"k".repeat(129), "")], &[("k", &"v".repeat(257))]]
        {
            assert_eq!(code(tags).as_deref(), Some("InvalidParameterValue"), "{tags:?}");
        }
    }

    #[test]
    fn a_resource_has_at_most_fifty_tags() {
        let keys: Vec<String> = (0..51).map(|number| format!("k{number}")).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        assert!(check_added(keys[..50].iter().copied(), keys[..10].iter().copied()).is_ok());
        assert_eq!(check_added(keys[..50].iter().copied(), [keys[50]]).unwrap_err().code, "TagLimitExceeded");
        assert_eq!(code(&keys.iter().map(|key| (*key, "")).collect::<Vec<_>>()).as_deref(), Some("TagLimitExceeded"));
    }

    #[test]
    fn a_tag_is_taken_away_by_key_and_if_it_is_given_by_value() {
        let present = [("a", "1"), ("b", ""), ("c", "3")];
        let tag = |key, value| Unwanted { key, value };
        for (asked, gone) in [
            (&[][..], &["a", "b", "c"][..]),
            (&[tag("a", None)], &["a"]),
            (&[tag("a", Some("1")), tag("b", Some(""))], &["a", "b"]),
            (&[tag("a", Some("")), tag("b", Some("1")), tag("d", None)], &[]),
            (&[tag("a", Some("2")), tag("a", Some("1"))], &["a"]),
        ] {
            assert_eq!(select_unwanted(present, asked), gone, "{asked:?}");
        }
        assert_eq!(check_unwanted(&[tag("a", None)]), Ok(()));
        assert!(check_unwanted(&[tag("aws:x", None)]).is_err() && check_unwanted(&[tag("", None)]).is_err());
    }

    #[test]
    fn the_prefix_tells_what_an_id_names() {
        for (text, resource_type, code) in [
            ("vpc-3b1fdc87", "vpc", "InvalidVpcID.NotFound"),
            ("subnet-893ca466", "subnet", "InvalidSubnetID.NotFound"),
            ("sg-6300851f", "security-group", "InvalidGroup.NotFound"),
            ("sgr-00000001", "security-group-rule", "InvalidSecurityGroupRuleId.NotFound"),
            ("eni-a2f151a8", "network-interface", "InvalidNetworkInterfaceID.NotFound"),
            ("i-1b5c4503", "instance", "InvalidInstanceID.NotFound"),
            ("rtb-00000001", "route-table", "InvalidRouteTableID.NotFound"),
            ("igw-00000001", "internet-gateway", "InvalidInternetGatewayID.NotFound"),
            ("acl-00000001", "network-acl", "InvalidNetworkAclID.NotFound"),
            ("dopt-00000001", "dhcp-options", "InvalidDhcpOptionID.NotFound"),
            ("nat-00000001", "natgateway", "NatGatewayNotFound"),
            ("eipalloc-00000001", "elastic-ip", "InvalidAllocationID.NotFound"),
            ("key-00000001", "key-pair", "InvalidKeyPair.NotFound"),
            ("ami-12345678", "image", "InvalidAMIID.NotFound"),
        ] {
            let taggable = Taggable::of(text).unwrap();
            assert_eq!(super::resource_type(text), resource_type);
            assert_eq!((taggable.resource_type(), &*taggable.not_found().code), (resource_type, code), "{text}");
        }
        for text in ["", "vpc-1", "eni-attach-a2f151a8", "x"] {
            assert_eq!(Taggable::of(text).unwrap_err().code, "InvalidID", "{text}");
        }
    }

    #[test]
    fn a_create_tags_what_it_makes() {
        assert!(check_resource_type(Some("vpc"), &["vpc"]).is_ok());
        assert!(check_resource_type(Some("subnet"), &["vpc"]).is_err() && check_resource_type(None, &["vpc"]).is_err());
    }
}
