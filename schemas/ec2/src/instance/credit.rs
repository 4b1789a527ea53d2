//! CPU credits of burstable instances.

use serde::{Deserialize, Serialize};

use crate::parts::Filter;

/// `CreditSpecification` of a launch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreditSpecificationRequest {
    /// `standard` or `unlimited`.
    pub cpu_credits: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInstanceCreditSpecifications {
    pub dry_run: bool,
    #[serde(rename = "Filter")]
    pub filters: Vec<Filter>,
    #[serde(rename = "InstanceId")]
    pub instance_ids: Vec<String>,
    pub max_results: Option<u32>,
    pub next_token: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeInstanceCreditSpecificationsReply {
    #[serde(rename = "instanceCreditSpecificationSet")]
    pub specifications: Vec<InstanceCreditSpecification>,
    /// Absent on the last page.
    pub next_token: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceCreditSpecification {
    pub instance_id: String,
    /// `standard` or `unlimited`.
    pub cpu_credits: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ModifyInstanceCreditSpecification {
    pub dry_run: bool,
    pub client_token: Option<String>,
    #[serde(rename = "InstanceCreditSpecification")]
    pub specifications: Vec<InstanceCreditSpecificationRequest>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InstanceCreditSpecificationRequest {
    pub instance_id: String,
    pub cpu_credits: Option<String>,
}

/// Each by itself: what cannot be changed is told beside what was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ModifyInstanceCreditSpecificationReply {
    #[serde(rename = "successfulInstanceCreditSpecificationSet")]
    pub successful: Vec<SuccessfulInstanceCreditSpecification>,
    #[serde(rename = "unsuccessfulInstanceCreditSpecificationSet")]
    pub unsuccessful: Vec<UnsuccessfulInstanceCreditSpecification>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SuccessfulInstanceCreditSpecification {
    pub instance_id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UnsuccessfulInstanceCreditSpecification {
    pub instance_id: String,
    pub error: CreditError,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CreditError {
    pub code: String,
    pub message: String,
}
