//! Reads route tables and what their routes lead to, and finds tables with wrong routes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use multihome_core::route::{AttachedTo, TargetFacts, review};
use multihome_entities::{attachment, instance, interface::MAX_BOUND, route_table};
use multihome_types::{
    AccountId, IdLength, InstanceId, InstanceState, InterfaceId, ResourceId, RouteState, RouteTable, RouteTableId, RouteTarget, VpcId,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, Statement, Value,
    sea_query::{Expr, ExprTrait, Query},
};

/// Which instance each interface is on.
pub(crate) type Attached = HashMap<InterfaceId, AttachedTo>;

/// The named tables of a VPC, or all of them if none is named.
pub(crate) async fn gather_tables<C: ConnectionTrait>(conn: &C, vpc: VpcId, named: &[RouteTableId]) -> Result<Vec<RouteTable>, DbErr> {
    let mut matching = Condition::all().add(route_table::Column::Vpc.eq(vpc));
    // More names than can be asked for are as good as none.
    if !named.is_empty() && named.len() <= MAX_BOUND {
        matching = matching.add(route_table::Column::Id.is_in(named.iter().copied()));
    }
    route_table::load(conn, matching).await
}

/// What the interfaces that these tables lead to are attached to.
pub(crate) async fn gather_attached<C: ConnectionTrait>(conn: &C, tables: &[RouteTable]) -> Result<Attached, DbErr> {
    let targets = tables.iter().flat_map(|table| &table.routes).filter_map(|route| match route.target {
        RouteTarget::Interface(id) => Some(id),
        RouteTarget::Local | RouteTarget::InternetGateway(_) | RouteTarget::NatGateway(_) => None,
    });
    let targets: Vec<InterfaceId> = targets.collect::<BTreeSet<_>>().into_iter().collect();
    let mut attached = Attached::new();
    for some in targets.chunks(MAX_BOUND) {
        let mut select = Query::select();
        select
            .columns(
                [attachment::Column::Interface, attachment::Column::Instance, attachment::Column::InstanceAccount]
                    .map(|column| (attachment::Entity, column)),
            )
            .expr_as(Expr::col((instance::Entity, instance::Column::State)), "instance_state")
            .from(attachment::Entity)
            .left_join(
                instance::Entity,
                Expr::col((instance::Entity, instance::Column::Id)).equals((attachment::Entity, attachment::Column::Instance)),
            )
            .and_where(Expr::col((attachment::Entity, attachment::Column::Interface)).is_in(some.iter().copied()));
        for row in conn.query_all(&select).await? {
            let to = AttachedTo {
                instance: row.try_get("", "instance")?,
                account: row.try_get("", "instance_account")?,
                state: row.try_get("", "instance_state")?,
            };
            attached.insert(row.try_get("", "interface")?, to);
        }
    }
    Ok(attached)
}

/// What is known about a route's target. There are no internet and NAT gateways yet, so a route to one leads nowhere.
pub(crate) fn facts(target: RouteTarget, attached: &Attached) -> TargetFacts {
    match target {
        RouteTarget::Local => TargetFacts::Local,
        RouteTarget::InternetGateway(_) => TargetFacts::InternetGateway(None),
        RouteTarget::NatGateway(_) => TargetFacts::NatGateway { available: false },
        RouteTarget::Interface(id) => TargetFacts::Interface(attached.get(&id).copied()),
    }
}

/// Tables with a route through an interface whose stored state or instance is wrong, by VPC. The database compares, so that
/// only wrong ones are brought here; what is right for each state of an instance is asked of core and not known here.
pub(crate) async fn gather_wrong<C: ConnectionTrait>(conn: &C) -> Result<BTreeMap<VpcId, Vec<RouteTableId>>, DbErr> {
    let active = active_states();
    let places: Vec<String> = (5..).take(active.len()).map(|place| format!("${place}")).collect();
    let sql = format!(
        "SELECT DISTINCT t.vpc AS vpc, t.id AS id FROM routes r \
         JOIN route_tables t ON t.id = r.route_table \
         LEFT JOIN attachments a ON a.interface = r.target \
         LEFT JOIN instances i ON i.id = a.instance \
         WHERE r.target LIKE $1 AND (r.state <> CASE WHEN i.state IN ({}) THEN $2 ELSE $3 END \
         OR r.instance IS DISTINCT FROM a.instance OR r.instance_account IS DISTINCT FROM a.instance_account) \
         ORDER BY t.vpc, t.id LIMIT $4",
        places.join(", ")
    );
    let mut values: Vec<Value> =
        vec![format!("{}-%", InterfaceId::PREFIX).into(), RouteState::Active.into(), RouteState::Blackhole.into(), WRONG_MAX.into()];
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
