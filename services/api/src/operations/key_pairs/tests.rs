//! Key pairs against a database, and launches that name them.

use base64::{Engine, prelude::BASE64_STANDARD};
use multihome_ec2::{
    instance::RunInstances,
    key_pair::{CreateKeyPair, CreateKeyPairReply, DeleteKeyPair, DescribeKeyPairs, ImportKeyPair, KeyPairInfo},
};
use multihome_entities::{instance, key_pair};
use sea_orm::EntityTrait;

use crate::{
    fault::Fault,
    operations::{
        create_key_pair, delete_key_pair, describe_instances, describe_key_pairs, describe_tags, import_key_pair,
        network_interfaces::world::{World, code, filters_of, refusal},
        run_instances,
    },
    testing,
};

const ED25519: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMUrLXU5+i8hGwyzZuf6hh+s6goOcAUZL+ZsQuc8Nj/4";

impl World {
    async fn new_pair(&self, name: &str) -> Result<CreateKeyPairReply, Fault> {
        let tag_specifications = testing::tagged("key-pair", &[("of", name)]);
        let request =
            CreateKeyPair { key_name: name.to_owned(), key_type: Some("ed25519".to_owned()), tag_specifications, ..CreateKeyPair::default() };
        create_key_pair(&self.api, &self.call, request).await
    }

    async fn import(&self, name: &str, text: &str) -> Result<String, Fault> {
        let public_key_material = BASE64_STANDARD.encode(text);
        let request = ImportKeyPair { key_name: name.to_owned(), public_key_material, ..ImportKeyPair::default() };
        Ok(import_key_pair(&self.api, &self.call, request).await?.key_pair_id)
    }

    async fn pairs(&self, request: DescribeKeyPairs) -> Result<Vec<KeyPairInfo>, Fault> {
        Ok(describe_key_pairs(&self.api, &self.call, request).await?.key_pairs)
    }

    async fn pair_names(&self, filters: &[(&str, &[&str])]) -> Vec<String> {
        let request = DescribeKeyPairs { filters: filters_of(filters), ..DescribeKeyPairs::default() };
        self.pairs(request).await.unwrap().into_iter().map(|pair| pair.key_name).collect()
    }
}

#[tokio::test]
async fn a_pair_is_made_and_only_its_public_half_is_kept() {
    let world = World::new().await;
    let made = world.new_pair("mine").await.unwrap();
    assert!(made.key_material.0.starts_with("-----BEGIN OPENSSH PRIVATE KEY-----"));
    assert!(!format!("{made:?}").contains("PRIVATE"), "it is not for logs");
    let row = key_pair::Entity::find().one(world.store.reader()).await.unwrap().unwrap();
    assert!(!format!("{row:?}").contains("PRIVATE") && row.public_key.starts_with("ssh-ed25519 ") && row.public_key.ends_with(" mine"));
    let shown = world.pairs(DescribeKeyPairs { include_public_key: true, ..DescribeKeyPairs::default() }).await.unwrap().remove(0);
    assert_eq!((&shown.key_pair_id, &*shown.key_name, &*shown.key_type), (&made.key_pair_id, "mine", "ed25519"));
    assert_eq!((&shown.key_fingerprint, shown.public_key, &shown.tags), (&made.key_fingerprint, Some(row.public_key), &made.tags));
    assert_eq!(world.pairs(DescribeKeyPairs::default()).await.unwrap()[0].public_key, None);
    assert_eq!(refusal(world.new_pair("mine").await), "InvalidKeyPair.Duplicate: The keypair already exists: 'mine'");
    assert_eq!(testing::log_of(&world, &made.key_pair_id).await, ["created"]);
}

#[tokio::test]
async fn what_cannot_be_made_is_refused() {
    let world = World::new().await;
    let request = |key_type: Option<&str>, key_format: Option<&str>| CreateKeyPair {
        key_name: "mine".to_owned(),
        key_type: key_type.map(str::to_owned),
        key_format: key_format.map(str::to_owned),
        ..CreateKeyPair::default()
    };
    for (request, expected) in [
        (request(Some("dsa"), None), "InvalidParameterValue"),
        (request(None, Some("der")), "InvalidParameterValue"),
        (request(Some("ed25519"), Some("ppk")), "UnsupportedOperation"),
        (CreateKeyPair { key_name: "k".repeat(256), ..request(None, None) }, "InvalidParameterValue"),
        (CreateKeyPair { key_name: String::new(), ..request(None, None) }, "MissingParameter"),
    ] {
        assert_eq!(code(create_key_pair(&world.api, &world.call, request).await), expected);
    }
    assert!(world.pair_names(&[]).await.is_empty());
}

#[tokio::test]
async fn without_a_type_a_pair_is_of_rsa_keys() {
    let world = World::new().await;
    let request = CreateKeyPair { key_name: "mine".to_owned(), ..CreateKeyPair::default() };
    let made = create_key_pair(&world.api, &world.call, request).await.unwrap();
    assert!(made.key_material.0.starts_with("-----BEGIN RSA PRIVATE KEY-----"));
    assert_eq!((made.key_fingerprint.len(), &*world.pairs(DescribeKeyPairs::default()).await.unwrap()[0].key_type), (59, "rsa"));
}

#[tokio::test]
async fn a_public_key_is_imported_under_a_name() {
    let world = World::new().await;
    let id = world.import("theirs", ED25519).await.unwrap();
    let shown = world.pairs(DescribeKeyPairs { include_public_key: true, ..DescribeKeyPairs::default() }).await.unwrap().remove(0);
    assert_eq!((&shown.key_pair_id, shown.public_key), (&id, Some(format!("{ED25519} theirs"))));
    assert_eq!(shown.key_fingerprint, "jYRykCrrjsRnKGRHSS93PQ3tdeSTrp9xsOHEUi1CBn4=");
    assert_eq!(code(world.import("theirs", ED25519).await), "InvalidKeyPair.Duplicate");
    assert_eq!(code(world.import("other", "ssh-rsa nonsense").await), "InvalidKey.Format");
    let unencoded = ImportKeyPair { key_name: "other".to_owned(), public_key_material: ED25519.to_owned(), ..ImportKeyPair::default() };
    assert_eq!(code(import_key_pair(&world.api, &world.call, unencoded).await), "InvalidKey.Format");
}

#[tokio::test]
async fn pairs_are_found_by_name_id_filter_and_tag() {
    let mut world = World::new().await;
    let (one, two) = (world.new_pair("one").await.unwrap(), world.new_pair("two").await.unwrap());
    assert_eq!(world.pair_names(&[]).await, ["one", "two"]);
    for (name, value) in [("key-name", "t*"), ("key-pair-id", &*two.key_pair_id), ("fingerprint", &*two.key_fingerprint), ("tag:of", "two")] {
        assert_eq!(world.pair_names(&[(name, &[value])]).await, ["two"], "{name}");
    }
    let by = |names: &[&str], ids: &[&str]| DescribeKeyPairs {
        key_names: names.iter().map(|name| (*name).to_owned()).collect(),
        key_pair_ids: ids.iter().map(|id| (*id).to_owned()).collect(),
        ..DescribeKeyPairs::default()
    };
    assert_eq!(world.pairs(by(&["one"], &[&two.key_pair_id])).await.unwrap().len(), 2);
    assert_eq!(refusal(world.pairs(by(&["one", "three"], &[])).await), "InvalidKeyPair.NotFound: The key pair 'three' does not exist");
    assert_eq!(code(world.pairs(by(&[], &["key-00000000"])).await), "InvalidKeyPair.NotFound");
    assert_eq!(code(world.pairs(by(&[], &["one"])).await), "InvalidKeyPairId.Malformed");
    let unknown = DescribeKeyPairs { filters: filters_of(&[("colour", &["red"])]), ..DescribeKeyPairs::default() };
    assert_eq!(code(world.pairs(unknown).await), "InvalidParameterValue");
    assert_eq!(describe_tags(&world.api, &world.call, Default::default()).await.unwrap().tags[0].resource_type, "key-pair");
    world.call = testing::call_of("000000000002");
    assert!(world.pair_names(&[]).await.is_empty());
    assert_eq!(code(world.pairs(by(&[], &[&one.key_pair_id])).await), "InvalidKeyPair.NotFound");
    world.new_pair("one").await.unwrap();
}

#[tokio::test]
async fn a_pair_is_deleted_by_name_or_id_and_its_instances_keep_their_key() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", "us-east-1a").await;
    world.import("mine", ED25519).await.unwrap();
    let asked = |key: &str| RunInstances {
        image_id: "ami-00000001".to_owned(),
        min_count: 1,
        max_count: 1,
        key_name: Some(key.to_owned()),
        subnet_id: Some(subnet.clone()),
        ..RunInstances::default()
    };
    let made = run_instances(&world.api, &world.call, asked("mine")).await.unwrap().instances.remove(0);
    assert_eq!(made.key_name.as_deref(), Some("mine"));
    let delete = |name: Option<&str>, id: Option<&str>| {
        let request = DeleteKeyPair { key_name: name.map(str::to_owned), key_pair_id: id.map(str::to_owned), ..DeleteKeyPair::default() };
        delete_key_pair(&world.api, &world.call, request)
    };
    assert!(delete(Some("mine"), None).await.unwrap().key_pair_id.is_some());
    assert_eq!(delete(Some("mine"), None).await.unwrap().key_pair_id, None, "what is not there is as good as deleted");
    let row = instance::Entity::find().one(world.store.reader()).await.unwrap().unwrap();
    assert_eq!(row.public_key, Some(format!("{ED25519} mine")));
    let shown = describe_instances(&world.api, &world.call, Default::default()).await.unwrap().reservations.remove(0).instances.remove(0);
    assert_eq!(shown.key_name.as_deref(), Some("mine"));
    let refused = run_instances(&world.api, &world.call, asked("mine")).await;
    assert_eq!(refusal(refused), "InvalidKeyPair.NotFound: The key pair 'mine' does not exist");
    let id = world.import("mine", ED25519).await.unwrap();
    assert_eq!(delete(None, Some(&id)).await.unwrap().key_pair_id, Some(id.clone()));
    assert_eq!(code(delete(None, None).await), "MissingParameter");
    assert_eq!(code(delete(Some("mine"), Some(&id)).await), "InvalidParameterCombination");
    assert!(world.pair_names(&[]).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_is_given_once_whoever_is_first() {
    let world = std::sync::Arc::new(World::new().await);
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            tokio::spawn({
                let world = world.clone();
                async move { world.import("mine", ED25519).await }
            })
        })
        .collect();
    let mut made = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => made += 1,
            refused => assert_eq!(code(refused), "InvalidKeyPair.Duplicate"),
        }
    }
    assert_eq!(made, 1);
}
