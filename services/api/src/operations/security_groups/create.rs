//! CreateSecurityGroup.

use multihome_core::{refusals, vpc as rules};
use multihome_ec2::{
    Tag,
    security_group::{CreateSecurityGroup, CreateSecurityGroupReply},
};
use multihome_entities::{group, group_rule};
use multihome_types::{EntityKind, Generation, Group, QuotaName, VpcId};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, Func},
};

use crate::{
    Api,
    call::Call,
    fault::Fault,
    ids,
    operations::{
        arn,
        tags::{apply_tags, specified},
        vpcs::{blocks::gather_blocks, gather_and_lock_vpc, gather_default_vpc},
        with_fresh_ids,
    },
    quotas,
};

pub(crate) async fn create_security_group(api: &Api, call: &Call, request: CreateSecurityGroup) -> Result<CreateSecurityGroupReply, Fault> {
    let name = rules::group_name(&request.group_name);
    rules::check_group(name, &request.group_description)?;
    let tags = specified(&request.tag_specifications, "security-group")?;
    let vpc: VpcId = match &request.vpc_id {
        Some(text) => ids::parse(text)?,
        None => gather_default_vpc(api.store.reader(), call).await?.ok_or_else(refusals::no_default_vpc)?,
    };
    let id = with_fresh_ids(|| async {
        let group = Group {
            id: api.fresh(),
            account: call.account,
            region: call.region,
            vpc,
            name: name.to_owned(),
            description: request.group_description.clone(),
            rules: vec![rules::egress_to_all(api.fresh())],
            created: call.now,
            generation: Generation::FIRST,
        };
        apply(api, call, &group, &tags).await?;
        Ok(group.id)
    })
    .await?;
    Ok(CreateSecurityGroupReply {
        group_id: id.to_string(),
        tags: (!tags.is_empty()).then_some(tags),
        security_group_arn: arn(call, "security-group", id),
    })
}

async fn apply(api: &Api, call: &Call, group: &Group, tags: &[Tag]) -> Result<(), Fault> {
    let mut transaction = api.store.begin().await?;
    let vpc = gather_and_lock_vpc(&transaction, call, group.vpc).await?;
    let conn = transaction.conn();
    let mut own = group.rules.clone();
    if !gather_blocks(conn, &vpc).await?.ipv6.is_empty() {
        own.push(rules::egress_to_all_ipv6(api.fresh()));
    }
    // Not an index but the lock on the VPC keeps it so: a database may have names from before that differ in capitals only.
    let lowered = Func::lower(Expr::col(group::Column::Name)).eq(rules::comparable_name(&group.name));
    if group::Entity::find().filter(group::Column::Vpc.eq(vpc.id)).filter(lowered).count(conn).await? > 0 {
        return Err(rules::group_exists(&group.name, vpc.id).into());
    }
    let present = group::Entity::find().filter(group::Column::Account.eq(call.account)).filter(group::Column::Region.eq(call.region));
    quotas::admit(api, &transaction, call, (QuotaName::GroupsPerRegion, present)).await?;
    group::Entity::insert(group::Model::from(group).into_active_model()).exec_without_returning(conn).await?;
    group_rule::insert(conn, group, &own).await?;
    apply_tags(&transaction, call, &group.id.to_string(), tags).await?;
    let why = format!("Security group {} ({}) was created in VPC {}.", group.id, group.name, vpc.id);
    transaction.record(vec![call.change((EntityKind::Group, group.id, group.generation), "created", why)]).await?;
    transaction.commit().await?;
    Ok(())
}
