//! Registering clusters and instance types: what must be in the database before anything can be launched.

use std::str::FromStr;

use multihome_core::instance_types::PREDEFINED;
use multihome_entities::{cluster, instance_type, interface::MAX_BOUND};
use multihome_runtime::{Store, Transaction};
use multihome_types::{Address, Cluster, ClusterName, Generation, NodeName, Region, Zone};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, Iterable, QueryFilter,
    sea_query::{Expr, ExprTrait, OnConflict},
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
                "address" => address = Some(Address::parse_host(value)?),
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
    /// With everything else as it comes.
    pub fn new(name: ClusterName, region: Region, zone: Zone) -> Self {
        Self { name, region, zone, address: None, nodes: Vec::new() }
    }

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
    let txn = store.begin().await?;
    apply_clusters(&txn, specs).await?;
    register_types(&txn).await?;
    txn.commit().await?;
    Ok(())
}

/// Makes the database know one more cluster.
pub async fn register_cluster(store: &Store, spec: ClusterSpec) -> anyhow::Result<()> {
    let txn = store.begin().await?;
    apply_clusters(&txn, vec![spec]).await?;
    txn.commit().await?;
    Ok(())
}

async fn apply_clusters(txn: &Transaction, specs: Vec<ClusterSpec>) -> anyhow::Result<()> {
    let known = cluster::all(txn.conn()).await?;
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
    Ok(())
}

/// Every predefined type. Of one that is there already, only what no operator can change is brought up to date.
async fn register_types(txn: &Transaction) -> anyhow::Result<()> {
    let types: Vec<_> = PREDEFINED.iter().map(|predefined| instance_type::Model::from(predefined.instance_type()).into_active_model()).collect();
    let keep = OnConflict::column(instance_type::Column::Name).update_column(instance_type::Column::Ipv6AddressesPerInterface).to_owned();
    for some in types.chunks(MAX_BOUND / instance_type::Column::iter().count()) {
        let rows = some.iter().cloned().map(ActiveModelTrait::reset_all);
        instance_type::Entity::insert_many(rows).on_conflict(keep.clone()).exec_without_returning(txn.conn()).await?;
    }
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
        for bad in [
            "",
            "one",
            "name=one",
            "zone=us-east-1a",
            "name=one,zone=z1",
            "name=one,zone=us-east-1a,colour=red",
            "name=a b,zone=us-east-1a",
            "name=one,zone=us-east-1a,address=0.0.0.0",
        ] {
            assert!(bad.parse::<ClusterSpec>().is_err(), "{bad}");
        }
    }

    #[tokio::test]
    async fn what_an_operator_changed_of_a_type_stays() {
        let folder = tempfile::TempDir::new().unwrap();
        let store = Store::open(&format!("sqlite://{}", folder.path().join("test.db").display()), 2).await.unwrap();
        store.migrate().await.unwrap();
        register(&store, Vec::new()).await.unwrap();
        let txn = store.begin().await.unwrap();
        // As an operator and as a version that knew nothing of IPv6 leave them.
        instance_type::Entity::update_many()
            .col_expr(instance_type::Column::Interfaces, Expr::value(7))
            .col_expr(instance_type::Column::Ipv6AddressesPerInterface, Expr::value(0))
            .filter(instance_type::Column::Name.eq("t3.small"))
            .exec(txn.conn())
            .await
            .unwrap();
        txn.commit().await.unwrap();
        register(&store, Vec::new()).await.unwrap();
        let rows = instance_type::Entity::find().all(store.reader()).await.unwrap();
        assert_eq!(rows.len(), PREDEFINED.len());
        let changed = rows.into_iter().find(|row| row.name == "t3.small").unwrap();
        assert_eq!((changed.interfaces, changed.addresses_per_interface, changed.ipv6_addresses_per_interface), (7, 4, 4));
    }
}
