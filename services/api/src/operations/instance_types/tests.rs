use multihome_core::instance_types::PREDEFINED;
use multihome_ec2::instance_type::{
    DescribeInstanceTypeOfferings, DescribeInstanceTypeOfferingsReply, DescribeInstanceTypes, InstanceTypeInfo, ModifyInstanceTypeAttribute,
};
use multihome_entities::instance_type::{self, Entity};
use sea_orm::{EntityTrait, IntoActiveModel};

use super::*;
use crate::{
    fault::Fault,
    testing::{self, TestApi, call, code, filter, log_of},
};

async fn api() -> TestApi {
    let api = testing::api().await;
    let transaction = api.store.begin().await.unwrap();
    let rows = PREDEFINED.iter().map(|predefined| instance_type::Model::from(predefined.instance_type()).into_active_model());
    Entity::insert_many(rows).exec_without_returning(transaction.conn()).await.unwrap();
    transaction.commit().await.unwrap();
    api
}

fn named(names: &[&str]) -> DescribeInstanceTypes {
    DescribeInstanceTypes { instance_types: names.iter().map(|name| (*name).to_owned()).collect(), ..DescribeInstanceTypes::default() }
}

#[tokio::test]
async fn types_show_the_limits_that_are_enforced() {
    let api = api().await;
    let shown = describe_instance_types(&api, &call(), named(&["t3.micro"])).await.unwrap().instance_types.remove(0);
    let network = shown.network_info;
    assert_eq!((network.maximum_network_interfaces, network.ipv4_addresses_per_interface, network.network_cards.len()), (2, 2, 1));
    assert_eq!(code(describe_instance_types(&api, &call(), named(&["t3.micro", "x9.huge"])).await), "InvalidInstanceType");
    let metal = DescribeInstanceTypes { filters: vec![filter("bare-metal", &["true"])], ..DescribeInstanceTypes::default() };
    let metal = describe_instance_types(&api, &call(), metal).await.unwrap().instance_types;
    assert_eq!(metal.len(), PREDEFINED.iter().filter(|kind| kind.name.contains(".metal")).count());
    assert!(metal.iter().all(|shown| shown.hypervisor.is_none()));
    let page = DescribeInstanceTypes { max_results: Some(20), ..DescribeInstanceTypes::default() };
    let first = describe_instance_types(&api, &call(), page.clone()).await.unwrap();
    let second = describe_instance_types(&api, &call(), DescribeInstanceTypes { next_token: first.next_token, ..page }).await.unwrap();
    assert_eq!((first.instance_types.len(), second.instance_types.len()), (20, 20));
    assert!(second.instance_types.iter().all(|shown| !first.instance_types.contains(shown)));
}

#[tokio::test]
async fn a_limit_is_changed_and_reset() {
    let api = api().await;
    let change = |interfaces: Option<u32>, reset: bool| ModifyInstanceTypeAttribute {
        name: "m1.small".to_owned(),
        network_interfaces: interfaces,
        reset,
        ..ModifyInstanceTypeAttribute::default()
    };
    let changed = modify_instance_type_attribute(&api, &call(), change(Some(5), false)).await.unwrap();
    assert_eq!((changed.previous_instance_type.network_interfaces, changed.instance_type.network_interfaces), (2, 5));
    modify_instance_type_attribute(&api, &call(), change(Some(5), false)).await.unwrap();
    assert_eq!(log_of(&api, "m1.small").await, ["modified"], "what changes nothing is no change");
    assert_eq!(code(modify_instance_type_attribute(&api, &call(), change(Some(0), false)).await), "InvalidParameterValue");
    assert_eq!(modify_instance_type_attribute(&api, &call(), change(None, true)).await.unwrap().instance_type.network_interfaces, 2);
    let row = Entity::find_by_id("m1.small").one(api.store.reader()).await.unwrap().unwrap();
    assert_eq!((row.interfaces, row.generation.0), (2, 3));
    let unknown = ModifyInstanceTypeAttribute { name: "x9.huge".to_owned(), ..change(Some(2), false) };
    assert_eq!(code(modify_instance_type_attribute(&api, &call(), unknown).await), "InvalidParameterValue");
}

#[tokio::test]
async fn a_type_is_shown_as_ec2_shows_it() {
    let api = api().await;
    let of = async |name: &str| describe_instance_types(&api, &call(), named(&[name])).await.unwrap().instance_types.remove(0);
    let small: InstanceTypeInfo = of("t3.small").await;
    assert!(small.burstable_performance_supported && small.current_generation && !small.bare_metal && small.instance_storage_info.is_none());
    assert_eq!((small.hypervisor.as_deref(), small.processor_info.sustained_clock_speed_in_ghz.as_deref()), (Some("nitro"), Some("2.5")));
    let (cpu, network) = (small.v_cpu_info, small.network_info);
    assert_eq!((cpu.default_vcpus, cpu.default_cores, cpu.valid_threads_per_core), (2, 1, Some(vec![1, 2])));
    assert_eq!((&*network.network_performance, network.ipv6_addresses_per_interface, &*network.ena_support), ("Up to 5 Gigabit", 4, "required"));
    assert_eq!(network.network_cards[0].baseline_bandwidth_in_gbps.as_deref(), Some("0.128"));
    assert_eq!(small.ebs_info.ebs_optimized_info.unwrap().maximum_throughput_in_mbps, "260.625");
    let with_disks = of("m5d.4xlarge").await.instance_storage_info.unwrap();
    assert_eq!((with_disks.total_size_in_gb, with_disks.disks[0].count, &*with_disks.nvme_support), (600, 2, "required"));
    let old = of("m1.small").await;
    assert_eq!((old.processor_info.supported_architectures, old.network_info.ipv6_supported), (vec!["i386".to_owned(), "x86_64".to_owned()], false));
}

#[tokio::test]
async fn types_are_found_by_what_they_are() {
    let api = api().await;
    let found = async |filters: &[(&str, &[&str])]| -> Vec<String> {
        let filters = filters.iter().map(|(name, values)| filter(name, values)).collect();
        let reply = describe_instance_types(&api, &call(), DescribeInstanceTypes { filters, ..DescribeInstanceTypes::default() }).await.unwrap();
        reply.instance_types.into_iter().map(|shown| shown.instance_type).collect()
    };
    assert_eq!(found(&[("instance-type", &["t4g.*"]), ("memory-info.size-in-mib", &["512", "1024"])]).await, ["t4g.micro", "t4g.nano"]);
    assert_eq!(found(&[("free-tier-eligible", &["true"]), ("processor-info.supported-architecture", &["arm64"])]).await.len(), 2);
    for name in [
        "auto-recovery-supported",
        "ebs-info.attachment-limit-type",
        "ebs-info.ebs-optimized-info.baseline-iops",
        "instance-storage-info.disk.type",
        "network-info.bandwidth-weightings",
        "network-info.efa-info.maximum-efa-interfaces",
        "nitro-tpm-info.supported-versions",
        "processor-info.supported-features",
        "supported-boot-mode",
        "vcpu-info.valid-cores",
    ] {
        assert!(!found(&[(name, &["*"])]).await.is_empty(), "{name}");
    }
}

#[tokio::test]
async fn every_type_is_offered_everywhere_in_the_region() {
    let api = api().await;
    let offered = async |location_type: Option<&str>, filters: &[(&str, &[&str])]| -> Result<DescribeInstanceTypeOfferingsReply, Fault> {
        let request = DescribeInstanceTypeOfferings {
            location_type: location_type.map(str::to_owned),
            filters: filters.iter().map(|(name, values)| filter(name, values)).collect(),
            ..DescribeInstanceTypeOfferings::default()
        };
        describe_instance_type_offerings(&api, &call(), request).await
    };
    assert_eq!(offered(None, &[]).await.unwrap().instance_type_offerings.len(), PREDEFINED.len());
    let places = async |location_type, filters: &[(&str, &[&str])]| -> Vec<String> {
        offered(Some(location_type), filters).await.unwrap().instance_type_offerings.into_iter().map(|offering| offering.location).collect()
    };
    assert_eq!(places("availability-zone", &[("instance-type", &["t3.micro"])]).await, ["us-east-1a", "us-east-1b"]);
    assert_eq!(places("availability-zone-id", &[("instance-type", &["t3.micro"]), ("location", &["use1-az2"])]).await, ["use1-az2"]);
    assert!(places("outpost", &[]).await.is_empty());
    assert_eq!(code(offered(Some("planet"), &[]).await), "InvalidParameterValue");
    assert_eq!(code(offered(None, &[("colour", &["red"])]).await), "InvalidParameterValue");

    let mut request = DescribeInstanceTypeOfferings {
        location_type: Some("availability-zone".to_owned()),
        max_results: Some(500),
        ..DescribeInstanceTypeOfferings::default()
    };
    let (mut seen, mut pages) = (std::collections::HashSet::new(), 0);
    loop {
        let page = describe_instance_type_offerings(&api, &call(), request.clone()).await.unwrap();
        seen.extend(page.instance_type_offerings.into_iter().map(|offering| (offering.instance_type, offering.location)));
        pages += 1;
        request.next_token = page.next_token;
        if request.next_token.is_none() {
            break;
        }
        let elsewhere = DescribeInstanceTypeOfferings { location_type: None, ..request.clone() };
        assert_eq!(code(describe_instance_type_offerings(&api, &call(), elsewhere).await), "InvalidNextToken");
    }
    assert_eq!((pages, seen.len()), ((2 * PREDEFINED.len()).div_ceil(500), 2 * PREDEFINED.len()));
}
