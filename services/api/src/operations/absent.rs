//! DescribeVolumes and DescribeIamInstanceProfileAssociations: asked for by clients that describe an instance whole. There are none, but the
//! questions have to be good ones: whoever names one is told that it is not there.

use std::borrow::Cow;

use multihome_ec2::{
    Ec2Error, Tag,
    absent::{DescribeIamInstanceProfileAssociations, DescribeIamInstanceProfileAssociationsReply, DescribeVolumes, DescribeVolumesReply},
};

use crate::{
    Api,
    call::Call,
    fault::Fault,
    filter::{Filterable, Filters},
    page::{Asked, Page},
};

pub(crate) async fn describe_volumes(_: &Api, call: &Call, request: DescribeVolumes) -> Result<DescribeVolumesReply, Fault> {
    let filters = Filters::parse::<Volume>(request.filters)?;
    let asked = Asked {
        action: "DescribeVolumes",
        max_results: request.max_results,
        next_token: request.next_token.as_deref(),
        ids: (!request.volume_ids.is_empty()).then_some("volumeIdsSet"),
        sizes: 5..=1_000,
    };
    Page::parse(call, asked, &filters)?;
    match request.volume_ids.first() {
        Some(id) if !is_id(id, "vol-") => Err(Ec2Error::invalid_parameter_value("volumeId", id, "Expected: 'vol-...'.").into()),
        Some(id) => Err(Ec2Error::new("InvalidVolume.NotFound", format!("The volume '{id}' does not exist.")).into()),
        None => Ok(DescribeVolumesReply { volumes: Vec::new() }),
    }
}

pub(crate) async fn describe_iam_instance_profile_associations(
    _: &Api,
    call: &Call,
    request: DescribeIamInstanceProfileAssociations,
) -> Result<DescribeIamInstanceProfileAssociationsReply, Fault> {
    let filters = Filters::parse::<ProfileAssociation>(request.filters)?;
    let asked = Asked {
        action: "DescribeIamInstanceProfileAssociations",
        max_results: request.max_results,
        next_token: request.next_token.as_deref(),
        ids: (!request.association_ids.is_empty()).then_some("associationIds"),
        sizes: 5..=1_000,
    };
    Page::parse(call, asked, &filters)?;
    match request.association_ids.first() {
        Some(id) => {
            let shown: String = id.chars().take(64).collect();
            Err(Ec2Error::new("InvalidAssociationID.NotFound", format!("The association ID '{shown}' does not exist")).into())
        }
        None => Ok(DescribeIamInstanceProfileAssociationsReply { associations: Vec::new() }),
    }
}

fn is_id(text: &str, prefix: &str) -> bool {
    let digits = text.strip_prefix(prefix).unwrap_or_default();
    matches!(digits.len(), 8 | 17) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[derive(Default)]
struct Volume;

impl Filterable for Volume {
    fn values(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
        let known = [
            "attachment.attach-time",
            "attachment.delete-on-termination",
            "attachment.device",
            "attachment.instance-id",
            "attachment.status",
            "availability-zone",
            "availability-zone-id",
            "create-time",
            "encrypted",
            "fast-restored",
            "multi-attach-enabled",
            "operator.managed",
            "operator.principal",
            "size",
            "snapshot-id",
            "source-volume-id",
            "status",
            "volume-id",
            "volume-type",
        ];
        known.contains(&name).then(Vec::new)
    }

    fn tags(&self) -> &[Tag] {
        &[]
    }
}

#[derive(Default)]
struct ProfileAssociation;

impl Filterable for ProfileAssociation {
    fn values(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
        ["instance-id", "state"].contains(&name).then(Vec::new)
    }

    fn tags(&self) -> &[Tag] {
        &[]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, code, filter};

    #[tokio::test]
    async fn there_are_none_and_good_questions_are_told_so() {
        let (api, call) = (testing::api().await, testing::call());
        let volumes = |request| describe_volumes(&api, &call, request);
        let of = |ids: &[&str]| DescribeVolumes { volume_ids: ids.iter().map(|id| (*id).to_owned()).collect(), ..DescribeVolumes::default() };
        let filtered = |name: &str| DescribeVolumes { filters: vec![filter(name, &["x"])], ..DescribeVolumes::default() };
        assert!(volumes(filtered("attachment.instance-id")).await.unwrap().volumes.is_empty());
        assert_eq!(code(volumes(filtered("colour")).await), "InvalidParameterValue");
        assert_eq!(code(volumes(of(&["vol-12345678"])).await), "InvalidVolume.NotFound");
        assert_eq!(code(volumes(of(&["volume"])).await), "InvalidParameterValue");
        assert_eq!(code(volumes(DescribeVolumes { max_results: Some(1), ..DescribeVolumes::default() }).await), "InvalidParameterValue");
        assert_eq!(code(volumes(DescribeVolumes { next_token: Some("x".to_owned()), ..DescribeVolumes::default() }).await), "InvalidNextToken");
        type Associations = DescribeIamInstanceProfileAssociations;
        let associations = |request| describe_iam_instance_profile_associations(&api, &call, request);
        let filtered = |name: &str| Associations { filters: vec![filter(name, &["x"])], ..Associations::default() };
        assert!(associations(filtered("instance-id")).await.unwrap().associations.is_empty());
        assert_eq!(code(associations(filtered("colour")).await), "InvalidParameterValue");
        let named = Associations { association_ids: vec!["iip-assoc-1".to_owned()], ..Associations::default() };
        assert_eq!(code(associations(named).await), "InvalidAssociationID.NotFound");
    }
}
