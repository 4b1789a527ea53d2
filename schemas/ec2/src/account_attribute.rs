//! Attributes of the caller's account: describe.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeAccountAttributes {
    pub dry_run: bool,
    /// None: all of them.
    #[serde(rename = "AttributeName")]
    pub attribute_names: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DescribeAccountAttributesReply {
    #[serde(rename = "accountAttributeSet")]
    pub attributes: Vec<AccountAttribute>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountAttribute {
    pub attribute_name: String,
    #[serde(rename = "attributeValueSet")]
    pub values: Vec<AccountAttributeValue>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountAttributeValue {
    pub attribute_value: String,
}
