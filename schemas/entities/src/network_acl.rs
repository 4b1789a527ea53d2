//! Table `network_acls`. An ACL is read together with its entries and associations.

use std::collections::HashMap;

use multihome_types::{
    AccountId, Generation, NetworkAcl, NetworkAclAssociationId, NetworkAclEntry, NetworkAclId, Region, SubnetId, Timestamp, VpcId,
};
use sea_orm::{Condition, Order, QueryOrder, entity::prelude::*};

use crate::{interface::MAX_BOUND, network_acl_association, network_acl_entry};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "network_acls")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: NetworkAclId,
    pub account: AccountId,
    pub region: Region,
    pub vpc: VpcId,
    pub is_default: bool,
    pub created: Timestamp,
    pub generation: Generation,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl From<&NetworkAcl> for Model {
    fn from(acl: &NetworkAcl) -> Self {
        let NetworkAcl { id, account, region, vpc, is_default, created, generation, .. } = *acl;
        Self { id, account, region, vpc, is_default, created, generation }
    }
}

#[derive(Default)]
struct Parts {
    entries: Vec<NetworkAclEntry>,
    subnets: Vec<(NetworkAclAssociationId, SubnetId)>,
}

/// The ACLs that match, whole, in the order of their ids. Three queries.
pub async fn load<C: ConnectionTrait>(conn: &C, matching: Condition) -> Result<Vec<NetworkAcl>, DbErr> {
    let rows = Entity::find().filter(matching).order_by_asc(Column::Id).all(conn).await?;
    let ids: Vec<NetworkAclId> = rows.iter().map(|row| row.id).collect();
    let mut parts: HashMap<NetworkAclId, Parts> = HashMap::new();
    for some in ids.chunks(MAX_BOUND) {
        let entries = network_acl_entry::Entity::find()
            .filter(network_acl_entry::Column::Acl.is_in(some.iter().copied()))
            .order_by(network_acl_entry::Column::Egress, Order::Desc)
            .order_by_asc(network_acl_entry::Column::Number)
            .all(conn)
            .await?;
        for row in entries {
            parts.entry(row.acl).or_default().entries.push(row.into());
        }
        let associations = network_acl_association::Entity::find()
            .filter(network_acl_association::Column::Acl.is_in(some.iter().copied()))
            .order_by_asc(network_acl_association::Column::Id)
            .all(conn)
            .await?;
        for row in associations {
            parts.entry(row.acl).or_default().subnets.push((row.id, row.subnet));
        }
    }
    Ok(rows
        .into_iter()
        .map(|row| {
            let Parts { entries, subnets } = parts.remove(&row.id).unwrap_or_default();
            let Model { id, account, region, vpc, is_default, created, generation } = row;
            NetworkAcl { id, account, region, vpc, is_default, entries, subnets, created, generation }
        })
        .collect())
}
