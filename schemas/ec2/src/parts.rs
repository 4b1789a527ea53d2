//! Parts that many operations share: filters, tags, attribute values, operators, moments.

use multihome_types::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// `Filter.N`: a name, and the values of which one must match (with `*` and `?`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Filter {
    pub name: String,
    #[serde(rename = "Value")]
    pub values: Vec<String>,
}

/// A tag, in requests (`Tag.N.Key`) and in replies (`tagSet`).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "PascalCase", serialize = "camelCase"))]
pub struct Tag {
    pub key: String,
    /// A tag without a value is a tag with an empty one.
    #[serde(deserialize_with = "text_or_empty")]
    pub value: String,
}

/// `TagSpecification.N`: tags for what a request creates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TagSpecification {
    /// Such as `network-interface`.
    pub resource_type: Option<String>,
    #[serde(rename = "Tag")]
    pub tags: Vec<Tag>,
}

/// `Description.Value`: how attributes to be modified are sent, so that an empty one differs from none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttributeValue<T> {
    pub value: T,
}

/// The service provider that manages a thing under its owner's name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Operator {
    /// There are no such providers here: false.
    pub managed: bool,
}

/// A point in time as EC2 prints it: `2026-11-23T22:30:00.000Z`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub Timestamp);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl From<Timestamp> for Moment {
    fn from(timestamp: Timestamp) -> Self {
        Self(timestamp)
    }
}

fn text_or_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
