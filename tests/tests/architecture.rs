//! The house as a test: who may import whom, what the pure core never touches, and names nobody gives.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

const SCHEMAS: &[&str] = &["types", "entities", "messages", "broadcast", "ec2"];
const SERVICES: &[&str] = &["api", "attachment", "poller", "broadcaster", "route-workflow", "metadata", "cluster"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests stand in the root").to_owned()
}

/// What each package may import of ours.
fn allowed() -> BTreeMap<String, BTreeSet<String>> {
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    let mut table = BTreeMap::from([
        ("types".to_owned(), set(&[])),
        ("messages".to_owned(), set(&["types"])),
        ("broadcast".to_owned(), set(&["types"])),
        ("ec2".to_owned(), set(&["types"])),
        ("entities".to_owned(), set(&["types"])),
        ("core".to_owned(), set(&["types", "messages", "broadcast"])),
        ("runtime".to_owned(), set(&["types", "messages", "entities"])),
    ]);
    let ground: BTreeSet<String> = set(SCHEMAS).union(&set(&["core", "runtime"])).cloned().collect();
    for service in SERVICES {
        table.insert((*service).to_owned(), ground.clone());
    }
    let with_services: BTreeSet<String> = ground.union(&set(SERVICES)).cloned().collect();
    table.insert("multihome".to_owned(), with_services.clone());
    table.insert("tests".to_owned(), with_services.union(&set(&["multihome"])).cloned().collect());
    table
}

fn short(package: &str) -> String {
    package.strip_prefix("multihome-").unwrap_or(package).to_owned()
}

fn packages() -> Vec<Package> {
    let metadata = MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec().expect("cargo metadata");
    metadata.packages
}

#[test]
fn every_package_imports_only_what_the_house_allows() {
    let allowed = allowed();
    for package in packages() {
        let name = short(&package.name);
        let may = allowed.get(&name).unwrap_or_else(|| panic!("package {name} is not in the import table"));
        for dependency in package
            .dependencies
            .iter()
            .filter(|dependency| dependency.name.starts_with("multihome") && dependency.kind != DependencyKind::Development)
        {
            assert!(may.contains(&short(&dependency.name)), "{name} may not import {}", dependency.name);
        }
    }
}

#[test]
fn the_core_is_pure() {
    const NEVER: &[&str] = &["tokio", "sea-orm", "async-nats", "tracing", "rand"];
    for package in packages().iter().filter(|package| ["core", "types", "messages", "broadcast", "ec2"].contains(&short(&package.name).as_str())) {
        for dependency in package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal && !dependency.optional) {
            assert!(!NEVER.contains(&dependency.name.as_str()), "{} imports {}", package.name, dependency.name);
        }
    }
    for file in sources(&root().join("services/core/src")).into_iter().filter(|file| !file.ends_with("tests.rs")) {
        let text = std::fs::read_to_string(&file).expect("a source file");
        for word in ["SystemTime", "Instant::now", "tokio::", "async fn", "async move", "tracing::", "std::env", "std::fs", "std::net::Tcp"] {
            assert!(!text.contains(word), "{} uses {word}", file.display());
        }
    }
}

#[test]
fn packages_are_named_after_their_folders() {
    for package in packages() {
        let folder = package.manifest_path.parent().and_then(|path| path.file_name()).expect("a folder");
        assert_eq!(short(&package.name), folder, "the package in {}", package.manifest_path);
    }
}

#[test]
fn nothing_is_called_common() {
    const NEVER: &[&str] = &["common", "utils", "util", "helpers", "helper", "prelude", "manager", "misc"];
    for file in sources(&root()) {
        let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
        let folders = file.strip_prefix(root()).expect("inside").components().map(|part| part.as_os_str().to_string_lossy().into_owned());
        for name in folders.chain([stem]) {
            assert!(!NEVER.contains(&name.as_str()), "{}", file.display());
        }
    }
}

#[test]
fn every_source_file_says_what_it_is_for() {
    // A `tests.rs` is for the file whose folder it stands in.
    for file in sources(&root()).into_iter().filter(|file| !file.ends_with("tests.rs")) {
        let text = std::fs::read_to_string(&file).expect("a source file");
        assert!(text.starts_with("//!"), "{} does not begin with what it is for", file.display());
    }
}

#[test]
fn dependency_versions_stand_in_the_root_alone() {
    for package in packages() {
        let manifest = std::fs::read_to_string(&package.manifest_path).expect("a manifest");
        for line in manifest.lines().skip_while(|line| !line.starts_with("[dependencies]")).filter(|line| line.contains('=')) {
            assert!(!line.contains("= \""), "{}: '{line}' names a version", package.name);
        }
    }
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            found.extend(sources(&path));
        } else if name.ends_with(".rs") {
            found.push(path);
        }
    }
    found
}

#[test]
fn the_readme_names_every_operation() {
    let read = |path: &str| std::fs::read_to_string(root().join(path)).expect("a file of the tree");
    let (dispatch, readme) = (read("services/api/src/dispatch.rs"), read("README.md"));
    let named: BTreeSet<&str> = readme.split(|letter: char| !letter.is_ascii_alphanumeric()).collect();
    let is_operation =
        |name: &str| name.starts_with(|letter: char| letter.is_ascii_uppercase()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let arms = dispatch.lines().filter_map(|line| line.trim().strip_suffix(',')?.split_once(" => "));
    let served: Vec<&str> = arms.map(|(name, _)| name).filter(|name| is_operation(name)).collect();
    assert!(served.len() > 80, "dispatch.rs has another form: {served:?}");
    let missing: Vec<&str> = served.into_iter().filter(|name| !named.contains(name)).collect();
    assert!(missing.is_empty(), "README.md does not name {missing:?}");
}

/// Whoever comes first makes the streams, with as many copies as it was told.
#[test]
fn whatever_reaches_the_bus_of_compose_is_told_how_many_copies_streams_have() {
    let compose = std::fs::read_to_string(root().join("compose.yaml")).expect("a file of the tree");
    let count = |name: &str| compose.lines().filter(|line| line.trim_start().starts_with(name)).count();
    assert!(count("MULTIHOME_NATS:") > 1);
    assert_eq!(count("MULTIHOME_NATS:"), count("MULTIHOME_STREAM_REPLICAS:"));
}
