//! Instances, interfaces and routes in a database of the test's own.

use multihome_entities::{
    attachment, cluster, elastic_address, instance, instance_type, interface, internet_gateway, nat_gateway, route, route_table, subnet, vpc,
};
use multihome_runtime::{Store, now};
use multihome_types::{
    AccountId, Attachment, AttachmentState, ChangeId, Cluster, Connectivity, DeviceIndex, ElasticAddress, Generation, Instance, InstanceId,
    InstanceState, InstanceType, Interface, InterfaceId, InterfaceKind, InternetGateway, Mac, MacPrefix, NatGateway, NatGatewayId, NatGatewayState,
    NatInterface, Route, RouteOrigin, RouteState, RouteTable, RouteTableId, Subnet, SubnetAttributes, Timestamp, Vpc,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, Database, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::{Expr, ExprTrait},
};

pub const VPC: &str = "vpc-3b1fdc87";
pub const ACCOUNT: &str = "000994694045";

pub fn of<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// A database that nobody else uses: a file, or one on the server that `MULTIHOME_TEST_DATABASE` names.
pub struct Region {
    pub store: Store,
    _folder: tempfile::TempDir,
}

impl Region {
    /// With a VPC and its subnet, a cluster and an instance type.
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = match std::env::var("MULTIHOME_TEST_DATABASE") {
            Ok(server) => {
                let name = format!("route_workflow_{:032x}", multihome_runtime::random_bits());
                Database::connect(&server).await.unwrap().execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
                let (base, query) = server.split_once('?').map_or((server.as_str(), String::new()), |(base, query)| (base, format!("?{query}")));
                let (authority, _) = base.rsplit_once('/').filter(|(before, _)| !before.ends_with('/')).unwrap_or((base, ""));
                format!("{authority}/{name}{query}")
            }
            Err(_) => format!("sqlite://{}", folder.path().join("test.db").display()),
        };
        let store = Store::open(&url, 4).await.unwrap();
        store.migrate().await.unwrap();
        let region = Self { store, _folder: folder };
        region.network().await;
        region
    }

    async fn network(&self) {
        let txn = self.store.begin().await.unwrap();
        let row = Cluster {
            name: of("one"),
            region: of("home"),
            zone: of("one"),
            address: of("10.111.1.1"),
            nodes: vec![],
            applied: None,
            reported_at: None,
            generation: Generation::FIRST,
        };
        cluster::Model::from(row).into_active_model().reset_all().insert(txn.conn()).await.unwrap();
        let row = InstanceType {
            name: "m1.small".to_owned(),
            cpu: 1,
            disk_gb: 5,
            memory_mib: 256,
            interfaces: 8,
            addresses_per_interface: 8,
            ipv6_addresses_per_interface: 0,
            generation: Generation::FIRST,
        };
        instance_type::Model::from(row).into_active_model().reset_all().insert(txn.conn()).await.unwrap();
        vpc::Model::from(vpc_row(VPC)).into_active_model().reset_all().insert(txn.conn()).await.unwrap();
        txn.commit().await.unwrap();
        self.subnet("subnet-893ca466", "172.31.0.0/20").await;
    }

    pub async fn subnet(&self, id: &str, cidr: &str) {
        let txn = self.store.begin().await.unwrap();
        let row = Subnet {
            id: of(id),
            account: of(ACCOUNT),
            region: of("home"),
            zone: of("one"),
            vpc: of(VPC),
            cidr: of(cidr),
            ipv6: None,
            default_for_zone: false,
            attributes: SubnetAttributes::default(),
            created: Timestamp(0),
            generation: Generation::FIRST,
        };
        subnet::Model::from(row).into_active_model().reset_all().insert(txn.conn()).await.unwrap();
        txn.commit().await.unwrap();
    }

    pub async fn vpc(&self, id: &str) {
        let txn = self.store.begin().await.unwrap();
        vpc::Model::from(vpc_row(id)).into_active_model().reset_all().insert(txn.conn()).await.unwrap();
        txn.commit().await.unwrap();
    }

    pub async fn internet_gateway(&self, id: &str, vpc: Option<&str>) {
        let txn = self.store.begin().await.unwrap();
        let row = InternetGateway {
            id: of(id),
            account: of(ACCOUNT),
            region: of("home"),
            vpc: vpc.map(of),
            created: Timestamp(0),
            generation: Generation::FIRST,
        };
        internet_gateway::Model::from(row).into_active_model().reset_all().insert(txn.conn()).await.unwrap();
        txn.commit().await.unwrap();
    }

    /// A private one, as if it had been set up.
    pub async fn nat_gateway(&self, id: &str, state: NatGatewayState) {
        let txn = self.store.begin().await.unwrap();
        let row = NatGateway {
            id: of(id),
            account: of(ACCOUNT),
            region: of("home"),
            zone: of("one"),
            vpc: of(VPC),
            subnet: of("subnet-893ca466"),
            connectivity: Connectivity::Private,
            allocation: None,
            wanted: None,
            state,
            interface: Some(NatInterface { id: of("eni-dddddddd"), address: of("172.31.2.227") }),
            public: None,
            failure: None,
            since: now(),
            created: now(),
            generation: Generation::FIRST,
        };
        nat_gateway::Model::from(&row).into_active_model().reset_all().insert(txn.conn()).await.unwrap();
        txn.commit().await.unwrap();
    }

    /// A pending one, as a user asks for it: public if it is to have an elastic address.
    pub async fn gateway(&self, id: &str, allocation: Option<&str>, wanted: Option<&str>) {
        self.gateway_in("subnet-893ca466", (id, allocation, wanted)).await;
    }

    pub async fn gateway_in(&self, subnet: &str, (id, allocation, wanted): (&str, Option<&str>, Option<&str>)) {
        let txn = self.store.begin().await.unwrap();
        let row = NatGateway {
            id: of(id),
            account: of(ACCOUNT),
            region: of("home"),
            zone: of("one"),
            vpc: of(VPC),
            subnet: of(subnet),
            connectivity: if allocation.is_some() { Connectivity::Public } else { Connectivity::Private },
            allocation: allocation.map(of),
            wanted: wanted.map(of),
            state: NatGatewayState::Pending,
            interface: None,
            public: None,
            failure: None,
            since: now(),
            created: now(),
            generation: Generation::FIRST,
        };
        nat_gateway::Model::from(&row).into_active_model().reset_all().insert(txn.conn()).await.unwrap();
        txn.commit().await.unwrap();
    }

    /// As a user asks for its end.
    pub async fn delete_gateway(&self, id: &str) {
        let txn = self.store.begin().await.unwrap();
        let read = NatGateway::from(nat_gateway::Entity::find_by_id(of::<NatGatewayId>(id)).one(txn.conn()).await.unwrap().unwrap());
        let revised = NatGateway { state: NatGatewayState::Deleting, since: now(), generation: read.generation.next(), ..read.clone() };
        assert_eq!(nat_gateway::update(txn.conn(), &read, &revised).await.unwrap(), 1);
        txn.commit().await.unwrap();
    }

    pub async fn elastic(&self, id: &str, address: &str) {
        let txn = self.store.begin().await.unwrap();
        let row = ElasticAddress {
            id: of(id),
            account: of(ACCOUNT),
            region: of("home"),
            address: of(address),
            automatic: false,
            association: None,
            created: Timestamp(0),
            generation: Generation::FIRST,
        };
        assert!(elastic_address::take(txn.conn(), &row).await.unwrap());
        txn.commit().await.unwrap();
    }

    pub async fn instance(&self, id: &str, state: InstanceState) {
        let txn = self.store.begin().await.unwrap();
        let row = Instance {
            id: of(id),
            account: of(ACCOUNT),
            region: of("home"),
            zone: of("one"),
            cluster: of("one"),
            node: of("10.111.1.11"),
            reservation: of("r-00000001"),
            launch_index: 0,
            image: of("ami-00000001"),
            instance_type: "m1.small".to_owned(),
            key_name: None,
            user_data: None,
            client_token: None,
            attributes: multihome_types::InstanceAttributes::default(),
            vpc: of(VPC),
            subnet: of("subnet-893ca466"),
            state,
            reason: None,
            launched_at: Timestamp(0),
            since: Timestamp(0),
            deadline: None,
            change: ChangeId(0),
            generation: Generation::FIRST,
        };
        instance::Model::from(row).into_active_model().reset_all().insert(txn.conn()).await.unwrap();
        txn.commit().await.unwrap();
    }

    pub async fn instance_state(&self, id: &str, state: InstanceState) {
        let txn = self.store.begin().await.unwrap();
        let of_it = instance::Column::Id.eq(of::<InstanceId>(id));
        let update = instance::Entity::update_many().col_expr(instance::Column::State, Expr::value(state)).filter(of_it);
        assert_eq!(update.exec(txn.conn()).await.unwrap().rows_affected, 1);
        txn.commit().await.unwrap();
    }

    pub async fn interface(&self, id: &str) {
        let txn = self.store.begin().await.unwrap();
        let row = Interface {
            id: of(id),
            account: of(ACCOUNT),
            region: of("home"),
            zone: of("one"),
            vpc: of(VPC),
            subnet: of("subnet-893ca466"),
            kind: InterfaceKind::Interface,
            mac: Mac::of(of(id), MacPrefix::default()),
            address: of("172.31.2.226"),
            description: String::new(),
            source_dest_check: true,
            groups: vec![],
            attachment: None,
            assigned: multihome_types::Assigned::default(),
            public: Vec::new(),
            automatic_public_address: false,
            created: Timestamp(0),
            generation: Generation::FIRST,
        };
        interface::Model::from(&row).into_active_model().reset_all().insert(txn.conn()).await.unwrap();
        txn.commit().await.unwrap();
    }

    pub async fn attach(&self, id: &str, to: &str) {
        let txn = self.store.begin().await.unwrap();
        let row = Attachment {
            id: of(&id.replace("eni-", "eni-attach-")),
            account: of(ACCOUNT),
            region: of("home"),
            interface: of(id),
            instance: of(to),
            instance_account: of(ACCOUNT),
            cluster: of("one"),
            device_index: DeviceIndex(1),
            state: AttachmentState::Attached,
            delete_on_termination: false,
            attached_at: now(),
            since: now(),
            deadline: None,
            reason: None,
            change: ChangeId(0),
            generation: Generation::FIRST,
        };
        attachment::Model::from(row).into_active_model().reset_all().insert(txn.conn()).await.unwrap();
        txn.commit().await.unwrap();
    }

    pub async fn detach(&self, id: &str) {
        let txn = self.store.begin().await.unwrap();
        attachment::Entity::delete_many().filter(attachment::Column::Interface.eq(of::<InterfaceId>(id))).exec(txn.conn()).await.unwrap();
        txn.commit().await.unwrap();
    }

    /// A table with these routes, at 10.0.0.0/16, 10.1.0.0/16, …
    pub async fn table(&self, id: &str, routes: &[(&str, RouteState, Option<&str>)]) {
        let txn = self.store.begin().await.unwrap();
        let table = RouteTable {
            id: of(id),
            account: of(ACCOUNT),
            region: of("home"),
            vpc: of(VPC),
            main: None,
            subnets: vec![],
            routes: vec![],
            created: Timestamp(0),
            generation: Generation::FIRST,
        };
        route_table::Model::from(&table).into_active_model().reset_all().insert(txn.conn()).await.unwrap();
        for (position, (target, state, instance)) in routes.iter().enumerate() {
            let row = Route {
                destination: of(&format!("10.{position}.0.0/16")),
                target: of(target),
                origin: RouteOrigin::CreateRoute,
                state: *state,
                instance: instance.map(|id| (of::<InstanceId>(id), of::<AccountId>(ACCOUNT))),
            };
            let row = route::Model::of(table.id, i32::try_from(position).unwrap(), &row);
            row.into_active_model().reset_all().insert(txn.conn()).await.unwrap();
        }
        txn.commit().await.unwrap();
    }

    pub async fn read(&self, table: &str) -> RouteTable {
        let matching = Condition::all().add(route_table::Column::Id.eq(of::<RouteTableId>(table)));
        route_table::load(self.store.reader(), matching).await.unwrap().remove(0)
    }

    /// Somebody else changes the table.
    pub async fn touch(&self, table: &str) {
        let txn = self.store.begin().await.unwrap();
        let touch = route_table::Entity::update_many()
            .col_expr(route_table::Column::Generation, Expr::col(route_table::Column::Generation).add(1))
            .filter(route_table::Column::Id.eq(of::<RouteTableId>(table)));
        touch.exec(txn.conn()).await.unwrap();
        txn.commit().await.unwrap();
    }
}

fn vpc_row(id: &str) -> Vpc {
    Vpc {
        id: of(id),
        account: of(ACCOUNT),
        region: of("home"),
        cidr: of("172.31.0.0/16"),
        is_default: false,
        dns_support: true,
        dns_hostnames: true,
        network_address_usage_metrics: false,
        dhcp_options: None,
        created: Timestamp(0),
        generation: Generation::FIRST,
    }
}
