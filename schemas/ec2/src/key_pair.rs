//! Key pairs: create, import, describe, delete.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::parts::{Filter, Moment, Tag, TagSpecification};

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateKeyPair {
    pub key_name: String,
    /// `rsa` or `ed25519`. Absent: `rsa`.
    pub key_type: Option<String>,
    #[serde(rename = "TagSpecification")]
    pub tag_specifications: Vec<TagSpecification>,
    /// `pem` or `ppk`. Absent: `pem`.
    pub key_format: Option<String>,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateKeyPairReply {
    pub key_pair_id: String,
    #[serde(rename = "tagSet")]
    pub tags: Vec<Tag>,
    pub key_name: String,
    pub key_fingerprint: String,
    pub key_material: KeyMaterial,
}

/// A private key, which is written into one reply and shows itself nowhere else.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct KeyMaterial(pub String);

impl fmt::Debug for KeyMaterial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyMaterial(…)")
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ImportKeyPair {
    #[serde(rename = "TagSpecification")]
    pub tag_specifications: Vec<TagSpecification>,
    pub dry_run: bool,
    pub key_name: String,
    /// Base64 of a text that is a public key.
    pub public_key_material: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportKeyPairReply {
    pub key_fingerprint: String,
    pub key_name: String,
    pub key_pair_id: String,
    #[serde(rename = "tagSet")]
    pub tags: Vec<Tag>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeKeyPairs {
    #[serde(rename = "KeyName")]
    pub key_names: Vec<String>,
    #[serde(rename = "KeyPairId")]
    pub key_pair_ids: Vec<String>,
    pub include_public_key: bool,
    pub dry_run: bool,
    #[serde(rename = "Filter")]
    pub filters: Vec<Filter>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DescribeKeyPairsReply {
    #[serde(rename = "keySet")]
    pub key_pairs: Vec<KeyPairInfo>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyPairInfo {
    pub key_pair_id: String,
    pub key_type: String,
    #[serde(rename = "tagSet")]
    pub tags: Vec<Tag>,
    /// Only where it was asked for.
    pub public_key: Option<String>,
    pub create_time: Moment,
    pub key_name: String,
    pub key_fingerprint: String,
}

/// By one of the two.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteKeyPair {
    pub key_name: Option<String>,
    pub key_pair_id: Option<String>,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteKeyPairReply {
    #[serde(rename = "return")]
    pub done: bool,
    /// Absent: there was none.
    pub key_pair_id: Option<String>,
}
