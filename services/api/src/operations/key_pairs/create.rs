//! CreateKeyPair.

use multihome_core::{key_pairs as rules, refusals};
use multihome_ec2::{
    Ec2Error,
    key_pair::{CreateKeyPair, CreateKeyPairReply, KeyMaterial},
};
use multihome_types::KeyKind;

use super::{keep, key::generate};
use crate::{Api, call::Call, fault::Fault, operations::tags::specified};

pub(crate) async fn create_key_pair(api: &Api, call: &Call, request: CreateKeyPair) -> Result<CreateKeyPairReply, Fault> {
    rules::check_name(&request.key_name)?;
    let kind = match request.key_type.as_deref() {
        None => KeyKind::Rsa,
        Some(text) => text.parse().map_err(|_| Ec2Error::invalid_parameter_value("KeyType", text, "It must be rsa or ed25519."))?,
    };
    match request.key_format.as_deref() {
        None | Some("pem") => {}
        Some("ppk") => return Err(refusals::unsupported("The key format 'ppk' is not supported: puttygen makes one of 'pem'.").into()),
        Some(other) => return Err(Ec2Error::invalid_parameter_value("KeyFormat", other, "It must be pem or ppk.").into()),
    }
    let tags = specified(&request.tag_specifications, "key-pair")?;
    // Primes are looked for for some tenths of a second: not where requests are answered.
    let (key, material) = tokio::task::spawn_blocking(move || generate(kind)).await.map_err(failed)?.map_err(Fault::Failed)?;
    let pair = keep(api, call, (&request.key_name, &key, &tags), "created").await?;
    Ok(CreateKeyPairReply {
        key_pair_id: pair.id.to_string(),
        tags,
        key_name: pair.name,
        key_fingerprint: pair.fingerprint,
        key_material: KeyMaterial(material),
    })
}

fn failed(why: tokio::task::JoinError) -> Fault {
    Fault::Failed(Box::new(why))
}
