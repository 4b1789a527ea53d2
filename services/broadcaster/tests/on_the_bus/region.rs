//! A small region in a database of its own, changed as the services change it: each change with its row in the log.

use multihome_entities::{
    attachment, cluster, dhcp_options, group, instance, instance_type, interface, interface_group, network_acl, network_acl_association,
    network_acl_entry, route, route_table, subnet, vpc,
};
use multihome_runtime::{Store, Transaction, now};
use multihome_types::{
    AclAction, Applied, Attachment, AttachmentState, Change, ChangeId, Cluster, DeviceIndex, DhcpOption, DhcpOptions, EntityKind, Generation, Group,
    Instance, InstanceId, InstanceState, InstanceType, Interface, InterfaceId, InterfaceKind, Mac, MacPrefix, NetworkAcl, NetworkAclEntry, Route,
    RouteOrigin, RouteState, RouteTable, Subnet, SubnetAttributes, Timestamp, Vpc,
};
use sea_orm::{ActiveModelTrait, ConnectionTrait, Database, EntityTrait, IntoActiveModel};

pub fn of<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// A database that nobody else uses: a file, or one on the server that `MULTIHOME_TEST_DATABASE` names.
pub struct Fresh {
    pub url: String,
    _folder: tempfile::TempDir,
}

impl Fresh {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = match std::env::var("MULTIHOME_TEST_DATABASE") {
            Ok(server) => {
                let name = format!("broadcaster_{:032x}", multihome_runtime::random_bits());
                Database::connect(&server).await.unwrap().execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
                let (base, query) = server.split_once('?').map_or((server.as_str(), String::new()), |(base, query)| (base, format!("?{query}")));
                let (authority, _) = base.rsplit_once('/').filter(|(before, _)| !before.ends_with('/')).unwrap_or((base, ""));
                format!("{authority}/{name}{query}")
            }
            Err(_) => format!("sqlite://{}", folder.path().join("test.db").display()),
        };
        let fresh = Self { url, _folder: folder };
        fresh.open().await.migrate().await.unwrap();
        fresh
    }

    pub async fn open(&self) -> Store {
        Store::open(&self.url, 4).await.unwrap()
    }
}

fn change(entity: EntityKind, id: impl ToString, generation: Generation) -> Change {
    Change {
        id: ChangeId(0),
        entity,
        entity_id: id.to_string(),
        generation,
        account: of("000994694045"),
        region: of("home"),
        what: "changed".to_owned(),
        why: "The test says so".to_owned(),
        at: now(),
        who: "test".to_owned(),
    }
}

/// Writes to the database what a service would.
#[derive(Clone)]
pub struct Hand(pub Store);

impl Hand {
    pub async fn begin(&self) -> Transaction {
        self.0.begin().await.unwrap()
    }

    /// A cluster is registered without a change: it is looked for.
    pub async fn cluster(&self, name: &str, region: &str) {
        let txn = self.begin().await;
        let row = Cluster {
            name: of(name),
            region: of(region),
            zone: of(name),
            address: of("10.111.1.1"),
            nodes: vec![of("10.111.1.11")],
            applied: None,
            reported_at: None,
            generation: Generation::FIRST,
        };
        cluster::Model::from(row).into_active_model().reset_all().insert(txn.conn()).await.unwrap();
        txn.commit().await.unwrap();
    }

    /// A VPC, its subnet and its group, with the same digits, and what instances need.
    pub async fn network(&self, digits: &str, region: &str) {
        let mut txn = self.begin().await;
        let kind = InstanceType {
            name: "m1.small".to_owned(),
            cpu: 1,
            disk_gb: 5,
            memory_mib: 256,
            interfaces: 8,
            addresses_per_interface: 8,
            ipv6_addresses_per_interface: 0,
            generation: Generation::FIRST,
        };
        let kind = instance_type::Model::from(kind).into_active_model().reset_all();
        instance_type::Entity::insert(kind).on_conflict_do_nothing_on([instance_type::Column::Name]).exec(txn.conn()).await.unwrap();
        let row = Vpc {
            id: of(&format!("vpc-{digits}")),
            account: of("000994694045"),
            region: of(region),
            cidr: of("172.31.0.0/16"),
            is_default: false,
            dns_support: true,
            dns_hostnames: true,
            network_address_usage_metrics: false,
            dhcp_options: None,
            created: Timestamp(0),
            generation: Generation::FIRST,
        };
        vpc::Model::from(row).into_active_model().reset_all().insert(txn.conn()).await.unwrap();
        let row = Subnet {
            id: of(&format!("subnet-{digits}")),
            account: of("000994694045"),
            region: of(region),
            zone: of("one"),
            vpc: of(&format!("vpc-{digits}")),
            cidr: of("172.31.0.0/20"),
            ipv6: None,
            default_for_zone: false,
            attributes: SubnetAttributes::default(),
            created: Timestamp(0),
            generation: Generation::FIRST,
        };
        subnet::Model::from(row).into_active_model().reset_all().insert(txn.conn()).await.unwrap();
        let row = Group {
            id: of(&format!("sg-{digits}")),
            account: of("000994694045"),
            region: of(region),
            vpc: of(&format!("vpc-{digits}")),
            name: "default".to_owned(),
            description: String::new(),
            rules: vec![],
            created: Timestamp(0),
            generation: Generation::FIRST,
        };
        group::Model::from(&row).into_active_model().reset_all().insert(txn.conn()).await.unwrap();
        let changes = [(EntityKind::Vpc, "vpc"), (EntityKind::Subnet, "subnet"), (EntityKind::Group, "sg")];
        txn.record(changes.map(|(kind, prefix)| change(kind, format!("{prefix}-{digits}"), Generation::FIRST)).to_vec()).await.unwrap();
        txn.commit().await.unwrap();
    }

    /// A running instance with its primary interface, which has the instance's digits.
    pub async fn instance(&self, digits: &str, cluster: &str, network: &str, region: &str) {
        self.instances(&[digits.to_owned()], cluster, network, region).await;
    }

    /// Several at once.
    pub async fn instances(&self, digits: &[String], cluster: &str, network: &str, region: &str) {
        let mut txn = self.begin().await;
        for digits in digits {
            instance_in(&mut txn, digits, cluster, network, region).await;
        }
        txn.commit().await.unwrap();
    }

    pub async fn interface(&self, digits: &str, network: &str) {
        let mut txn = self.begin().await;
        interface_in(&mut txn, digits, network, "home").await;
        txn.commit().await.unwrap();
    }

    /// Attaching, as a user asks for it.
    pub async fn attach(&self, interface: &str, instance: &str, index: u8) -> ChangeId {
        let mut txn = self.begin().await;
        let attachment = attach_in(&mut txn, of(interface), of(instance), index, "one").await;
        txn.commit().await.unwrap();
        attachment.change
    }

    pub async fn state(&self, interface: &str, state: AttachmentState) -> ChangeId {
        let mut txn = self.begin().await;
        let read = interface::find(txn.conn(), of(interface)).await.unwrap().unwrap();
        let change = state_in(&mut txn, read.attachment.unwrap(), state).await;
        txn.commit().await.unwrap();
        change
    }

    /// Attached and given up within one transaction: a document never said so.
    pub async fn attach_and_detach(&self, interface: &str, instance: &str, index: u8) -> ChangeId {
        let mut txn = self.begin().await;
        let attachment = attach_in(&mut txn, of(interface), of(instance), index, "one").await;
        let change = state_in(&mut txn, attachment, AttachmentState::Detaching).await;
        txn.commit().await.unwrap();
        change
    }

    pub async fn release(&self, interface: &str) {
        let mut txn = self.begin().await;
        let read = interface::find(txn.conn(), of(interface)).await.unwrap().unwrap();
        attachment::Entity::delete_by_id(read.attachment.unwrap().id).exec(txn.conn()).await.unwrap();
        touch_interface(&mut txn, of(interface)).await;
        txn.commit().await.unwrap();
    }

    pub async fn instance_state(&self, id: &str, state: InstanceState) {
        let mut txn = self.begin().await;
        let row = instance::Entity::find_by_id(of::<InstanceId>(id)).one(txn.conn()).await.unwrap().unwrap();
        let generation = row.generation.next();
        let recorded = txn.record(vec![change(EntityKind::Instance, id, generation)]).await.unwrap();
        instance::Entity::update(instance::Model { state, change: recorded, generation, ..row }.into_active_model().reset_all())
            .exec(txn.conn())
            .await
            .unwrap();
        txn.commit().await.unwrap();
    }

    /// What a cluster tells of itself.
    pub async fn applied(&self, name: &str, version: &str, revision: ChangeId) {
        let mut txn = self.begin().await;
        let row = cluster::Entity::find_by_id(of::<multihome_types::ClusterName>(name)).one(txn.conn()).await.unwrap().unwrap();
        let mut known = Cluster::try_from(row).unwrap();
        known.generation = known.generation.next();
        known.applied = Some(Applied { version: version.to_owned(), revision, at: Timestamp(1_795_559_400_042) });
        txn.record(vec![change(EntityKind::ClusterReport, name, known.generation)]).await.unwrap();
        cluster::Entity::update(cluster::Model::from(known).into_active_model().reset_all()).exec(txn.conn()).await.unwrap();
        txn.commit().await.unwrap();
    }

    /// An ACL with the VPC's digits, which the VPC's subnet has.
    pub async fn acl(&self, digits: &str) {
        let mut txn = self.begin().await;
        let acl = NetworkAcl {
            id: of(&format!("acl-{digits}")),
            account: of("000994694045"),
            region: of("home"),
            vpc: of(&format!("vpc-{digits}")),
            is_default: true,
            entries: vec![],
            subnets: vec![],
            created: Timestamp(0),
            generation: Generation::FIRST,
        };
        network_acl::Model::from(&acl).into_active_model().reset_all().insert(txn.conn()).await.unwrap();
        let row = network_acl_association::Model { id: of(&format!("aclassoc-{digits}")), acl: acl.id, subnet: of(&format!("subnet-{digits}")) };
        row.into_active_model().reset_all().insert(txn.conn()).await.unwrap();
        txn.record(vec![change(EntityKind::NetworkAcl, acl.id, acl.generation)]).await.unwrap();
        txn.commit().await.unwrap();
    }

    /// One more entry of that ACL.
    pub async fn acl_entry(&self, digits: &str, number: i32, protocol: i32) {
        let mut txn = self.begin().await;
        let row =
            network_acl::Entity::find_by_id(of::<multihome_types::NetworkAclId>(&format!("acl-{digits}"))).one(txn.conn()).await.unwrap().unwrap();
        let (id, generation) = (row.id, row.generation.next());
        let entry = NetworkAclEntry { egress: false, number, protocol, action: AclAction::Deny, peer: of("10.0.0.0/8"), icmp: None, ports: None };
        network_acl_entry::insert(txn.conn(), id, &[entry]).await.unwrap();
        network_acl::Entity::update(network_acl::Model { generation, ..row }.into_active_model().reset_all()).exec(txn.conn()).await.unwrap();
        txn.record(vec![change(EntityKind::NetworkAcl, id, generation)]).await.unwrap();
        txn.commit().await.unwrap();
    }

    /// Options with one domain name, given to a VPC.
    pub async fn options(&self, digits: &str, network: &str, domain: &str) {
        let mut txn = self.begin().await;
        let set = DhcpOptions {
            id: of(&format!("dopt-{digits}")),
            account: of("000994694045"),
            region: of("home"),
            is_default: false,
            options: [(DhcpOption::DomainName, vec![domain.to_owned()])].into(),
            created: Timestamp(0),
            generation: Generation::FIRST,
        };
        dhcp_options::Model::from(&set).into_active_model().reset_all().insert(txn.conn()).await.unwrap();
        let row = vpc::Entity::find_by_id(of::<multihome_types::VpcId>(&format!("vpc-{network}"))).one(txn.conn()).await.unwrap().unwrap();
        let (id, generation) = (row.id, row.generation.next());
        let row = vpc::Model { dhcp_options: Some(set.id), generation, ..row };
        vpc::Entity::update(row.into_active_model().reset_all()).exec(txn.conn()).await.unwrap();
        txn.record(vec![change(EntityKind::DhcpOptions, set.id, set.generation), change(EntityKind::Vpc, id, generation)]).await.unwrap();
        txn.commit().await.unwrap();
    }

    /// A table with one route to an interface, active and on no instance.
    pub async fn route(&self, digits: &str, network: &str, target: &str) {
        let mut txn = self.begin().await;
        let table = RouteTable {
            id: of(&format!("rtb-{digits}")),
            account: of("000994694045"),
            region: of("home"),
            vpc: of(&format!("vpc-{network}")),
            main: None,
            subnets: vec![],
            routes: vec![],
            created: Timestamp(0),
            generation: Generation::FIRST,
        };
        route_table::Model::from(&table).into_active_model().reset_all().insert(txn.conn()).await.unwrap();
        let row = Route {
            destination: of("192.168.100.0/24"),
            target: of(target),
            origin: RouteOrigin::CreateRoute,
            state: RouteState::Active,
            instance: None,
        };
        route::Model::of(table.id, 0, &row).into_active_model().reset_all().insert(txn.conn()).await.unwrap();
        txn.record(vec![change(EntityKind::RouteTable, table.id, Generation::FIRST)]).await.unwrap();
        txn.commit().await.unwrap();
    }
}

async fn instance_in(txn: &mut Transaction, digits: &str, cluster: &str, network: &str, region: &str) {
    let row = Instance {
        id: of(&format!("i-{digits}")),
        account: of("000994694045"),
        region: of(region),
        zone: of("one"),
        cluster: of(cluster),
        node: of("10.111.1.11"),
        reservation: of("r-00000001"),
        launch_index: 0,
        image: of("ami-00000001"),
        instance_type: "m1.small".to_owned(),
        key_name: None,
        user_data: None,
        client_token: None,
        attributes: multihome_types::InstanceAttributes::default(),
        vpc: of(&format!("vpc-{network}")),
        subnet: of(&format!("subnet-{network}")),
        state: InstanceState::Running,
        reason: None,
        launched_at: Timestamp(0),
        since: Timestamp(0),
        deadline: None,
        change: ChangeId(0),
        generation: Generation::FIRST,
    };
    let id = row.id;
    instance::Model::from(row).into_active_model().reset_all().insert(txn.conn()).await.unwrap();
    txn.record(vec![change(EntityKind::Instance, id, Generation::FIRST)]).await.unwrap();
    interface_in(txn, digits, network, region).await;
    let attached = attach_in(txn, of(&format!("eni-{digits}")), id, 0, cluster).await;
    state_in(txn, attached, AttachmentState::Attached).await;
}

async fn interface_in(txn: &mut Transaction, digits: &str, network: &str, region: &str) {
    let id: InterfaceId = of(&format!("eni-{digits}"));
    let row = Interface {
        id,
        account: of("000994694045"),
        region: of(region),
        zone: of("one"),
        vpc: of(&format!("vpc-{network}")),
        subnet: of(&format!("subnet-{network}")),
        kind: InterfaceKind::Interface,
        mac: Mac::of(id, MacPrefix::default()),
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
    let row = interface_group::Model { interface: id, group_id: of(&format!("sg-{network}")) };
    row.into_active_model().reset_all().insert(txn.conn()).await.unwrap();
    txn.record(vec![change(EntityKind::Interface, id, Generation::FIRST)]).await.unwrap();
}

async fn attach_in(txn: &mut Transaction, id: InterfaceId, instance: InstanceId, index: u8, cluster: &str) -> Attachment {
    let attachment: multihome_types::AttachmentId = of(&id.to_string().replace("eni-", "eni-attach-"));
    let recorded = txn.record(vec![change(EntityKind::Attachment, attachment, Generation::FIRST)]).await.unwrap();
    let row = Attachment {
        id: attachment,
        account: of("000994694045"),
        region: of("home"),
        interface: id,
        instance,
        instance_account: of("000994694045"),
        cluster: of(cluster),
        device_index: DeviceIndex(index),
        state: AttachmentState::Attaching,
        delete_on_termination: false,
        attached_at: now(),
        since: now(),
        deadline: None,
        reason: None,
        change: recorded,
        generation: Generation::FIRST,
    };
    attachment::Model::from(row.clone()).into_active_model().reset_all().insert(txn.conn()).await.unwrap();
    touch_interface(txn, id).await;
    row
}

async fn state_in(txn: &mut Transaction, attachment: Attachment, state: AttachmentState) -> ChangeId {
    let generation = attachment.generation.next();
    let recorded = txn.record(vec![change(EntityKind::Attachment, attachment.id, generation)]).await.unwrap();
    let interface = attachment.interface;
    let row = attachment::Model::from(Attachment { state, change: recorded, generation, ..attachment });
    attachment::Entity::update(row.into_active_model().reset_all()).exec(txn.conn()).await.unwrap();
    touch_interface(txn, interface).await;
    recorded
}

async fn touch_interface(txn: &mut Transaction, id: InterfaceId) {
    let row = interface::Entity::find_by_id(id).one(txn.conn()).await.unwrap().unwrap();
    let generation = row.generation.next();
    interface::Entity::update(interface::Model { generation, ..row }.into_active_model().reset_all()).exec(txn.conn()).await.unwrap();
    txn.record(vec![change(EntityKind::Interface, id, generation)]).await.unwrap();
}
