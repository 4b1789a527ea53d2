//! What the tests of operations stand on: an api with a database of its own, two zones, and a bus that takes everything and answers
//! nothing.

use std::{
    pin::Pin,
    sync::{Arc, Mutex},
};

use clap::Parser;
use multihome_ec2::{Filter, Tag, TagSpecification, subnet::CreateSubnet, vpc::CreateVpc};
use multihome_entities::{change, cluster};
use multihome_runtime::{Bus, BusArgs, Failure, Store, Transaction};
use multihome_types::{Cluster, Generation, Region, Timestamp, Zone};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
};

use crate::{
    Api, ApiArgs, Clusters, Embedded, Settings,
    call::Call,
    fault::Fault,
    operations::{create_subnet, create_vpc},
    test_store::TestStore,
};

/// An api, and its database, which goes with it.
pub(crate) struct TestApi {
    pub(crate) api: Api,
    pub(crate) store: TestStore,
}

impl TestApi {
    /// To be changed before anybody else has them.
    pub(crate) fn settings(&mut self) -> &mut Settings {
        Arc::get_mut(&mut self.api.settings).unwrap()
    }
}

impl std::ops::Deref for TestApi {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    api: ApiArgs,
    #[command(flatten)]
    bus: BusArgs,
}

/// Tests are not about quotas, but for those that say so.
const MANY: &str = "--quotas=vpcs-per-region=1000,internet-gateways-per-region=1000,elastic-addresses-per-region=1000,nat-gateways-per-zone=1000";

pub(crate) const ACCESS: &str = "AKIAIOSFODNN7EXAMPLE";
pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// With the clusters `one` in us-east-1a and `two` in us-east-1b.
pub(crate) async fn api() -> TestApi {
    let store = TestStore::open().await;
    let transaction = store.begin().await.unwrap();
    for (name, zone) in [("one", "us-east-1a"), ("two", "us-east-1b")] {
        insert_cluster(&transaction, name, (region(), zone.parse().unwrap())).await;
    }
    transaction.commit().await.unwrap();
    let nats = deaf_bus().await;
    let Line { bus, .. } = line(&["--nats", &nats]);
    let bus = Bus::connect(&bus, "test").await.unwrap();
    TestApi {
        api: Api {
            store: store.clone(),
            bus,
            settings: Arc::new(Settings::read(&args(&[MANY])).unwrap()),
            embedded: None,
            headroom: Arc::default(),
            welcomed: Arc::default(),
            creates: Arc::default(),
        },
        store,
    }
}

/// An api as the embedded run has it, whose clusters are rows and nothing else.
pub(crate) async fn embedded(numbers_are_keys: bool) -> (TestApi, Arc<RowsOnly>) {
    let mut api = api().await;
    let clusters = Arc::new(RowsOnly { store: api.api.store.clone(), opened: Mutex::default() });
    api.api.embedded = Some(Arc::new(Embedded::new(numbers_are_keys, clusters.clone())));
    (api, clusters)
}

/// Registers a cluster of the zone's name wherever one is asked for.
pub(crate) struct RowsOnly {
    store: Store,
    pub(crate) opened: Mutex<Vec<String>>,
}

impl Clusters for RowsOnly {
    fn open(&self, region: Region, zone: Zone) -> Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + '_>> {
        self.opened.lock().unwrap().push(zone.to_string());
        Box::pin(async move {
            let transaction = self.store.begin().await?;
            insert_cluster(&transaction, zone.as_str(), (region, zone)).await;
            transaction.commit().await?;
            Ok(())
        })
    }
}

async fn insert_cluster(transaction: &Transaction, name: &str, (region, zone): (Region, Zone)) {
    let cluster = Cluster {
        name: name.parse().unwrap(),
        region,
        zone,
        address: "127.0.0.1".parse().unwrap(),
        nodes: vec!["node-1".parse().unwrap()],
        applied: None,
        reported_at: None,
        generation: Generation::FIRST,
    };
    cluster::Entity::insert(cluster::Model::from(cluster).into_active_model()).exec_without_returning(transaction.conn()).await.unwrap();
}

/// The arguments of a command line, with credentials for account 1.
pub(crate) fn args(arguments: &[&str]) -> ApiArgs {
    line(arguments).api
}

fn line(arguments: &[&str]) -> Line {
    let credentials = format!("{ACCESS}:{SECRET}:000000000001");
    let whole = ["api", "--credentials", &credentials].into_iter().chain(arguments.iter().copied());
    Line::try_parse_from(whole).unwrap_or_else(|why| panic!("{why}"))
}

fn region() -> Region {
    "us-east-1".parse().unwrap()
}

/// A call of account 1.
pub(crate) fn call() -> Call {
    call_of("000000000001")
}

pub(crate) fn call_of(account: &str) -> Call {
    Call { account: account.parse().unwrap(), region: region(), request_id: "request-1".to_owned(), now: Timestamp(1_795_559_400_000) }
}

/// A new VPC with the block 10.0.0.0/16.
pub(crate) async fn vpc(api: &Api) -> String {
    let request = CreateVpc { cidr_block: "10.0.0.0/16".to_owned(), ..CreateVpc::default() };
    create_vpc(api, &call(), request).await.unwrap().vpc.vpc_id
}

/// A new subnet, in the first zone.
pub(crate) async fn subnet(api: &Api, vpc: &str, cidr: &str) -> String {
    let request = CreateSubnet { vpc_id: vpc.to_owned(), cidr_block: cidr.to_owned(), ..CreateSubnet::default() };
    create_subnet(api, &call(), request).await.unwrap().subnet.subnet_id
}

/// The code of a refusal; whatever else there was instead fails the test.
pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, Fault>) -> String {
    match result {
        Err(Fault::Refused(error)) => error.code.into_owned(),
        other => panic!("not refused: {other:?}"),
    }
}

pub(crate) fn filter(name: &str, values: &[&str]) -> Filter {
    Filter { name: name.to_owned(), values: values.iter().map(|value| (*value).to_owned()).collect() }
}

pub(crate) fn tag(key: &str, value: &str) -> Tag {
    Tag { key: key.to_owned(), value: value.to_owned() }
}

pub(crate) fn tagged(resource_type: &str, tags: &[(&str, &str)]) -> Vec<TagSpecification> {
    let tags = tags.iter().map(|(key, value)| tag(key, value)).collect();
    vec![TagSpecification { resource_type: Some(resource_type.to_owned()), tags }]
}

/// What the change log has of a thing: the words.
pub(crate) async fn log_of(api: &Api, id: &str) -> Vec<String> {
    let rows = change::Entity::find().filter(change::Column::EntityId.eq(id)).order_by_asc(change::Column::Id).all(api.store.reader()).await.unwrap();
    rows.into_iter().map(|row| row.what).collect()
}

/// Speaks as much of NATS's protocol as a client needs to believe that it is connected.
async fn deaf_bus() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (read, mut write) = stream.into_split();
                let info = "INFO {\"server_id\":\"x\",\"server_name\":\"x\",\"version\":\"2.11.0\",\"go\":\"x\",\"host\":\"127.0.0.1\",\
                            \"port\":4222,\"headers\":true,\"max_payload\":1048576,\"proto\":1}\r\n";
                write.write_all(info.as_bytes()).await?;
                let mut lines = BufReader::new(read).lines();
                while let Some(line) = lines.next_line().await? {
                    if line.starts_with("PING") {
                        write.write_all(b"PONG\r\n").await?;
                    }
                }
                Ok::<(), std::io::Error>(())
            });
        }
    });
    format!("nats://{address}")
}
