//! What everybody has, and what goes with what.

use multihome_types::Architecture;

use super::*;

fn region() -> Region {
    "us-east-1".parse().unwrap()
}

fn image(architecture: Architecture) -> Image {
    catalogue(region()).map(|(_, image)| image).find(|image| image.architecture == architecture).unwrap()
}

#[test]
fn the_catalogue_is_in_order_and_its_names_are_unique_and_good() {
    let all: Vec<Image> = catalogue(region()).map(|(_, image)| image).collect();
    assert!(all.windows(2).all(|pair| pair[0].id < pair[1].id));
    let names: std::collections::BTreeSet<&str> = all.iter().map(|image| &*image.name).collect();
    assert_eq!(names.len(), all.len());
    for image in &all {
        assert_eq!((check_name(&image.name), check_root_device(&image.root_device)), (Ok(()), Ok(())), "{}", image.name);
        assert_eq!(in_catalogue(image.id, region()).map(|(_, found)| found).as_ref(), Some(image));
    }
    assert!(in_catalogue("ami-00000001".parse().unwrap(), region()).is_some());
    assert!(in_catalogue("ami-00000000".parse().unwrap(), region()).is_none());
}

#[test]
fn an_image_fits_types_of_its_architecture() {
    for (architecture, name, code) in [
        (Architecture::X86_64, "m5.large", None),
        (Architecture::X86_64, "t2.micro", None),
        (Architecture::X86_64, "t4g.micro", Some("InvalidParameterValue")),
        (Architecture::Arm64, "t4g.micro", None),
        (Architecture::Arm64, "m5.large", Some("InvalidParameterValue")),
        (Architecture::Arm64, "nobody.knows", None),
    ] {
        assert_eq!(check_fits(&image(architecture), name).err().map(|why| why.code.into_owned()).as_deref(), code, "{architecture} {name}");
    }
    let plain = Image { ena_support: false, ..image(Architecture::X86_64) };
    assert_eq!(check_fits(&plain, "m5.large").unwrap_err().code, "InvalidParameterCombination");
    assert!(check_fits(&plain, "t2.micro").is_ok());
}

#[test]
fn an_account_sees_its_own_and_everybodys() {
    let (mine, theirs) = ("000000000001".parse().unwrap(), "000000000002".parse().unwrap());
    let registered = Image { id: "ami-12345678".parse().unwrap(), account: mine, ..image(Architecture::X86_64) };
    assert!(is_visible(&registered, mine, region()) && !is_visible(&registered, theirs, region()));
    assert!(!is_visible(&registered, mine, "eu-west-1".parse().unwrap()));
    assert!(is_visible(&image(Architecture::X86_64), theirs, region()));
}

#[test]
fn names_are_ec2s() {
    for (name, good) in [
        ("abc", true),
        ("a (b) [c] ./-'@_", true),
        ("ab", false),
        (&*"n".repeat(128), true),
        (&*"n".repeat(129), false),
        ("a:bc", false),
        ("é-é", false),
    ] {
        assert_eq!(check_name(name).is_ok(), good, "{name}");
    }
    for (name, good) in [("/dev/sda1", true), ("/dev/xvda", true), ("sda1", false), ("/dev/s d", false), ("", false)] {
        assert_eq!(check_root_device(name).is_ok(), good, "{name}");
    }
}
