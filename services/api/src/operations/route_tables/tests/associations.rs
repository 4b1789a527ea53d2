//! Associations of route tables with subnets, and the main one.

use multihome_ec2::route_table::{AssociateRouteTable, DisassociateRouteTable, ReplaceRouteTableAssociation};

use super::*;

fn association(table: &str, subnet: &str) -> AssociateRouteTable {
    AssociateRouteTable { route_table_id: table.to_owned(), subnet_id: Some(subnet.to_owned()), ..AssociateRouteTable::default() }
}

fn disassociation(id: &str) -> DisassociateRouteTable {
    DisassociateRouteTable { association_id: id.to_owned(), dry_run: false }
}

fn replacement(id: &str, table: &str) -> ReplaceRouteTableAssociation {
    ReplaceRouteTableAssociation { association_id: id.to_owned(), route_table_id: table.to_owned(), dry_run: false }
}

fn deletion(table: &str) -> DeleteRouteTable {
    DeleteRouteTable { route_table_id: table.to_owned(), dry_run: false }
}

impl World {
    async fn another_table(&self) -> String {
        create_route_table(&self.api, &call(), create(&self.vpc, None)).await.unwrap().route_table.route_table_id
    }

    async fn tables(&self, name: &str, value: &str) -> Vec<Shown> {
        let request = DescribeRouteTables { filters: vec![filter(name, &[value])], ..DescribeRouteTables::default() };
        describe_route_tables(&self.api, &call(), request).await.unwrap().route_tables
    }

    /// The table of the VPC, and the id of the association that makes it the main one.
    async fn main(&self) -> (String, String) {
        let main = self.tables("association.main", "true").await.remove(0);
        let association = main.associations.into_iter().find(|association| association.main).unwrap();
        (main.route_table_id, association.route_table_association_id)
    }
}

#[tokio::test]
async fn a_subnet_is_given_a_table_another_one_and_none() {
    let world = world().await;
    let World { api, table, subnet, .. } = &world;
    let made = associate_route_table(api, &call(), association(table, subnet)).await.unwrap();
    assert_eq!(made.association_state.state, "associated");
    let again = associate_route_table(api, &call(), association(table, subnet)).await.unwrap();
    assert_eq!(again.association_id, made.association_id, "the same once more says the same");
    let other = world.another_table().await;
    assert_eq!(code(associate_route_table(api, &call(), association(&other, subnet)).await), "Resource.AlreadyAssociated");
    assert_eq!(code(delete_route_table(api, &call(), deletion(table)).await), "DependencyViolation");

    let found = world.tables("association.subnet-id", subnet).await;
    assert_eq!((found.len(), &found[0].route_table_id), (1, table));
    let shown = &found[0].associations[0];
    assert_eq!((shown.main, &shown.subnet_id, &shown.association_state.state[..]), (false, &Some(subnet.clone()), "associated"));
    assert_eq!(world.tables("association.main", "false").await, found);

    let replaced = replace_route_table_association(api, &call(), replacement(&made.association_id, &other)).await.unwrap().new_association_id;
    assert_ne!(replaced, made.association_id);
    assert_eq!(world.tables("association.route-table-association-id", &replaced).await[0].route_table_id, other);
    assert_eq!(code(disassociate_route_table(api, &call(), disassociation(&made.association_id)).await), "InvalidAssociationID.NotFound");
    disassociate_route_table(api, &call(), disassociation(&replaced)).await.unwrap();
    assert!(world.tables("association.subnet-id", subnet).await.is_empty());
    for table in [table, &other] {
        delete_route_table(api, &call(), deletion(table)).await.unwrap();
    }
    assert_eq!(log_of(api, table).await, ["created", "associated", "disassociated", "deleted"]);
    assert_eq!(log_of(api, &other).await, ["created", "associated", "disassociated", "deleted"]);
}

#[tokio::test]
async fn another_table_becomes_the_main_one() {
    let world = world().await;
    let World { api, table, .. } = &world;
    let (main, association) = world.main().await;
    assert_eq!(code(disassociate_route_table(api, &call(), disassociation(&association)).await), "InvalidParameterValue");
    assert_eq!(code(delete_route_table(api, &call(), deletion(&main)).await), "DependencyViolation");
    let same = replace_route_table_association(api, &call(), replacement(&association, &main)).await.unwrap();
    assert_eq!(same.new_association_id, association);
    let new = replace_route_table_association(api, &call(), replacement(&association, table)).await.unwrap().new_association_id;
    assert_eq!(world.main().await, (table.clone(), new));
    delete_route_table(api, &call(), deletion(&main)).await.unwrap();
}

#[tokio::test]
async fn what_belongs_to_another_vpc_or_account_is_not_associated() {
    let world = world().await;
    let World { api, table, subnet, .. } = &world;
    let elsewhere = testing::vpc(api).await;
    let other = create_route_table(api, &call(), create(&elsewhere, None)).await.unwrap().route_table.route_table_id;
    let made = associate_route_table(api, &call(), association(table, subnet)).await.unwrap().association_id;
    assert_eq!(code(associate_route_table(api, &call(), association(&other, subnet)).await), "InvalidParameterValue");
    assert_eq!(code(replace_route_table_association(api, &call(), replacement(&made, &other)).await), "InvalidParameterValue");
    let stranger = call_of("000000000002");
    assert_eq!(code(associate_route_table(api, &stranger, association(table, subnet)).await), "InvalidRouteTableID.NotFound");
    assert_eq!(code(replace_route_table_association(api, &stranger, replacement(&made, table)).await), "InvalidAssociationID.NotFound");
    assert_eq!(code(disassociate_route_table(api, &stranger, disassociation(&made)).await), "InvalidAssociationID.NotFound");
    assert_eq!(code(associate_route_table(api, &call(), association(table, "subnet-00000000")).await), "InvalidSubnetID.NotFound");
    let edge = AssociateRouteTable { gateway_id: Some("igw-00000000".to_owned()), subnet_id: None, ..association(table, "") };
    assert_eq!(code(associate_route_table(api, &call(), edge).await), "UnsupportedOperation");
    let none = AssociateRouteTable { subnet_id: None, ..association(table, "") };
    assert_eq!(code(associate_route_table(api, &call(), none).await), "MissingParameter");
    assert_eq!(code(delete_route_table(api, &stranger, deletion(table)).await), "InvalidRouteTableID.NotFound");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_tables_at_once_a_subnet_gets_one() {
    let world = world().await;
    let mut tables = Vec::new();
    for _ in 0..6 {
        tables.push(world.another_table().await);
    }
    let call = call();
    let tries = tables.iter().map(|table| associate_route_table(&world.api, &call, association(table, &world.subnet)));
    let done = futures_util::future::join_all(tries).await;
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1);
    for refused in done.into_iter().filter(Result::is_err) {
        assert_eq!(code(refused), "Resource.AlreadyAssociated");
    }
    assert_eq!(world.tables("association.subnet-id", &world.subnet).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vpc_keeps_one_main_table_while_it_is_replaced_by_many() {
    let world = world().await;
    let (_, association) = world.main().await;
    let mut tables = Vec::new();
    for _ in 0..6 {
        tables.push(world.another_table().await);
    }
    let call = call();
    let tries = tables.iter().map(|table| replace_route_table_association(&world.api, &call, replacement(&association, table)));
    let done = futures_util::future::join_all(tries).await;
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1, "the others name an association that is no more");
    assert_eq!(world.tables("association.main", "true").await.len(), 1);
}
