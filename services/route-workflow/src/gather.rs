//! Reads route tables and what their routes lead to, and finds tables with wrong routes.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use multihome_core::route::{AttachedTo, TargetFacts, review};
use multihome_entities::{attachment, instance, interface::MAX_BOUND, internet_gateway, nat_gateway, route_table};
use multihome_types::{
    AccountId, IdLength, InstanceId, InstanceState, InterfaceId, InternetGatewayId, NatGatewayId, NatGatewayState, ResourceId, RouteState,
    RouteTable, RouteTableId, RouteTarget, VpcId,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Statement, Value,
    sea_query::{Expr, ExprTrait, Query},
};

/// What is known about the targets of some routes. Whatever is not in here does not exist, or leads nowhere.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    attached: HashMap<InterfaceId, AttachedTo>,
    internet_gateways: HashMap<InternetGatewayId, VpcId>,
    available_nat_gateways: HashSet<NatGatewayId>,
}

impl Facts {
    pub(crate) fn of(&self, target: RouteTarget) -> TargetFacts {
        match target {
            RouteTarget::Local => TargetFacts::Local,
            RouteTarget::InternetGateway(id) => TargetFacts::InternetGateway(self.internet_gateways.get(&id).copied()),
            RouteTarget::NatGateway(id) => TargetFacts::NatGateway { available: self.available_nat_gateways.contains(&id) },
            RouteTarget::Interface(id) => TargetFacts::Interface(self.attached.get(&id).copied()),
        }
    }
}

/// The named tables of a VPC, or all of them if none is named.
pub(crate) async fn gather_tables<C: ConnectionTrait>(conn: &C, vpc: VpcId, named: &[RouteTableId]) -> Result<Vec<RouteTable>, DbErr> {
    let mut matching = Condition::all().add(route_table::Column::Vpc.eq(vpc));
    // More names than can be asked for are as good as none.
    if !named.is_empty() && named.len() <= MAX_BOUND {
        matching = matching.add(route_table::Column::Id.is_in(named.iter().copied()));
    }
    route_table::load(conn, matching).await
}

/// What the routes of these tables lead to.
pub(crate) async fn gather_facts<C: ConnectionTrait>(conn: &C, tables: &[RouteTable]) -> Result<Facts, DbErr> {
    let (mut interfaces, mut internet_gateways, mut nat_gateways) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for route in tables.iter().flat_map(|table| &table.routes) {
        match route.target {
            RouteTarget::Local => {}
            RouteTarget::Interface(id) => drop(interfaces.insert(id)),
            RouteTarget::InternetGateway(id) => drop(internet_gateways.insert(id)),
            RouteTarget::NatGateway(id) => drop(nat_gateways.insert(id)),
        }
    }
    let mut facts = Facts::default();
    for some in chunks(interfaces) {
        gather_attached(conn, some, &mut facts.attached).await?;
    }
    for some in chunks(internet_gateways) {
        let attached = internet_gateway::Entity::find().filter(internet_gateway::Column::Id.is_in(some)).all(conn).await?;
        facts.internet_gateways.extend(attached.into_iter().filter_map(|gateway| Some((gateway.id, gateway.vpc?))));
    }
    for some in chunks(nat_gateways) {
        let available = nat_gateway::Entity::find()
            .select_only()
            .column(nat_gateway::Column::Id)
            .filter(nat_gateway::Column::Id.is_in(some))
            .filter(nat_gateway::Column::State.eq(NatGatewayState::Available));
        facts.available_nat_gateways.extend(available.into_tuple::<NatGatewayId>().all(conn).await?);
    }
    Ok(facts)
}

fn chunks<I: Copy>(ids: BTreeSet<I>) -> Vec<Vec<I>> {
    let ids: Vec<I> = ids.into_iter().collect();
    ids.chunks(MAX_BOUND).map(<[I]>::to_vec).collect()
}

async fn gather_attached<C: ConnectionTrait>(
    conn: &C,
    interfaces: Vec<InterfaceId>,
    attached: &mut HashMap<InterfaceId, AttachedTo>,
) -> Result<(), DbErr> {
    let mut select = Query::select();
    select
        .columns(
            [attachment::Column::Interface, attachment::Column::Instance, attachment::Column::InstanceAccount]
                .map(|column| (attachment::Entity, column)),
        )
        .expr_as(Expr::col((instance::Entity, instance::Column::State)), "instance_state")
        .from(attachment::Entity)
        .left_join(instance::Entity, Expr::col((instance::Entity, instance::Column::Id)).equals((attachment::Entity, attachment::Column::Instance)))
        .and_where(Expr::col((attachment::Entity, attachment::Column::Interface)).is_in(interfaces));
    for row in conn.query_all(&select).await? {
        let to = AttachedTo {
            instance: row.try_get("", "instance")?,
            account: row.try_get("", "instance_account")?,
            state: row.try_get("", "instance_state")?,
        };
        attached.insert(row.try_get("", "interface")?, to);
    }
    Ok(())
}

/// Tables with a route whose stored state or instance is wrong, by VPC. The database compares, so that only wrong ones are brought
/// here; what is right for each state of an instance is asked of core and not known here.
pub(crate) async fn gather_wrong<C: ConnectionTrait>(conn: &C) -> Result<BTreeMap<VpcId, Vec<RouteTableId>>, DbErr> {
    let active = active_states();
    let places: Vec<String> = (6..).take(active.len()).map(|place| format!("${place}")).collect();
    let sql = format!(
        "SELECT DISTINCT t.vpc AS vpc, t.id AS id FROM routes r \
         JOIN route_tables t ON t.id = r.route_table \
         LEFT JOIN attachments a ON a.interface = r.target \
         LEFT JOIN instances i ON i.id = a.instance \
         LEFT JOIN internet_gateways g ON g.id = r.target \
         LEFT JOIN nat_gateways n ON n.id = r.target \
         WHERE r.target <> $1 AND (r.state <> CASE WHEN i.state IN ({}) OR g.vpc = t.vpc OR n.state = $5 THEN $2 ELSE $3 END \
         OR r.instance IS DISTINCT FROM a.instance OR r.instance_account IS DISTINCT FROM a.instance_account) \
         ORDER BY t.vpc, t.id LIMIT $4",
        places.join(", ")
    );
    let mut values: Vec<Value> =
        vec![RouteTarget::Local.into(), RouteState::Active.into(), RouteState::Blackhole.into(), WRONG_MAX.into(), NatGatewayState::Available.into()];
    values.extend(active.into_iter().map(Value::from));
    let mut wrong: BTreeMap<VpcId, Vec<RouteTableId>> = BTreeMap::new();
    for row in conn.query_all_raw(Statement::from_sql_and_values(conn.get_database_backend(), sql, values)).await? {
        wrong.entry(row.try_get("", "vpc")?).or_default().push(row.try_get("", "id")?);
    }
    Ok(wrong)
}

/// How many tables one review looks at; the next one goes on.
const WRONG_MAX: i64 = 1_000;

/// The states of an instance in which a route to an interface on it is active.
fn active_states() -> Vec<InstanceState> {
    // Any VPC, instance and account: only the state counts.
    let vpc = VpcId::from_bits(0, IdLength::Short);
    let on = |state| AttachedTo { instance: InstanceId::from_bits(0, IdLength::Short), account: AccountId::default(), state: Some(state) };
    let is_active = |state: &InstanceState| review(vpc, TargetFacts::Interface(Some(on(*state)))).state == RouteState::Active;
    InstanceState::ALL.iter().copied().filter(is_active).collect()
}
