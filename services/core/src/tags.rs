//! Tags: which texts may be one, how many a resource may have, and which resource an id names.
//!
//! Deliberately absent: what tags are for. Nothing here depends on one.

use std::collections::BTreeSet;

use multihome_types::{AllocationId, GroupId, InstanceId, InterfaceId, InternetGatewayId, Refusal, ResourceId, RouteTableId, SubnetId, VpcId};

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
        if key.get(..RESERVED.len()).is_some_and(|start| start.eq_ignore_ascii_case(RESERVED)) {
            return Err(refusals::invalid_value("Tag keys starting with 'aws:' are reserved for internal use"));
        }
        if !keys.insert(key) {
            return Err(refusals::invalid_value(format!("Duplicate tag key '{key}' specified.")));
        }
    }
    check_count(keys.len())
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
    Interface(InterfaceId),
    Instance(InstanceId),
    RouteTable(RouteTableId),
    InternetGateway(InternetGatewayId),
    ElasticAddress(AllocationId),
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
            .or_else(|| id(text, Self::RouteTable))
            .or_else(|| id(text, Self::InternetGateway))
            .or_else(|| id(text, Self::ElasticAddress))
            .ok_or_else(|| Refusal::new("InvalidID", format!("The ID '{}' is not valid", text.chars().take(64).collect::<String>())))
    }

    /// EC2's name of the kind of resource, as in `TagSpecification.N.ResourceType`.
    pub const fn resource_type(self) -> &'static str {
        match self {
            Self::Vpc(_) => "vpc",
            Self::Subnet(_) => "subnet",
            Self::Group(_) => "security-group",
            Self::Interface(_) => "network-interface",
            Self::Instance(_) => "instance",
            Self::RouteTable(_) => "route-table",
            Self::InternetGateway(_) => "internet-gateway",
            Self::ElasticAddress(_) => "elastic-ip",
        }
    }

    /// The answer if there is no such resource in the caller's account.
    pub fn not_found(self) -> Refusal {
        match self {
            Self::Vpc(id) => crate::vpc::vpc_not_found(id),
            Self::Subnet(id) => refusals::subnet_not_found(id),
            Self::Group(id) => refusals::group_not_found(id),
            Self::Interface(id) => refusals::interface_not_found(id),
            Self::Instance(id) => refusals::instance_not_found(id),
            Self::RouteTable(id) => crate::vpc::route_table_not_found(id),
            Self::InternetGateway(id) => refusals::internet_gateway_not_found(id),
            Self::ElasticAddress(id) => refusals::allocation_not_found(&id.to_string()),
        }
    }
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
    fn the_prefix_tells_what_an_id_names() {
        for (text, resource_type, code) in [
            ("vpc-3b1fdc87", "vpc", "InvalidVpcID.NotFound"),
            ("subnet-893ca466", "subnet", "InvalidSubnetID.NotFound"),
            ("sg-6300851f", "security-group", "InvalidGroup.NotFound"),
            ("eni-a2f151a8", "network-interface", "InvalidNetworkInterfaceID.NotFound"),
            ("i-1b5c4503", "instance", "InvalidInstanceID.NotFound"),
            ("rtb-00000001", "route-table", "InvalidRouteTableID.NotFound"),
            ("igw-00000001", "internet-gateway", "InvalidInternetGatewayID.NotFound"),
            ("eipalloc-00000001", "elastic-ip", "InvalidAllocationID.NotFound"),
        ] {
            let taggable = Taggable::of(text).unwrap();
            assert_eq!((taggable.resource_type(), &*taggable.not_found().code), (resource_type, code), "{text}");
        }
        for text in ["", "vpc-1", "eni-attach-a2f151a8", "sgr-00000001", "x"] {
            assert_eq!(Taggable::of(text).unwrap_err().code, "InvalidID", "{text}");
        }
    }

    #[test]
    fn a_create_tags_what_it_makes() {
        assert!(check_resource_type(Some("vpc"), &["vpc"]).is_ok());
        assert!(check_resource_type(Some("subnet"), &["vpc"]).is_err() && check_resource_type(None, &["vpc"]).is_err());
    }
}
