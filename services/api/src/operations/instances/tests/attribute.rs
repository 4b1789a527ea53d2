//! What is asked and changed of instances one attribute at a time, and how they are.

use multihome_ec2::{
    AttributeValue,
    instance::{
        DescribeInstanceAttribute, DescribeInstanceAttributeReply as Shown, DescribeInstanceStatus, InstanceBlockDeviceMappingSpecification,
        InstanceStatus, ModifyInstanceAttribute, MonitorInstances, RebootInstances, ResetInstanceAttribute, RunInstances, RunInstancesMonitoring,
        UnmonitorInstances,
    },
};
use multihome_entities::instance;
use multihome_types::{InstanceId, InstanceState};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};

use super::{ZONE, fresh, on, with};
use crate::{
    fault::Fault,
    operations::{
        describe_instance_attribute, describe_instance_status, modify_instance_attribute, monitor_instances,
        network_interfaces::world::{World, code, filters_of, refusal},
        reboot_instances, reset_instance_attribute, unmonitor_instances,
    },
    testing,
};

impl World {
    /// As the attachment service would leave it.
    pub(super) async fn is_now(&self, id: &str, state: InstanceState) {
        let txn = self.api.store.begin().await.unwrap();
        let generation = Expr::col(instance::Column::Generation).add(1);
        let update = instance::Entity::update_many().col_expr(instance::Column::State, Expr::value(state));
        let update = update.col_expr(instance::Column::Generation, generation).filter(instance::Column::Id.eq(id));
        update.exec(txn.conn()).await.unwrap();
        txn.commit().await.unwrap();
    }

    pub(super) async fn one_of(&self, request: RunInstances) -> String {
        self.run(request).await.unwrap().instances.remove(0).instance_id
    }

    async fn attribute_of(&self, id: &str, attribute: &str) -> Result<Shown, Fault> {
        let request = DescribeInstanceAttribute { instance_id: id.to_owned(), attribute: attribute.to_owned(), ..Default::default() };
        describe_instance_attribute(&self.api, &self.call, request).await
    }

    async fn modify(&self, request: ModifyInstanceAttribute) -> Result<(), Fault> {
        modify_instance_attribute(&self.api, &self.call, request).await.map(drop)
    }

    async fn set(&self, id: &str, attribute: &str, value: &str) -> Result<(), Fault> {
        self.modify(ModifyInstanceAttribute { attribute: Some(attribute.to_owned()), value: Some(value.to_owned()), ..of(id) }).await
    }

    async fn statuses(&self, request: DescribeInstanceStatus) -> Vec<InstanceStatus> {
        describe_instance_status(&self.api, &self.call, request).await.unwrap().statuses
    }

    async fn row(&self, id: &str) -> instance::Model {
        instance::Entity::find_by_id(id.parse::<InstanceId>().unwrap()).one(self.api.store.reader()).await.unwrap().unwrap()
    }
}

fn of(id: &str) -> ModifyInstanceAttribute {
    ModifyInstanceAttribute { instance_id: id.to_owned(), ..ModifyInstanceAttribute::default() }
}

fn some<T>(value: T) -> Option<AttributeValue<T>> {
    Some(AttributeValue { value })
}

#[tokio::test]
async fn a_launch_sets_attributes_and_each_is_shown_alone() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let request = RunInstances {
        disable_api_termination: true,
        disable_api_stop: true,
        instance_initiated_shutdown_behavior: Some("terminate".to_owned()),
        ebs_optimized: true,
        monitoring: Some(RunInstancesMonitoring { enabled: true }),
        user_data: Some("aGVsbG8=".to_owned()),
        instance_type: Some("m5.large".to_owned()),
        ..on(&subnet)
    };
    let id = world.one_of(request).await;
    let shown = world.instance(&id).await.unwrap();
    assert_eq!((shown.ebs_optimized, &*shown.monitoring.state), (true, "enabled"));
    let value = async |attribute| world.attribute_of(&id, attribute).await.unwrap();
    assert_eq!(value("disableApiTermination").await.disable_api_termination.unwrap().value, Some(true));
    assert_eq!(value("disableApiStop").await.disable_api_stop.unwrap().value, Some(true));
    assert_eq!(value("ebsOptimized").await.ebs_optimized.unwrap().value, Some(true));
    assert_eq!(value("instanceInitiatedShutdownBehavior").await.instance_initiated_shutdown_behavior.unwrap().value.as_deref(), Some("terminate"));
    assert_eq!(value("instanceType").await.instance_type.unwrap().value.as_deref(), Some("m5.large"));
    assert_eq!(value("userData").await.user_data.unwrap().value.as_deref(), Some("aGVsbG8="));
    assert_eq!(value("rootDeviceName").await.root_device_name.unwrap().value.as_deref(), Some("/dev/sda1"));
    assert_eq!(value("sourceDestCheck").await.source_dest_check.unwrap().value, Some(true));
    assert_eq!(value("groupSet").await.groups.unwrap()[0].group_name, "default");
    assert_eq!(value("kernel").await.kernel.unwrap().value, None);
    assert_eq!(value("ramdisk").await.ramdisk.unwrap().value, None);
    assert_eq!((value("blockDeviceMapping").await.block_device_mappings, value("productCodes").await.product_codes), (Some(vec![]), Some(vec![])));
    // Only what was asked for.
    assert_eq!(
        value("enaSupport").await,
        Shown { instance_id: id.clone(), ena_support: Some(multihome_ec2::instance::ShownValue { value: Some(true) }), ..Shown::default() }
    );
    assert_eq!(code(world.attribute_of(&id, "colour").await), "InvalidParameterValue");
    assert_eq!(code(world.attribute_of("i-00000000", "kernel").await), "InvalidInstanceID.NotFound");
    for request in [
        RunInstances { ebs_optimized: true, instance_type: Some("t2.micro".to_owned()), ..on(&subnet) },
        RunInstances { instance_initiated_shutdown_behavior: Some("sleep".to_owned()), ..on(&subnet) },
    ] {
        let refused = code(world.run(request).await);
        assert!(["UnsupportedOperation", "InvalidParameterValue"].contains(&&*refused), "{refused}");
    }
}

#[tokio::test]
async fn one_attribute_is_changed_by_its_parameter_or_by_its_name() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let id = world.one_of(on(&subnet)).await;
    world.is_now(&id, InstanceState::Running).await;
    world.modify(ModifyInstanceAttribute { disable_api_termination: some(true), ..of(&id) }).await.unwrap();
    world.set(&id, "disableApiStop", "true").await.unwrap();
    world.set(&id, "instanceInitiatedShutdownBehavior", "terminate").await.unwrap();
    let row = world.row(&id).await;
    assert!(row.disable_api_termination && row.disable_api_stop && row.shutdown_behavior.as_str() == "terminate");
    assert_eq!(testing::log_of(&world, &id).await, ["pending", "modified", "modified", "modified"]);
    world.set(&id, "disableApiStop", "true").await.unwrap();
    assert_eq!(world.row(&id).await, row, "what changes nothing is no change");
    world.modify(ModifyInstanceAttribute { ena_support: some(true), ..of(&id) }).await.unwrap();
    let device = InstanceBlockDeviceMappingSpecification { device_name: "/dev/sdf".to_owned(), ..Default::default() };
    for (request, expected) in [
        (of(&id), "InvalidParameterCombination"),
        (ModifyInstanceAttribute { disable_api_stop: some(true), ebs_optimized: some(true), ..of(&id) }, "InvalidParameterCombination"),
        (ModifyInstanceAttribute { attribute: Some("userData".to_owned()), ..of(&id) }, "MissingParameter"),
        (ModifyInstanceAttribute { value: Some("x".to_owned()), ..of(&id) }, "MissingParameter"),
        (ModifyInstanceAttribute { kernel: some("aki-1".to_owned()), ..of(&id) }, "UnsupportedOperation"),
        (ModifyInstanceAttribute { ena_support: some(false), ..of(&id) }, "UnsupportedOperation"),
        (ModifyInstanceAttribute { block_device_mappings: vec![device], ..of(&id) }, "InvalidInstanceAttributeValue"),
        (ModifyInstanceAttribute { instance_initiated_shutdown_behavior: some("sleep".to_owned()), ..of(&id) }, "InvalidParameterValue"),
        (ModifyInstanceAttribute { user_data: some(Some("#!".to_owned())), ..of(&id) }, "InvalidUserData.Malformed"),
        (ModifyInstanceAttribute { instance_type: some("m1.large".to_owned()), ..of(&id) }, "IncorrectInstanceState"),
        (ModifyInstanceAttribute { user_data: some(Some("aGk=".to_owned())), ..of(&id) }, "IncorrectInstanceState"),
        (ModifyInstanceAttribute { disable_api_stop: some(true), ..of("i-00000000") }, "InvalidInstanceID.NotFound"),
    ] {
        assert_eq!(code(world.modify(request.clone()).await), expected, "{request:?}");
    }
    for (attribute, value) in [("productCodes", "x"), ("colour", "red"), ("disableApiStop", "yes")] {
        assert_eq!(code(world.set(&id, attribute, value).await), "InvalidParameterValue", "{attribute}");
    }
}

#[tokio::test]
async fn a_stopped_instance_gets_another_type_that_takes_its_interfaces() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let id = world.one_of(with((0..4).map(|index| fresh(index, &subnet)).collect())).await;
    world.is_now(&id, InstanceState::Stopped).await;
    let retyped = |name: &str| ModifyInstanceAttribute { instance_type: some(name.to_owned()), ..of(&id) };
    assert_eq!(refusal(world.modify(retyped("t3.micro")).await), "AttachmentLimitExceeded: Interface count 4 exceeds the limit for t3.micro");
    assert_eq!(code(world.modify(retyped("x9.huge")).await), "InvalidParameterValue");
    assert_eq!(code(world.modify(retyped("m6g.xlarge")).await), "InvalidParameterValue");
    world.modify(retyped("m5.xlarge")).await.unwrap();
    assert_eq!(world.instance(&id).await.unwrap().instance_type, "m5.xlarge");
    world.modify(ModifyInstanceAttribute { user_data: some(Some("aGk=".to_owned())), ..of(&id) }).await.unwrap();
    assert_eq!(world.row(&id).await.user_data.as_deref(), Some("aGk="));
    world.modify(ModifyInstanceAttribute { user_data: some(None), ..of(&id) }).await.unwrap();
    assert_eq!(world.row(&id).await.user_data, None);
}

#[tokio::test]
async fn what_belongs_to_the_interface_is_changed_there_if_there_is_one() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let web = world.group("web").await;
    let alone = world.one_of(on(&subnet)).await;
    world.modify(ModifyInstanceAttribute { source_dest_check: some(false), ..of(&alone) }).await.unwrap();
    world.modify(ModifyInstanceAttribute { group_ids: vec![web.clone()], ..of(&alone) }).await.unwrap();
    let shown = world.instance(&alone).await.unwrap();
    assert_eq!((shown.source_dest_check, &*shown.groups[0].group_id), (Some(false), &*web));
    assert_eq!(world.attribute_of(&alone, "sourceDestCheck").await.unwrap().source_dest_check.unwrap().value, Some(false));
    let reset = |attribute: &str| ResetInstanceAttribute { instance_id: alone.clone(), attribute: attribute.to_owned(), ..Default::default() };
    reset_instance_attribute(&world.api, &world.call, reset("sourceDestCheck")).await.unwrap();
    assert_eq!(world.instance(&alone).await.unwrap().source_dest_check, Some(true));
    assert_eq!(code(reset_instance_attribute(&world.api, &world.call, reset("kernel")).await), "UnsupportedOperation");
    assert_eq!(code(reset_instance_attribute(&world.api, &world.call, reset("userData")).await), "InvalidParameterValue");
    let several = world.one_of(with(vec![fresh(0, &subnet), fresh(1, &subnet)])).await;
    let refused = format!(
        "InvalidInstanceID: There are multiple interfaces attached to instance '{several}'. Please specify an interface ID for the operation instead."
    );
    assert_eq!(refusal(world.modify(ModifyInstanceAttribute { source_dest_check: some(false), ..of(&several) }).await), refused);
    assert_eq!(refusal(world.modify(ModifyInstanceAttribute { group_ids: vec![web], ..of(&several) }).await), refused);
    assert_eq!(refusal(world.attribute_of(&several, "sourceDestCheck").await), refused);
}

#[tokio::test]
async fn what_runs_is_well_and_what_does_not_is_told_when_asked() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let (running, stopped) = (world.one_of(on(&subnet)).await, world.one_of(on(&subnet)).await);
    assert!(world.statuses(DescribeInstanceStatus::default()).await.is_empty(), "none runs yet");
    world.is_now(&running, InstanceState::Running).await;
    world.is_now(&stopped, InstanceState::Stopped).await;
    let found = world.statuses(DescribeInstanceStatus::default()).await;
    assert_eq!((found.len(), &*found[0].instance_id, &*found[0].availability_zone), (1, &*running, ZONE));
    for summary in [&found[0].instance_status, &found[0].system_status, &found[0].attached_ebs_status] {
        let details = &summary.details.as_ref().unwrap()[0];
        assert_eq!((&*summary.status, &*details.name, &*details.status), ("ok", "reachability", "passed"));
    }
    let all =
        |filters: &[(&str, &[&str])]| DescribeInstanceStatus { include_all_instances: true, filters: filters_of(filters), ..Default::default() };
    assert_eq!(world.statuses(all(&[])).await.len(), 2);
    for (name, value, expected) in [
        ("instance-state-name", "stopped", vec![&stopped]),
        ("instance-state-code", "80", vec![&stopped]),
        ("instance-status.status", "ok", vec![&running]),
        ("instance-status.reachability", "passed", vec![&running]),
        ("system-status.status", "not-applicable", vec![&stopped]),
        ("availability-zone", "us-east-1b", vec![]),
        ("event.code", "*", vec![]),
    ] {
        let found = world.statuses(all(&[(name, &[value])])).await;
        assert_eq!(found.iter().map(|status| &status.instance_id).collect::<Vec<_>>(), expected, "{name}");
    }
    let named = |include_all_instances, ids: &[&str]| DescribeInstanceStatus {
        instance_ids: ids.iter().map(|id| (*id).to_owned()).collect(),
        include_all_instances,
        ..DescribeInstanceStatus::default()
    };
    assert_eq!(world.statuses(named(false, &[&running, &stopped])).await.len(), 1);
    assert_eq!(world.statuses(named(true, &[&running, &stopped])).await.len(), 2);
    let refused = |request| describe_instance_status(&world.api, &world.call, request);
    assert_eq!(
        refusal(refused(named(true, &["i-00000002", &running, "i-00000001"])).await),
        "InvalidInstanceID.NotFound: The instance IDs 'i-00000002, i-00000001' do not exist"
    );
    assert_eq!(code(refused(DescribeInstanceStatus { max_results: Some(5), ..named(true, &[&running]) }).await), "InvalidParameterCombination");
    assert_eq!(code(refused(all(&[("colour", &["red"])])).await), "InvalidParameterValue");
    for _ in 0..5 {
        world.one_of(on(&subnet)).await;
    }
    let first = refused(DescribeInstanceStatus { max_results: Some(5), ..all(&[]) }).await.unwrap();
    let second = refused(DescribeInstanceStatus { max_results: Some(5), next_token: first.next_token, ..all(&[]) }).await.unwrap();
    assert_eq!((first.statuses.len(), second.statuses.len(), second.next_token), (5, 2, None));
}

#[tokio::test]
async fn instances_that_run_are_rebooted_all_or_none() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let (running, stopped) = (world.one_of(on(&subnet)).await, world.one_of(on(&subnet)).await);
    world.is_now(&running, InstanceState::Running).await;
    world.is_now(&stopped, InstanceState::Stopped).await;
    let reboot = |ids: &[&str]| {
        let request = RebootInstances { instance_ids: ids.iter().map(|id| (*id).to_owned()).collect(), ..RebootInstances::default() };
        reboot_instances(&world.api, &world.call, request)
    };
    assert_eq!(
        refusal(reboot(&[&running, &stopped]).await),
        format!("IncorrectInstanceState: The instance '{stopped}' is not in the 'running' state.")
    );
    assert_eq!(world.row(&running).await.rebooted_at, None);
    reboot(&[&running]).await.unwrap();
    assert_eq!(world.row(&running).await.rebooted_at, Some(world.call.now));
    assert_eq!(testing::log_of(&world, &running).await, ["pending", "modified"]);
    assert_eq!(code(reboot(&[]).await), "MissingParameter");
    assert_eq!(
        refusal(reboot(&["i-00000002", &running, "i-00000001"]).await),
        "InvalidInstanceID.NotFound: The instance IDs 'i-00000002, i-00000001' do not exist"
    );
}

#[tokio::test]
async fn monitoring_is_switched_on_and_off() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let id = world.one_of(on(&subnet)).await;
    let ids = vec![id.clone()];
    let on = monitor_instances(&world.api, &world.call, MonitorInstances { instance_ids: ids.clone(), ..Default::default() }).await.unwrap();
    assert_eq!((&on.instances[0].instance_id, &*on.instances[0].monitoring.state), (&id, "pending"));
    assert_eq!(world.instance(&id).await.unwrap().monitoring.state, "enabled");
    assert_eq!(world.found(&[("monitoring-state", &["enabled"])]).await.len(), 1);
    let off = unmonitor_instances(&world.api, &world.call, UnmonitorInstances { instance_ids: ids, ..Default::default() }).await.unwrap();
    assert_eq!(off.instances[0].monitoring.state, "disabling");
    assert_eq!(world.instance(&id).await.unwrap().monitoring.state, "disabled");
}
