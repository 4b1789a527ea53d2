//! Registering clusters and instance types: what must be in the database before anything can be launched.

use std::str::FromStr;

use multihome_core::instance_types;
use multihome_entities::{cluster, instance_type};
use multihome_runtime::Store;
use multihome_types::{Address, Cluster, ClusterName, Generation, NodeName, Region, Zone};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::{Expr, ExprTrait},
};

/// `name=one,zone=us-east-1a[,region=us-east-1][,address=10.111.1.1][,nodes=10.111.1.11+10.111.1.12]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterSpec {
    name: ClusterName,
    region: Region,
    zone: Zone,
    address: Option<Address>,
    nodes: Vec<NodeName>,
}

impl FromStr for ClusterSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (mut name, mut zone, mut region, mut address, mut nodes) = (None, None, None, None, Vec::new());
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (key, value) = part.split_once('=').ok_or_else(|| format!("'{part}' is not of the form key=value"))?;
            match key {
                "name" => name = Some(value.parse()?),
                "zone" => zone = Some(value.parse::<Zone>()?),
                "region" => region = Some(value.parse()?),
                "address" => address = Some(value.parse()?),
                "nodes" => nodes = value.split('+').map(str::parse).collect::<Result<_, _>>()?,
                _ => return Err(format!("'{key}' is not a property of a cluster: name, zone, region, address, nodes")),
            }
        }
        let name = name.ok_or("a cluster needs a name, as in name=one,zone=us-east-1a")?;
        let zone = zone.ok_or("a cluster needs a zone, as in name=one,zone=us-east-1a")?;
        let region = match region {
            Some(region) => region,
            // us-east-1a is in us-east-1.
            None => zone
                .as_str()
                .strip_suffix(|last: char| last.is_ascii_lowercase())
                .ok_or_else(|| format!("the region of zone '{zone}' is not in its name: add region=…"))?
                .parse()?,
        };
        Ok(Self { name, region, zone, address, nodes })
    }
}

impl ClusterSpec {
    pub fn name(&self) -> ClusterName {
        self.name
    }

    pub fn region(&self) -> Region {
        self.region
    }

    pub fn zone(&self) -> Zone {
        self.zone
    }

    /// With addresses for what was not said, out of a block that is nobody else's.
    fn into_cluster(self, position: usize) -> Result<Cluster, String> {
        let third = position % 250 + 1;
        let address = match self.address {
            Some(address) => address,
            None => format!("10.111.{third}.1").parse()?,
        };
        let nodes = match self.nodes {
            nodes if nodes.is_empty() => vec![format!("10.111.{third}.11").parse()?, format!("10.111.{third}.12").parse()?],
            nodes => nodes,
        };
        let Self { name, region, zone, .. } = self;
        Ok(Cluster { name, region, zone, address, nodes, applied: None, reported_at: None, generation: Generation::FIRST })
    }
}

/// Makes the database know these clusters and every predefined instance type. What an operator changed since stays.
pub async fn register(store: &Store, specs: Vec<ClusterSpec>) -> anyhow::Result<()> {
    let known = cluster::all(store.reader()).await?;
    let txn = store.begin().await?;
    let mut added = known.len();
    for spec in specs {
        match known.iter().find(|known| known.name == spec.name) {
            None => {
                let cluster = spec.into_cluster(added).map_err(anyhow::Error::msg)?;
                added += 1;
                cluster::Model::from(cluster).into_active_model().reset_all().insert(txn.conn()).await?;
            }
            Some(known) if known.zone != spec.zone || known.region != spec.region => {
                anyhow::bail!("cluster {} is registered in zone {} and cannot move to {}", known.name, known.zone, spec.zone);
            }
            Some(known) => {
                let nodes = if spec.nodes.is_empty() { known.nodes.clone() } else { spec.nodes };
                let row = cluster::Model::from(Cluster { address: spec.address.unwrap_or(known.address), nodes, ..known.clone() });
                cluster::Entity::update_many()
                    .col_expr(cluster::Column::Address, Expr::value(row.address))
                    .col_expr(cluster::Column::Nodes, Expr::value(row.nodes))
                    .col_expr(cluster::Column::Generation, Expr::col(cluster::Column::Generation).add(1))
                    .filter(cluster::Column::Name.eq(known.name))
                    .exec(txn.conn())
                    .await?;
            }
        }
    }
    let types =
        instance_types::PREDEFINED.iter().map(|predefined| instance_type::Model::from(predefined.instance_type()).into_active_model().reset_all());
    instance_type::Entity::insert_many(types).on_conflict_do_nothing_on([instance_type::Column::Name]).exec(txn.conn()).await?;
    txn.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_is_said_in_one_line() {
        let spec: ClusterSpec = "name=one,zone=us-east-1a".parse().unwrap();
        assert_eq!((spec.region.as_str(), spec.nodes.len()), ("us-east-1", 0));
        let spec: ClusterSpec = "name=two, zone=dc-north, region=home, nodes=10.0.0.1+10.0.0.2".parse().unwrap();
        assert_eq!((spec.region.as_str(), spec.nodes.len()), ("home", 2));
        for bad in ["", "one", "name=one", "zone=us-east-1a", "name=one,zone=z1", "name=one,zone=us-east-1a,colour=red", "name=a b,zone=us-east-1a"] {
            assert!(bad.parse::<ClusterSpec>().is_err(), "{bad}");
        }
    }
}
