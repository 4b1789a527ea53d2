//! Table `clusters`. The node list is one text: nobody asks for a single node.

use multihome_types::{Address, Applied, ChangeId, Cluster, ClusterName, Generation, Region, Timestamp, Zone};
use sea_orm::{QueryOrder, entity::prelude::*};

use crate::unreadable;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "clusters")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: ClusterName,
    pub region: Region,
    pub zone: Zone,
    pub address: Address,
    /// Separated by blanks.
    pub nodes: String,
    pub applied_version: Option<String>,
    pub applied_revision: Option<ChangeId>,
    pub applied_at: Option<Timestamp>,
    pub reported_at: Option<Timestamp>,
    pub generation: Generation,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for Cluster {
    type Error = DbErr;

    fn try_from(row: Model) -> Result<Self, DbErr> {
        let nodes = row.nodes.split_ascii_whitespace().map(str::parse).collect::<Result<_, _>>();
        let applied = match (row.applied_version, row.applied_revision, row.applied_at) {
            (Some(version), Some(revision), Some(at)) => Some(Applied { version, revision, at }),
            _ => None,
        };
        Ok(Self {
            name: row.name,
            region: row.region,
            zone: row.zone,
            address: row.address,
            nodes: nodes.map_err(|why| unreadable("clusters", row.name, why))?,
            applied,
            reported_at: row.reported_at,
            generation: row.generation,
        })
    }
}

impl From<Cluster> for Model {
    fn from(cluster: Cluster) -> Self {
        let nodes: Vec<&str> = cluster.nodes.iter().map(multihome_types::NodeName::as_str).collect();
        let nodes = nodes.join(" ");
        let (version, revision, at) = match cluster.applied {
            Some(Applied { version, revision, at }) => (Some(version), Some(revision), Some(at)),
            None => (None, None, None),
        };
        Self {
            name: cluster.name,
            region: cluster.region,
            zone: cluster.zone,
            address: cluster.address,
            nodes,
            applied_version: version,
            applied_revision: revision,
            applied_at: at,
            reported_at: cluster.reported_at,
            generation: cluster.generation,
        }
    }
}

/// Every cluster, by name.
pub async fn all<C: ConnectionTrait>(conn: &C) -> Result<Vec<Cluster>, DbErr> {
    Entity::find().order_by_asc(Column::Name).all(conn).await?.into_iter().map(TryInto::try_into).collect()
}
