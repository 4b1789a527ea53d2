//! Several calls at once.

use futures_util::future::join_all;
use multihome_ec2::network_interface::CreateNetworkInterface;

use super::*;

#[tokio::test]
async fn of_groups_with_one_name_made_at_once_only_one_is() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let call = call();
    let names = ["web", "Web", "wEb", "web "].into_iter().cycle();
    let tries = names.take(8).map(|name| create_security_group(&api, &call, create(name, Some(&vpc))));
    let made = join_all(tries).await;
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1);
    for refused in made.into_iter().filter(Result::is_err) {
        assert_eq!(code(refused), "InvalidGroup.Duplicate");
    }
}

#[tokio::test]
async fn of_calls_for_one_rule_at_once_only_one_adds_it() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let web = group(&api, &vpc, "web").await;
    let made = join_all((0..8).map(|_| rules::allow(&api, &web, vec![permission("tcp", Some((80, 80)), &["10.0.0.0/8"])]))).await;
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1);
    for refused in made.into_iter().filter(Result::is_err) {
        assert_eq!(code(refused), "InvalidPermission.Duplicate");
    }
    assert_eq!(log_of(&api, &web).await, ["created", "authorized"]);
}

#[tokio::test]
async fn calls_together_do_not_give_a_group_one_rule_too_many() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let web = group(&api, &vpc, "web").await;
    let some = |call: i32| (0..20).map(move |port| permission("tcp", Some((call * 20 + port, call * 20 + port)), &["10.0.0.0/8"])).collect();
    let made = join_all((0..5).map(|call| rules::allow(&api, &web, some(call)))).await;
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 3);
    for refused in made.into_iter().filter(Result::is_err) {
        assert_eq!(code(refused), "RulesPerSecurityGroupLimitExceeded");
    }
}

/// Whatever the order, either the group goes and the others find it gone, or it is used and stays.
#[tokio::test]
async fn a_group_that_is_deleted_while_others_begin_to_use_it_is_gone_or_used() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let subnet = testing::subnet(&api, &vpc, "10.0.0.0/24").await;
    let other = group(&api, &vpc, "other").await;
    let call = call();
    for round in 0..8 {
        let web = group(&api, &vpc, &format!("web-{round}")).await;
        let request =
            CreateNetworkInterface { subnet_id: subnet.clone(), security_group_ids: vec![web.clone()], ..CreateNetworkInterface::default() };
        let delete = DeleteSecurityGroup { group_id: Some(web.clone()), ..DeleteSecurityGroup::default() };
        let (made, allowed, deleted) = tokio::join!(
            create_network_interface(&api, &call, request),
            rules::allow(&api, &other, vec![from_group("-1", &web)]),
            delete_security_group(&api, &call, delete),
        );
        match deleted {
            Ok(_) => assert_eq!((code(made), code(allowed)), ("InvalidGroup.NotFound".to_owned(), "InvalidGroup.NotFound".to_owned())),
            Err(_) => {
                assert_eq!(code(deleted), "DependencyViolation");
                assert!(made.is_ok() || allowed.is_ok());
            }
        }
    }
}
