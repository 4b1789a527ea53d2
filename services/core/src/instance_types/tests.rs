use multihome_types::{Architecture, Generation};

use super::*;

#[test]
fn figures_are_possible() {
    for kind in PREDEFINED.iter() {
        assert!(kind.cpu >= 1 && kind.memory_mib >= 1 && kind.cores * kind.threads_per_core == kind.cpu, "{kind:?}");
        assert!((2..=24).contains(&kind.interfaces) && kind.addresses_per_interface >= 2, "{kind:?}");
        assert!(kind.ipv6_addresses_per_interface == 0 || kind.ipv6_addresses_per_interface == kind.addresses_per_interface, "{kind:?}");
        assert!(!kind.architectures.is_empty() && !kind.network_performance.is_empty(), "{kind:?}");
        assert_eq!(kind.has(Feature::BareMetal), kind.hypervisor.is_empty(), "{kind:?}");
        assert!(kind.valid_cores.iter().flat_map(|span| span.numbers()).all(|cores| (1..=kind.cores).contains(&cores)), "{kind:?}");
    }
    assert!(predefined(DEFAULT).is_some());
}

#[test]
fn the_eighteen_have_the_limits_of_eucalyptus() {
    let limits = [
        (2, "t1.micro m1.small m1.medium c1.medium"),
        (3, "m1.large"),
        (4, "m1.xlarge m2.xlarge c1.xlarge m3.xlarge m2.2xlarge m3.2xlarge cc1.4xlarge"),
        (8, "m2.4xlarge hi1.4xlarge cc2.8xlarge cg1.4xlarge cr1.8xlarge hs1.8xlarge"),
    ];
    for (limit, names) in limits {
        for name in names.split(' ') {
            assert_eq!(predefined(name).unwrap().interfaces, limit, "{name}");
        }
    }
}

#[test]
fn newer_types_have_the_limits_of_ec2() {
    for (name, interfaces, addresses, cpu, memory_mib) in [
        ("t2.micro", 2, 2, 1, 1024),
        ("t2.2xlarge", 3, 15, 8, 32_768),
        ("t3.medium", 3, 6, 2, 4096),
        ("t3.2xlarge", 4, 15, 8, 32_768),
        ("t3a.small", 2, 4, 2, 2048),
        ("t4g.nano", 2, 2, 2, 512),
        ("m5.large", 3, 10, 2, 8192),
        ("m5.16xlarge", 15, 50, 64, 262_144),
        ("m6i.4xlarge", 8, 30, 16, 65_536),
        ("m6i.32xlarge", 15, 50, 128, 524_288),
        ("c5.9xlarge", 8, 30, 36, 73_728),
        ("c6i.metal", 15, 50, 128, 262_144),
        ("r5.12xlarge", 8, 30, 48, 393_216),
    ] {
        let kind = predefined(name).unwrap();
        assert_eq!((kind.interfaces, kind.addresses_per_interface, kind.cpu, kind.memory_mib), (interfaces, addresses, cpu, memory_mib), "{name}");
        assert_eq!(kind.ipv6_addresses_per_interface, addresses, "{name}");
    }
}

#[test]
fn the_families_are_whole() {
    for (family, sizes) in
        [("t2.", 7), ("t3.", 7), ("t3a.", 7), ("t4g.", 7), ("m5.", 9), ("m6i.", 10), ("c5.", 9), ("c6i.", 10), ("r5.", 9), ("m7g.", 9), ("c5n.", 7)]
    {
        let of_it: Vec<_> = PREDEFINED.iter().filter(|kind| kind.name.starts_with(family)).collect();
        assert_eq!(of_it.len(), sizes, "{family}");
        assert!(of_it.iter().all(|kind| kind.has(Feature::Burstable) == family.starts_with('t')), "{family}");
    }
    assert_eq!(predefined("t4g.micro").unwrap().architectures, [Architecture::Arm64]);
}

#[test]
fn a_change_keeps_what_it_does_not_name() {
    let current = predefined("m1.small").unwrap().instance_type();
    let changed = modify(&current, &TypeChange { interfaces: Some(8), ..TypeChange::default() }).unwrap();
    assert_eq!(changed, InstanceType { interfaces: 8, ..current.clone() });
    assert_eq!(modify(&current, &TypeChange::default()).unwrap(), current);
    let all = TypeChange { cpu: Some(2), disk_gb: Some(0), memory_mib: Some(512), interfaces: Some(32), reset: false };
    let changed = modify(&current, &all).unwrap();
    assert_eq!((changed.cpu, changed.disk_gb, changed.memory_mib, changed.interfaces), (2, 0, 512, 32));
}

#[test]
fn a_reset_restores_what_is_predefined() {
    let original = predefined("m1.small").unwrap().instance_type();
    let changed = InstanceType { interfaces: 5, cpu: 9, generation: Generation(4), ..original.clone() };
    let reset = modify(&changed, &TypeChange { interfaces: Some(3), reset: true, ..TypeChange::default() }).unwrap();
    assert_eq!(reset, InstanceType { generation: Generation(4), ..original });
    let own = InstanceType { name: "own.type".to_owned(), ..changed };
    assert_eq!(modify(&own, &TypeChange { reset: true, ..TypeChange::default() }).unwrap_err().code, "InvalidParameterValue");
}

#[test]
fn figures_out_of_range_are_refused_by_name() {
    let current = predefined("m1.small").unwrap().instance_type();
    for interfaces in [0, -1, 33, i64::MAX] {
        let refusal = modify(&current, &TypeChange { interfaces: Some(interfaces), ..TypeChange::default() }).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            format!("InvalidParameterValue: Value ({interfaces}) for parameter networkInterfaces is invalid: it ranges from 1 to 32.")
        );
    }
    for change in [
        TypeChange { cpu: Some(0), ..TypeChange::default() },
        TypeChange { disk_gb: Some(-1), ..TypeChange::default() },
        TypeChange { memory_mib: Some(i64::MAX), ..TypeChange::default() },
    ] {
        assert!(modify(&current, &change).is_err(), "{change:?}");
    }
}
