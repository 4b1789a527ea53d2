use std::time::{Duration, Instant};

use multihome_ec2::{network_interface::CreateNetworkInterface, network_interface_permission::CreateNetworkInterfacePermission};
use multihome_entities::{change, interface_permission};
use multihome_types::Timestamp;

use super::*;
use crate::{
    fault::Fault,
    operations::{create_network_interface, create_network_interface_permission},
    test_store::TestStore,
    testing::{self, call_of},
};

fn master(digit: &str) -> MasterKey {
    MasterKey::parse(&digit.repeat(64)).unwrap()
}

/// A database with one account.
async fn account() -> (TestStore, AccountId) {
    let store = TestStore::open().await;
    let id = create(&store, Some("000000000007".parse().unwrap()), "seven").await.unwrap();
    (store, id)
}

#[tokio::test]
async fn an_account_is_made_once_and_shown_with_its_name() {
    let (store, seven) = account().await;
    assert!(matches!(create(&store, Some(seven), "again").await, Err(AccountError::Exists(id)) if id == seven));
    let drawn = create(&store, None, "").await.unwrap();
    assert!(!drawn.to_string().starts_with('0'), "{drawn}");
    let shown: Vec<_> = list(&store).await.unwrap().into_iter().map(|row| (row.id, row.name)).collect();
    assert_eq!(shown, [(seven, "seven".to_owned()), (drawn, String::new())]);
}

#[tokio::test]
async fn a_key_is_told_once_and_sealed_from_then_on() {
    let (store, seven) = account().await;
    let key = create_key(&store, &master("a"), seven).await.unwrap();
    assert!(key.id.len() == 20 && key.id.starts_with("AKIA") && key.secret.len() == 40, "{}", key.id);
    let [row] = &list_keys(&store, Some(seven)).await.unwrap()[..] else { panic!("one key") };
    assert_eq!((&row.id, row.account, row.status, row.last_used), (&key.id, seven, AccessKeyStatus::Active, None));
    assert!(!format!("{row:?}").contains(&key.secret));
    assert!(list_keys(&store, Some("000000000008".parse().unwrap())).await.unwrap().is_empty());
    let nobody = create_key(&store, &master("a"), "000000000008".parse().unwrap()).await;
    assert!(matches!(nobody, Err(AccountError::NoAccount(_))));
}

#[tokio::test]
async fn a_key_that_was_taken_back_is_refused_within_a_second_and_a_new_one_works_at_once() {
    let (store, seven) = account().await;
    let keyring = Keyring::open(master("a"), &store).await.unwrap();
    let begun = Instant::now();
    let find = async |id: &str, after: u64| keyring.find(&store, id, begun + Duration::from_millis(after)).await.unwrap();
    assert!(find("AKIANOBODY", 0).await.is_none());
    let key = create_key(&store, &master("a"), seven).await.unwrap();
    let found = find(&key.id, 0).await.unwrap();
    assert_eq!((&*found.secret, found.account), (key.secret.as_str(), seven));

    set_key_status(&store, &key.id, AccessKeyStatus::Inactive).await.unwrap();
    assert!(find(&key.id, 900).await.is_none());
    set_key_status(&store, &key.id, AccessKeyStatus::Active).await.unwrap();
    assert!(find(&key.id, 901).await.is_some(), "what was refused is not remembered");
    delete_key(&store, &key.id).await.unwrap();
    assert!(find(&key.id, 1_900).await.is_none());
    for gone in [set_key_status(&store, &key.id, AccessKeyStatus::Active).await, delete_key(&store, &key.id).await] {
        assert!(matches!(gone, Err(AccountError::NoKey(id)) if id == key.id));
    }
}

#[tokio::test]
async fn when_a_key_was_used_is_noted_once_an_hour() {
    let (store, seven) = account().await;
    let key = create_key(&store, &master("a"), seven).await.unwrap();
    let keyring = Keyring::open(master("a"), &store).await.unwrap();
    let used = async |minutes: i64| {
        let known = keyring.find(&store, &key.id, Instant::now()).await.unwrap().unwrap();
        keyring.note_use(&store, &key.id, &known, Timestamp(1_000 + minutes * 60_000)).await;
        list_keys(&store, None).await.unwrap()[0].last_used.unwrap().0
    };
    assert_eq!(used(0).await, 1_000);
    assert_eq!(used(59).await, 1_000);
    assert_eq!(used(61).await, 1_000 + 61 * 60_000);
}

#[tokio::test]
async fn another_master_key_is_noticed_at_the_start() {
    let (store, seven) = account().await;
    let key = create_key(&store, &master("a"), seven).await.unwrap();
    let why = Keyring::open(master("b"), &store).await.err().unwrap().to_string();
    assert!(why.contains(&key.id) && why.contains("another master key"), "{why}");
    let keyring = Keyring::open(master("a"), &store).await.unwrap();
    let other = create_key(&store, &master("b"), seven).await.unwrap();
    let failed = keyring.find(&store, &other.id, Instant::now()).await;
    assert!(matches!(failed, Err(Fault::Failed(why)) if !why.to_string().contains(&other.secret)));
}

#[tokio::test]
async fn an_account_goes_with_its_keys_and_not_with_what_it_has() {
    let api = testing::api().await;
    let store = &api.store;
    let account = create(store, Some(call_of("000000000001").account), "").await.unwrap();
    let key = create_key(store, &master("a"), account).await.unwrap();
    testing::vpc(&api).await;
    let refused = delete(store, account).await.unwrap_err().to_string();
    assert!(refused.contains("1 VPCs"), "{refused}");
    assert_eq!(list_keys(store, Some(account)).await.unwrap()[0].id, key.id, "nothing was deleted");

    let empty = create(store, None, "").await.unwrap();
    create_key(store, &master("a"), empty).await.unwrap();
    let subnet = testing::subnet(&api, &testing::vpc(&api).await, "10.0.0.0/24").await;
    let request = CreateNetworkInterface { subnet_id: subnet, ..CreateNetworkInterface::default() };
    let interface = create_network_interface(&api, &testing::call(), request).await.unwrap().network_interface.network_interface_id;
    let permission = CreateNetworkInterfacePermission {
        network_interface_id: interface.clone(),
        aws_account_id: Some(empty.to_string()),
        permission: "INSTANCE-ATTACH".to_owned(),
        ..CreateNetworkInterfacePermission::default()
    };
    create_network_interface_permission(&api, &testing::call(), permission).await.unwrap();
    delete(store, empty).await.unwrap();
    assert_eq!(interface_permission::Entity::find().all(store.reader()).await.unwrap(), [], "nothing is permitted to whoever has the number next");
    let told = change::Entity::find().filter(change::Column::What.eq("forbidden")).one(store.reader()).await.unwrap().unwrap();
    assert_eq!((told.entity_id, told.account), (interface, account));
    assert!(list_keys(store, Some(empty)).await.unwrap().is_empty());
    assert!(matches!(delete(store, empty).await, Err(AccountError::NoAccount(id)) if id == empty));
}
