use futures_util::future::join_all;
use multihome_ec2::internet_gateway::{DescribeInternetGateways, InternetGateway as Shown};

use super::*;
use crate::testing::{self, call, call_of, code, filter, log_of, tag, tagged};

async fn create(api: &Api) -> String {
    let made = create_internet_gateway(api, &call(), CreateInternetGateway::default()).await.unwrap();
    made.internet_gateway.internet_gateway_id
}

fn attachment(gateway: &str, vpc: &str) -> AttachInternetGateway {
    AttachInternetGateway { internet_gateway_id: gateway.to_owned(), vpc_id: vpc.to_owned(), dry_run: false }
}

fn detachment(gateway: &str, vpc: &str) -> DetachInternetGateway {
    DetachInternetGateway { internet_gateway_id: gateway.to_owned(), vpc_id: vpc.to_owned(), dry_run: false }
}

fn deletion(gateway: &str) -> DeleteInternetGateway {
    DeleteInternetGateway { internet_gateway_id: gateway.to_owned(), dry_run: false }
}

async fn shown(api: &Api, filters: &[(&str, &[&str])]) -> Vec<Shown> {
    let filters = filters.iter().map(|(name, values)| filter(name, values)).collect();
    let request = DescribeInternetGateways { filters, ..DescribeInternetGateways::default() };
    describe_internet_gateways(api, &call(), request).await.unwrap().internet_gateways
}

#[tokio::test]
async fn a_gateway_is_made_attached_detached_and_deleted() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let request = CreateInternetGateway { tag_specifications: tagged("internet-gateway", &[("Name", "door")]), dry_run: false };
    let made = create_internet_gateway(&api, &call(), request).await.unwrap().internet_gateway;
    assert!(made.attachments.is_empty());
    let id = made.internet_gateway_id;
    attach_internet_gateway(&api, &call(), attachment(&id, &vpc)).await.unwrap();
    let found = shown(&api, &[("attachment.vpc-id", &[&vpc]), ("attachment.state", &["available"]), ("tag:Name", &["d*"])]).await;
    let [only] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((&only.internet_gateway_id, &only.attachments[0].vpc_id, &only.tags), (&id, &vpc, &vec![tag("Name", "door")]));
    assert_eq!(code(delete_internet_gateway(&api, &call(), deletion(&id)).await), "DependencyViolation");
    detach_internet_gateway(&api, &call(), detachment(&id, &vpc)).await.unwrap();
    assert_eq!(code(detach_internet_gateway(&api, &call(), detachment(&id, &vpc)).await), "Gateway.NotAttached");
    assert!(shown(&api, &[("attachment.vpc-id", &[&vpc])]).await.is_empty());
    delete_internet_gateway(&api, &call(), deletion(&id)).await.unwrap();
    assert_eq!(code(delete_internet_gateway(&api, &call(), deletion(&id)).await), "InvalidInternetGatewayID.NotFound");
    assert_eq!(log_of(&api, &id).await, ["created", "attached", "detached", "deleted"]);
    let tags = tag::Entity::find().filter(tag::Column::Resource.eq(&id)).all(api.store.reader()).await.unwrap();
    assert!(tags.is_empty());
}

#[tokio::test]
async fn of_many_attaches_at_once_a_vpc_takes_one() {
    let api = testing::api().await;
    let vpcs = [testing::vpc(&api).await, testing::vpc(&api).await];
    let gateways = join_all((0..4).map(|_| create(&api))).await;
    let call = call();
    let tries = gateways.iter().flat_map(|gateway| vpcs.iter().map(|vpc| attach_internet_gateway(&api, &call, attachment(gateway, vpc))));
    let mut attached = 0;
    for outcome in join_all(tries).await {
        match outcome {
            Ok(_) => attached += 1,
            refused => assert!(["InvalidParameterValue", "Resource.AlreadyAssociated"].contains(&&*code(refused))),
        }
    }
    let found = shown(&api, &[]).await;
    let vpcs_of: Vec<&str> = found.iter().flat_map(|gateway| &gateway.attachments).map(|attachment| attachment.vpc_id.as_str()).collect();
    assert_eq!((attached, vpcs_of.len()), (2, 2));
    assert_ne!(vpcs_of[0], vpcs_of[1]);
}

#[tokio::test]
async fn what_is_not_the_callers_is_not_there() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let id = create(&api).await;
    let stranger = call_of("000000000002");
    assert_eq!(code(attach_internet_gateway(&api, &stranger, attachment(&id, &vpc)).await), "InvalidInternetGatewayID.NotFound");
    assert_eq!(code(attach_internet_gateway(&api, &call(), attachment(&id, "vpc-00000000")).await), "InvalidVpcID.NotFound");
    assert_eq!(code(attach_internet_gateway(&api, &call(), attachment("igw-1", &vpc)).await), "InvalidInternetGatewayId.Malformed");
    assert_eq!(code(delete_internet_gateway(&api, &stranger, deletion(&id)).await), "InvalidInternetGatewayID.NotFound");
    let by_id = |id: &str| DescribeInternetGateways { internet_gateway_ids: vec![id.to_owned()], ..DescribeInternetGateways::default() };
    assert_eq!(code(describe_internet_gateways(&api, &stranger, by_id(&id)).await), "InvalidInternetGatewayID.NotFound");
    assert_eq!(describe_internet_gateways(&api, &call(), by_id(&id)).await.unwrap().internet_gateways.len(), 1);
}

#[tokio::test]
async fn gateways_come_in_pages() {
    let api = testing::api().await;
    let mut made = Vec::new();
    for _ in 0..7 {
        made.push(create(&api).await);
    }
    made.sort();
    let first = DescribeInternetGateways { max_results: Some(5), ..DescribeInternetGateways::default() };
    let first = describe_internet_gateways(&api, &call(), first).await.unwrap();
    let rest = DescribeInternetGateways { next_token: first.next_token, ..DescribeInternetGateways::default() };
    let rest = describe_internet_gateways(&api, &call(), rest).await.unwrap();
    let seen: Vec<String> = first.internet_gateways.into_iter().chain(rest.internet_gateways).map(|gateway| gateway.internet_gateway_id).collect();
    assert_eq!((seen, rest.next_token), (made, None));
}
