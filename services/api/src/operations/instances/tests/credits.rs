//! CPU credits of instances.

use multihome_ec2::instance::{
    CreditSpecificationRequest, DescribeInstanceCreditSpecifications, InstanceCreditSpecificationRequest, ModifyInstanceCreditSpecification,
    RunInstances,
};
use multihome_types::InstanceState;

use super::{ZONE, on};
use crate::{
    fault::Fault,
    operations::{
        describe_instance_credit_specifications, modify_instance_credit_specification,
        network_interfaces::world::{World, code, filters_of},
    },
};

impl World {
    async fn credits(&self, ids: &[&str]) -> Result<Vec<String>, Fault> {
        let instance_ids = ids.iter().map(|id| (*id).to_owned()).collect();
        let request = DescribeInstanceCreditSpecifications { instance_ids, ..DescribeInstanceCreditSpecifications::default() };
        let reply = describe_instance_credit_specifications(&self.api, &self.call, request).await?;
        Ok(reply.specifications.into_iter().map(|shown| format!("{} {}", shown.instance_id, shown.cpu_credits)).collect())
    }
}

fn burstable(subnet: &str, kind: &str, credits: Option<&str>) -> RunInstances {
    let credit_specification = credits.map(|word| CreditSpecificationRequest { cpu_credits: word.to_owned() });
    RunInstances { instance_type: Some(kind.to_owned()), credit_specification, ..on(subnet) }
}

#[tokio::test]
async fn credits_are_told_of_instances_that_have_some() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let usual = world.one_of(burstable(&subnet, "t3.micro", None)).await;
    let limited = world.one_of(burstable(&subnet, "t3.micro", Some("standard"))).await;
    let old = world.one_of(burstable(&subnet, "t2.micro", None)).await;
    let large = world.one_of(burstable(&subnet, "m5.large", None)).await;
    assert_eq!(world.credits(&[]).await.unwrap(), [format!("{usual} unlimited")]);
    let all = world.credits(&[&usual, &limited, &old]).await.unwrap();
    assert_eq!(all, [format!("{usual} unlimited"), format!("{limited} standard"), format!("{old} standard")]);
    assert_eq!(code(world.credits(&[&usual, &large]).await), "UnsupportedOperation");
    assert_eq!(code(world.credits(&["i-00000000"]).await), "InvalidInstanceID.NotFound");
    let filtered = |name: &str, value: &str| DescribeInstanceCreditSpecifications { filters: filters_of(&[(name, &[value])]), ..Default::default() };
    let found = describe_instance_credit_specifications(&world.api, &world.call, filtered("instance-id", &usual)).await.unwrap();
    assert_eq!(found.specifications.len(), 1);
    assert_eq!(code(describe_instance_credit_specifications(&world.api, &world.call, filtered("colour", "red")).await), "InvalidParameterValue");
    assert_eq!(code(world.run(burstable(&subnet, "m5.large", Some("unlimited"))).await), "InvalidParameterCombination");
    assert_eq!(code(world.run(burstable(&subnet, "t3.micro", Some("many"))).await), "InvalidParameterValue");
}

#[tokio::test]
async fn credits_are_changed_one_instance_at_a_time() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let (small, large) = (world.one_of(burstable(&subnet, "t3.micro", None)).await, world.one_of(burstable(&subnet, "m5.large", None)).await);
    world.is_now(&small, InstanceState::Running).await;
    world.is_now(&large, InstanceState::Running).await;
    let asked = |id: &str, credits: &str| InstanceCreditSpecificationRequest { instance_id: id.to_owned(), cpu_credits: Some(credits.to_owned()) };
    let modify = |specifications| {
        let request = ModifyInstanceCreditSpecification { specifications, ..ModifyInstanceCreditSpecification::default() };
        modify_instance_credit_specification(&world.api, &world.call, request)
    };
    let ids = [&*small, &*large, "i-00000000", "x"];
    let reply = modify(ids.iter().map(|id| asked(id, "standard")).collect()).await.unwrap();
    assert_eq!(reply.successful.iter().map(|done| &done.instance_id).collect::<Vec<_>>(), [&small]);
    let codes: Vec<&str> = reply.unsuccessful.iter().map(|not| &*not.error.code).collect();
    assert_eq!(codes, ["InstanceCreditSpecification.NotSupported", "InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed"]);
    assert_eq!(world.credits(&[&small]).await.unwrap(), [format!("{small} standard")]);
    assert_eq!(code(modify(vec![asked(&small, "many")]).await), "InvalidParameterValue");
    assert_eq!(code(modify(Vec::new()).await), "MissingParameter");
}
