//! How instances are told about themselves: at launch, changed later, and with tags.

use multihome_ec2::{
    instance::{MetadataOptions, MetadataOptionsRequest, ModifyInstanceMetadataOptions, RunInstances},
    tag::CreateTags,
};

use super::{ZONE, on};
use crate::{
    fault::Fault,
    operations::{
        create_tags, modify_instance_metadata_options,
        network_interfaces::world::{World, code, refusal},
    },
    testing,
};

fn shown(state: &str, (tokens, hops): (&str, u32), [endpoint, tags]: [&str; 2]) -> MetadataOptions {
    MetadataOptions {
        state: state.to_owned(),
        http_tokens: tokens.to_owned(),
        http_put_response_hop_limit: hops,
        http_endpoint: endpoint.to_owned(),
        http_protocol_ipv6: "disabled".to_owned(),
        instance_metadata_tags: tags.to_owned(),
    }
}

impl World {
    async fn options(&self, id: &str) -> MetadataOptions {
        self.instance(id).await.unwrap().metadata_options.unwrap()
    }

    async fn set_options(&self, request: ModifyInstanceMetadataOptions) -> Result<MetadataOptions, Fault> {
        Ok(modify_instance_metadata_options(&self.api, &self.call, request).await?.instance_metadata_options)
    }

    async fn tag(&self, id: &str, key: &str) -> Result<(), Fault> {
        let request = CreateTags { resource_ids: vec![id.to_owned()], tags: vec![testing::tag(key, "x")], ..CreateTags::default() };
        create_tags(&self.api, &self.call, request).await.map(drop)
    }
}

fn asked(id: &str) -> ModifyInstanceMetadataOptions {
    ModifyInstanceMetadataOptions { instance_id: id.to_owned(), ..ModifyInstanceMetadataOptions::default() }
}

#[tokio::test]
async fn a_launch_says_how_its_instances_are_told_about_themselves() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let usual = world.run(on(&subnet)).await.unwrap().instances.remove(0);
    assert_eq!(usual.metadata_options, Some(shown("applied", ("optional", 1), ["enabled", "disabled"])));
    let options = MetadataOptionsRequest {
        http_tokens: Some("required".to_owned()),
        http_put_response_hop_limit: Some(2),
        http_endpoint: Some("enabled".to_owned()),
        http_protocol_ipv6: Some("disabled".to_owned()),
        instance_metadata_tags: Some("enabled".to_owned()),
    };
    let strict = RunInstances { metadata_options: Some(options.clone()), ..on(&subnet) };
    let made = world.run(strict.clone()).await.unwrap().instances.remove(0);
    assert_eq!(made.metadata_options, Some(shown("applied", ("required", 2), ["enabled", "enabled"])));
    let unknown = MetadataOptionsRequest { http_tokens: Some("sometimes".to_owned()), ..options };
    assert_eq!(code(world.run(RunInstances { metadata_options: Some(unknown), ..on(&subnet) }).await), "InvalidParameterValue");
    let tagged = RunInstances { tag_specifications: testing::tagged("instance", &[("a/b", "")]), ..strict };
    assert_eq!(code(world.run(tagged).await), "InvalidParameterValue");
}

#[tokio::test]
async fn options_are_changed_one_by_one() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let id = world.run(on(&subnet)).await.unwrap().instances.remove(0).instance_id;
    let changed = world.set_options(ModifyInstanceMetadataOptions { http_tokens: Some("required".to_owned()), ..asked(&id) }).await.unwrap();
    assert_eq!(changed, shown("pending", ("required", 1), ["enabled", "disabled"]));
    let off = ModifyInstanceMetadataOptions {
        http_endpoint: Some("disabled".to_owned()),
        http_put_response_hop_limit: Some(64),
        instance_metadata_tags: Some("enabled".to_owned()),
        ..asked(&id)
    };
    world.set_options(off.clone()).await.unwrap();
    assert_eq!(world.options(&id).await, shown("applied", ("required", 64), ["disabled", "enabled"]));
    assert_eq!(testing::log_of(&world, &id).await, ["pending", "modified", "modified"]);
    world.set_options(off).await.unwrap();
    assert_eq!(testing::log_of(&world, &id).await.len(), 3, "what changes nothing is no change");
    assert_eq!(
        code(world.set_options(ModifyInstanceMetadataOptions { http_put_response_hop_limit: Some(65), ..asked(&id) }).await),
        "InvalidParameterValue"
    );
    assert_eq!(code(world.set_options(asked(&id)).await), "MissingParameter");
    assert_eq!(code(world.set_options(asked("i-1")).await), "InvalidInstanceID.Malformed");
}

#[tokio::test]
async fn an_instance_of_another_account_has_no_options() {
    let mut world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let id = world.run(on(&subnet)).await.unwrap().instances.remove(0).instance_id;
    world.call = testing::call_of("000000000002");
    let request = ModifyInstanceMetadataOptions { http_tokens: Some("required".to_owned()), ..asked(&id) };
    assert_eq!(refusal(world.set_options(request).await), format!("InvalidInstanceID.NotFound: The instance ID '{id}' does not exist"));
}

#[tokio::test]
async fn tags_that_are_told_have_keys_that_can_be_asked_for() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let id = world.run(on(&subnet)).await.unwrap().instances.remove(0).instance_id;
    let telling = |on: &str| ModifyInstanceMetadataOptions { instance_metadata_tags: Some(on.to_owned()), ..asked(&id) };
    world.tag(&id, "front door").await.unwrap();
    assert_eq!(code(world.set_options(telling("enabled")).await), "InvalidParameterValue");
    let other = world.run(on(&subnet)).await.unwrap().instances.remove(0).instance_id;
    world.set_options(ModifyInstanceMetadataOptions { instance_id: other.clone(), ..telling("enabled") }).await.unwrap();
    world.tag(&other, "Name").await.unwrap();
    assert_eq!(code(world.tag(&other, "front door").await), "InvalidParameterValue");
    world.set_options(ModifyInstanceMetadataOptions { instance_id: other.clone(), ..telling("disabled") }).await.unwrap();
    world.tag(&other, "front door").await.unwrap();
}
