//! ImportKeyPair.

use base64::{Engine, prelude::BASE64_STANDARD};
use multihome_core::key_pairs as rules;
use multihome_ec2::key_pair::{ImportKeyPair, ImportKeyPairReply};

use super::{keep, key::PublicKey};
use crate::{Api, call::Call, fault::Fault, operations::tags::specified};

pub(crate) async fn import_key_pair(api: &Api, call: &Call, request: ImportKeyPair) -> Result<ImportKeyPairReply, Fault> {
    rules::check_name(&request.key_name)?;
    let tags = specified(&request.tag_specifications, "key-pair")?;
    let encoded: Vec<u8> = request.public_key_material.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let text = BASE64_STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(rules::bad_format)?;
    let key = PublicKey::imported(&text)?;
    let pair = keep(api, call, (&request.key_name, &key, &tags), "imported").await?;
    Ok(ImportKeyPairReply { key_fingerprint: pair.fingerprint, key_name: pair.name, key_pair_id: pair.id.to_string(), tags })
}
