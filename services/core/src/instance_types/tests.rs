use std::collections::HashSet;

use super::*;

#[test]
fn names_are_unique_and_figures_are_possible() {
    assert_eq!(PREDEFINED.iter().map(|predefined| predefined.name).collect::<HashSet<_>>().len(), PREDEFINED.len());
    for predefined in PREDEFINED {
        assert!(predefined.cpu >= 1 && predefined.memory_mib >= 1 && predefined.disk_gb >= 0, "{predefined:?}");
        assert!((2..=15).contains(&predefined.interfaces) && predefined.addresses_per_interface >= 2, "{predefined:?}");
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
    for (name, interfaces, addresses) in
        [("t2.micro", 2, 2), ("t3.medium", 3, 6), ("m5.large", 3, 10), ("m5.16xlarge", 15, 50), ("c5.9xlarge", 8, 30)]
    {
        let predefined = predefined(name).unwrap();
        assert_eq!((predefined.interfaces, predefined.addresses_per_interface), (interfaces, addresses), "{name}");
    }
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
