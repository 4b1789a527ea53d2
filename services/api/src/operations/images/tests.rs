//! Images against a database, and launches from them.

use std::collections::BTreeSet;

use multihome_ec2::{
    image::{DeregisterImage, DescribeImages, DescribeImagesReply, Image, RegisterImage},
    instance::{Instance, MetadataOptionsRequest, RunInstances},
};

use crate::{
    fault::Fault,
    operations::{
        deregister_image, describe_images, describe_instances, describe_tags,
        network_interfaces::world::{World, code, filters_of, refusal},
        register_image, run_instances,
    },
    testing,
};

impl World {
    async fn register(&self, request: RegisterImage) -> Result<String, Fault> {
        Ok(register_image(&self.api, &self.call, request).await?.image_id)
    }

    async fn deregister(&self, id: &str) -> Result<(), Fault> {
        let request = DeregisterImage { image_id: id.to_owned(), ..DeregisterImage::default() };
        deregister_image(&self.api, &self.call, request).await.map(drop)
    }

    async fn images(&self, request: DescribeImages) -> Result<DescribeImagesReply, Fault> {
        describe_images(&self.api, &self.call, request).await
    }

    async fn image(&self, id: &str) -> Result<Image, Fault> {
        Ok(self.images(DescribeImages { image_ids: vec![id.to_owned()], ..DescribeImages::default() }).await?.images.remove(0))
    }

    async fn image_names(&self, request: DescribeImages) -> BTreeSet<String> {
        self.images(request).await.unwrap().images.into_iter().map(|image| image.name).collect()
    }

    async fn launch_from(&self, subnet: &str, image: &str, kind: &str) -> Result<Instance, Fault> {
        run_instances(&self.api, &self.call, launch(subnet, image, kind)).await.map(|mut made| made.instances.remove(0))
    }
}

fn launch(subnet: &str, image: &str, kind: &str) -> RunInstances {
    RunInstances {
        image_id: image.to_owned(),
        instance_type: Some(kind.to_owned()),
        min_count: 1,
        max_count: 1,
        subnet_id: Some(subnet.to_owned()),
        ..RunInstances::default()
    }
}

fn named(name: &str) -> RegisterImage {
    RegisterImage { name: name.to_owned(), ..RegisterImage::default() }
}

fn filtered(filters: &[(&str, &[&str])]) -> DescribeImages {
    DescribeImages { filters: filters_of(filters), ..DescribeImages::default() }
}

fn owned_by(owner: &str) -> DescribeImages {
    DescribeImages { owners: vec![owner.to_owned()], ..DescribeImages::default() }
}

#[tokio::test]
async fn everybody_has_images_and_finds_them_as_in_ec2() {
    let world = World::new().await;
    let found = world.images(filtered(&[("name", &["al2023-ami-2023*"]), ("architecture", &["x86_64"])])).await.unwrap().images.remove(0);
    assert_eq!(
        (&*found.root_device_name, found.imds_support.as_deref(), found.boot_mode.as_deref()),
        ("/dev/xvda", Some("v2.0"), Some("uefi-preferred"))
    );
    assert_eq!((found.is_public, &*found.image_owner_id, found.image_owner_alias.as_deref()), (true, "137112412989", Some("amazon")));
    assert_eq!(found.image_location, format!("amazon/{}", found.name));
    let jammy = DescribeImages { owners: vec!["099720109477".to_owned()], ..filtered(&[("name", &["ubuntu/images/*jammy*"])]) };
    assert_eq!(world.images(jammy).await.unwrap().images.len(), 2);
    assert_eq!(world.image("ami-00000001").await.unwrap().architecture, "x86_64");
    for (name, value) in
        [("owner-alias", "amazon"), ("ena-support", "true"), ("image-id", "ami-0*"), ("root-device-type", "ebs"), ("state", "available")]
    {
        assert!(!world.image_names(filtered(&[(name, &[value])])).await.is_empty(), "{name}");
    }
    assert!(world.image_names(filtered(&[("platform", &["windows"])])).await.is_empty());
    assert_eq!(code(world.images(filtered(&[("colour", &["red"])])).await), "InvalidParameterValue");
    assert_eq!(refusal(world.image("ami-12345678").await), "InvalidAMIID.NotFound: The image id '[ami-12345678]' does not exist");
    assert_eq!(code(world.image("ami-1").await), "InvalidAMIID.Malformed");
    assert_eq!(code(world.images(owned_by("nobody")).await), "InvalidUserID.Malformed");
}

#[tokio::test]
async fn an_account_registers_images_of_its_own() {
    let mut world = World::new().await;
    let request = RegisterImage {
        description: Some("for routers".to_owned()),
        architecture: Some("arm64".to_owned()),
        root_device_name: Some("/dev/vda".to_owned()),
        boot_mode: Some("uefi".to_owned()),
        imds_support: Some("v2.0".to_owned()),
        ena_support: true,
        tag_specifications: testing::tagged("image", &[("of", "mine")]),
        ..named("router-1")
    };
    let id = world.register(request).await.unwrap();
    let shown = world.image(&id).await.unwrap();
    assert_eq!((&*shown.name, &*shown.architecture, &*shown.root_device_name, shown.ena_support), ("router-1", "arm64", "/dev/vda", true));
    assert_eq!((shown.is_public, &*shown.image_owner_id, shown.image_owner_alias), (false, "000000000001", None));
    assert_eq!((&*shown.image_location, shown.tags.unwrap().len()), ("000000000001/router-1", 1));
    assert_eq!(world.image_names(owned_by("self")).await, BTreeSet::from(["router-1".to_owned()]));
    assert_eq!(world.image_names(filtered(&[("tag:of", &["mine"])])).await.len(), 1);
    let everybodys = DescribeImages { executable_by: vec!["all".to_owned()], ..DescribeImages::default() };
    assert!(!world.image_names(everybodys).await.contains("router-1"));
    let given = DescribeImages { executable_by: vec!["self".to_owned()], ..DescribeImages::default() };
    assert!(world.image_names(given).await.is_empty());
    assert_eq!(describe_tags(&world.api, &world.call, Default::default()).await.unwrap().tags[0].resource_type, "image");
    assert_eq!(
        refusal(world.register(named("router-1")).await),
        format!("InvalidAMIName.Duplicate: AMI name router-1 is already in use by AMI {id}")
    );
    world.call = testing::call_of("000000000002");
    assert_eq!(code(world.image(&id).await), "InvalidAMIID.NotFound");
    assert_eq!(code(world.deregister(&id).await), "InvalidAMIID.NotFound");
    world.register(named("router-1")).await.unwrap();
    world.call = testing::call();
    world.deregister(&id).await.unwrap();
    assert_eq!(code(world.deregister(&id).await), "InvalidAMIID.NotFound");
    assert_eq!(testing::log_of(&world, &id).await, ["created", "deleted"]);
    assert_eq!(code(world.deregister("ami-00000001").await), "AuthFailure");
}

#[tokio::test]
async fn what_cannot_be_registered_is_refused() {
    let world = World::new().await;
    let some = |text: &str| Some(text.to_owned());
    for (request, expected) in [
        (named("ab"), "InvalidAMIName.Malformed"),
        (RegisterImage { architecture: some("sparc"), ..named("image") }, "InvalidParameterValue"),
        (RegisterImage { virtualization_type: some("paravirtual"), ..named("image") }, "UnsupportedOperation"),
        (RegisterImage { boot_mode: some("bios"), ..named("image") }, "InvalidParameterValue"),
        (RegisterImage { imds_support: some("v1.0"), ..named("image") }, "InvalidParameterValue"),
        (RegisterImage { root_device_name: some("sda"), ..named("image") }, "InvalidParameterValue"),
        (RegisterImage { tag_specifications: testing::tagged("snapshot", &[("a", "b")]), ..named("image") }, "InvalidParameterValue"),
    ] {
        assert_eq!(code(world.register(request).await), expected);
    }
    assert!(world.image_names(owned_by("self")).await.is_empty());
}

#[tokio::test]
async fn pages_together_are_everybodys_and_ones_own() {
    let world = World::new().await;
    for number in 0..12 {
        world.register(named(&format!("image-{number}"))).await.unwrap();
    }
    let whole = world.image_names(DescribeImages::default()).await;
    let (mut seen, mut next_token) = (Vec::new(), None);
    loop {
        let page = world.images(DescribeImages { max_results: Some(5), next_token, ..DescribeImages::default() }).await.unwrap();
        assert!(page.images.len() <= 5);
        seen.extend(page.images.into_iter().map(|image| image.name));
        next_token = page.next_token;
        if next_token.is_none() {
            break;
        }
    }
    assert_eq!((seen.len(), seen.into_iter().collect::<BTreeSet<_>>()), (whole.len(), whole));
}

#[tokio::test]
async fn an_instance_is_what_its_image_is_even_when_that_is_gone() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", "us-east-1a").await;
    let request = RegisterImage {
        architecture: Some("arm64".to_owned()),
        root_device_name: Some("/dev/vda".to_owned()),
        imds_support: Some("v2.0".to_owned()),
        ena_support: true,
        ..named("router-1")
    };
    let image = world.register(request).await.unwrap();
    let made = world.launch_from(&subnet, &image, "t4g.micro").await.unwrap();
    assert_eq!((&*made.architecture, made.root_device_name.as_deref()), ("arm64", Some("/dev/vda")));
    let options = made.metadata_options.unwrap();
    assert_eq!((&*options.http_tokens, options.http_put_response_hop_limit), ("required", 2));
    let lax = MetadataOptionsRequest { http_tokens: Some("optional".to_owned()), ..MetadataOptionsRequest::default() };
    let asked = RunInstances { metadata_options: Some(lax), ..launch(&subnet, &image, "t4g.micro") };
    let options = run_instances(&world.api, &world.call, asked).await.unwrap().instances.remove(0).metadata_options.unwrap();
    assert_eq!((&*options.http_tokens, options.http_put_response_hop_limit), ("optional", 2));
    world.deregister(&image).await.unwrap();
    let shown = describe_instances(&world.api, &world.call, Default::default()).await.unwrap().reservations;
    assert_eq!((shown.len(), &*shown[0].instances[0].image_id, &*shown[0].instances[0].architecture), (2, &*image, "arm64"));
    assert_eq!(
        refusal(world.launch_from(&subnet, &image, "t4g.micro").await),
        format!("InvalidAMIID.NotFound: The image id '[{image}]' does not exist")
    );
    assert_eq!(code(world.launch_from(&subnet, "ami-x", "t4g.micro").await), "InvalidAMIID.Malformed");
}

#[tokio::test]
async fn an_image_of_another_architecture_or_without_drivers_does_not_run() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", "us-east-1a").await;
    assert!(
        refusal(world.launch_from(&subnet, "ami-00000001", "t4g.micro").await).starts_with("InvalidParameterValue: The architecture 'arm64' of the")
    );
    assert_eq!(code(world.launch_from(&subnet, "ami-00000002", "m5.large").await), "InvalidParameterValue");
    world.launch_from(&subnet, "ami-00000002", "t4g.micro").await.unwrap();
    let plain = world.register(named("plain")).await.unwrap();
    assert_eq!(code(world.launch_from(&subnet, &plain, "m5.large").await), "InvalidParameterCombination");
    world.launch_from(&subnet, &plain, "t2.micro").await.unwrap();
}
