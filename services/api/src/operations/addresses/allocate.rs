//! AllocateAddress.
//!
//! The address is random, and whichever can be inserted was free.

use multihome_core::{
    elastic::{self as rules, AllocateAsked},
    refusals,
};
use multihome_ec2::{
    Tag,
    address::{AllocateAddress, AllocateAddressReply},
};
use multihome_entities::elastic_address;
use multihome_types::{Address, ElasticAddress, EntityKind, Generation, QuotaName};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};

use super::{parse_address, seed};
use crate::{
    Api,
    call::Call,
    fault::Fault,
    operations::{
        tags::{apply_tags, specified},
        with_fresh_ids,
    },
    quotas,
};

pub(crate) async fn allocate_address(api: &Api, call: &Call, request: AllocateAddress) -> Result<AllocateAddressReply, Fault> {
    let address = request.address.as_deref().map(parse_address).transpose()?;
    let asked = AllocateAsked {
        domain: request.domain.as_deref(),
        border_group: request.network_border_group.as_deref(),
        pool: request.public_ipv4_pool.as_deref(),
        customer_pool: request.customer_owned_ipv4_pool.as_deref(),
        ipam_pool: request.ipam_pool_id.as_deref(),
        address,
    };
    rules::admit_allocate(&asked, call.region, &api.settings.public_addresses)?;
    let tags = specified(&request.tag_specifications, "elastic-ip")?;
    let made = with_fresh_ids(|| apply(api, call, address, &tags)).await?;
    Ok(AllocateAddressReply {
        allocation_id: made.id.to_string(),
        public_ipv4_pool: rules::POOL.to_owned(),
        network_border_group: made.region.to_string(),
        domain: rules::DOMAIN.to_owned(),
        public_ip: made.address.to_string(),
    })
}

async fn apply(api: &Api, call: &Call, asked: Option<Address>, tags: &[Tag]) -> Result<ElasticAddress, Fault> {
    let mut transaction = api.store.begin().await?;
    let own = elastic_address::Entity::find()
        .filter(elastic_address::Column::Account.eq(call.account))
        .filter(elastic_address::Column::Region.eq(call.region))
        .filter(elastic_address::Column::Automatic.eq(false));
    quotas::admit(api, &transaction, call, (QuotaName::ElasticAddressesPerRegion, own)).await?;
    let mut wanted = [ElasticAddress {
        id: api.fresh(),
        account: call.account,
        region: call.region,
        address: asked.unwrap_or(Address(std::net::Ipv4Addr::UNSPECIFIED)),
        automatic: false,
        association: None,
        created: call.now,
        generation: Generation::FIRST,
    }];
    let conn = transaction.conn();
    if let Some(address) = asked {
        if !elastic_address::take(conn, &wanted[0]).await? {
            return Err(gather_holder(conn, call, address).await?);
        }
    } else if !elastic_address::take_any(conn, &mut wanted, api.settings.public_addresses.candidates(seed())).await? {
        return Err(refusals::public_addresses_exhausted().into());
    }
    let [made] = wanted;
    apply_tags(&transaction, call, &made.id.to_string(), tags).await?;
    let why = format!("The public address {} was allocated as {}.", made.address, made.id);
    transaction.record(vec![call.change((EntityKind::ElasticAddress, made.id, made.generation), "created", why)]).await?;
    transaction.commit().await?;
    Ok(made)
}

/// The answer to somebody who wants an address that is taken: what is another account's is not there to be had.
async fn gather_holder<C: ConnectionTrait>(conn: &C, call: &Call, address: Address) -> Result<Fault, Fault> {
    let own = elastic_address::Entity::find()
        .filter(elastic_address::Column::Address.eq(address))
        .filter(elastic_address::Column::Account.eq(call.account))
        .filter(elastic_address::Column::Automatic.eq(false));
    let is_own = own.count(conn).await? > 0;
    Ok(if is_own { refusals::address_in_use(address) } else { refusals::public_address_not_found(&address.to_string()) }.into())
}
