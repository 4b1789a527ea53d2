//! DisassociateAddress.

use multihome_core::{admission::Caller, elastic as rules};
use multihome_ec2::{Return, address::DisassociateAddress};
use multihome_entities::elastic_address;
use multihome_types::{AddressAssociationId, ElasticAddress};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{
    parse_address,
    rearrange::{Rearrangement, apply, gather_holder},
};
use crate::{
    Api,
    call::Call,
    fault::Fault,
    ids,
    operations::network_interfaces::{ATTEMPTS, contended, settle},
};

pub(crate) async fn disassociate_address(api: &Api, call: &Call, request: DisassociateAddress) -> Result<Return, Fault> {
    let association = request.association_id.as_deref().map(ids::parse::<AddressAssociationId>).transpose()?;
    let id = rules::named_for_disassociate(association, request.public_ip.as_deref().map(parse_address).transpose()?)?;
    for _ in 0..ATTEMPTS {
        let conn = api.store.reader();
        let found = elastic_address::Entity::find().filter(elastic_address::Column::Association.eq(id)).one(conn).await?;
        let found = found.map(ElasticAddress::try_from).transpose()?;
        let holder = match found.as_ref().and_then(|elastic| elastic.association) {
            Some(association) => gather_holder(conn, association.interface).await?,
            None => None,
        };
        let caller = Caller::of(call.account, call.region);
        let elastic = rules::admit_disassociate(caller, id, found.as_ref(), holder.as_ref().map(|holder| &holder.interface))?;
        let work = Rearrangement { elastic, holder: holder.as_ref(), to: None, instance: None };
        let mut txn = api.store.begin().await?;
        let outcome = apply(api, call, &mut txn, &work).await;
        if settle(txn, outcome).await?.is_some() {
            return Ok(Return::DONE);
        }
    }
    Err(contended())
}
