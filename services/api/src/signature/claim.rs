//! What a request says of its own signature: by whom, when, for where, over what. Nothing of it is believed until it is proven.

use multihome_ec2::Ec2Error;
use multihome_types::Timestamp;
use subtle::ConstantTimeEq;
use time::{PrimitiveDateTime, format_description::BorrowedFormatItem, macros::format_description};

use super::{
    Credential, SignedRequest, SigningKey, canonical,
    parts::{ALGORITHM, Parts, incomplete, single},
    unknown_credentials,
};

const TERMINATOR: &str = "aws4_request";
const DATE: &[BorrowedFormatItem<'_>] = format_description!("[year][month][day]T[hour][minute][second]Z");

/// How far a client's clock may be off, in milliseconds. Source: EC2's common errors, `RequestExpired`.
const CLOCK_SKEW: i64 = 15 * 60 * 1000;
/// More than any client has headers.
const MAX_SIGNED_HEADERS: usize = 64;

/// A signature that is well-formed, in time, and for a service that is here.
pub struct Claim<'a> {
    request: SignedRequest<'a>,
    scope: Scope,
    /// `20261123T223000Z`.
    signed_at: String,
    signed_headers: Vec<String>,
    signature: [u8; 32],
    session_token: Option<String>,
}

/// `AKID…/20261123/us-east-1/ec2/aws4_request`.
struct Scope {
    access_key_id: String,
    date: String,
    region: String,
    service: String,
}

impl<'a> Claim<'a> {
    /// Reads a claim and refuses what no key could prove.
    ///
    /// # Errors
    /// `MissingAuthenticationToken`, `IncompleteSignature`, `RequestExpired`, `SignatureDoesNotMatch` (the scope).
    pub fn read(request: &SignedRequest<'a>, services: &[&str], now: Timestamp) -> Result<Self, Ec2Error> {
        let parts = Parts::find(request)?;
        let scope = Scope::parse(&parts.credential, services)?;
        let signed_headers = signed_headers(&parts.signed_headers, request)?;
        let signature = parse_signature(&parts.signature)?;
        check_time(&parts, &scope, now)?;
        Ok(Self { request: *request, scope, signed_at: parts.signed_at, signed_headers, signature, session_token: parts.session_token })
    }

    pub fn access_key_id(&self) -> &str {
        &self.scope.access_key_id
    }

    /// `20261123`.
    pub fn date(&self) -> &str {
        &self.scope.date
    }

    pub fn region(&self) -> &str {
        &self.scope.region
    }

    pub fn service(&self) -> &str {
        &self.scope.service
    }

    /// A request carries exactly the token that its key came with: none for a permanent key.
    ///
    /// # Errors
    /// `AuthFailure`.
    pub fn check_session_token(&self, expected: Option<&str>) -> Result<(), Ec2Error> {
        let same = match (&self.session_token, expected) {
            (None, None) => true,
            (Some(token), Some(expected)) => token.as_bytes().ct_eq(expected.as_bytes()).into(),
            (Some(_), None) | (None, Some(_)) => false,
        };
        if same { Ok(()) } else { Err(unknown_credentials()) }
    }

    /// Proves the claim with the key of its date, region and service.
    ///
    /// # Errors
    /// `SignatureDoesNotMatch`.
    pub fn prove(&self, key: &SigningKey) -> Result<Credential, Ec2Error> {
        let body_hash = canonical::hash(self.request.body);
        if let Some(declared) = single(&self.request, "x-amz-content-sha256")?
            && declared != body_hash
        {
            return Err(mismatch("The value of 'x-amz-content-sha256' is not the hash of the request's body."));
        }
        let canonical = canonical::request(&self.request, &self.signed_headers, &body_hash);
        let Scope { access_key_id, date, region, service } = &self.scope;
        let text = format!("{ALGORITHM}\n{}\n{date}/{region}/{service}/{TERMINATOR}\n{}", self.signed_at, canonical::hash(&canonical));
        if !key.verifies(text.as_bytes(), &self.signature) {
            return Err(mismatch(
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key \
                 and signing method. Consult the service documentation for details.",
            ));
        }
        Ok(Credential { access_key_id: access_key_id.clone(), region: region.clone(), service: service.clone() })
    }
}

impl Scope {
    fn parse(credential: &str, services: &[&str]) -> Result<Self, Ec2Error> {
        let parts: Vec<&str> = credential.split('/').collect();
        let [access_key_id, date, region, service, terminator] = parts[..] else {
            return Err(incomplete("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term."));
        };
        // They go into logs and keys; nothing that was ever given out looks different.
        let plain = |text: &str| (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if !plain(access_key_id) || !plain(region) {
            return Err(incomplete("Credential has a key id or a region that is not made of letters, digits, '-' and '_'."));
        }
        if terminator != TERMINATOR {
            return Err(mismatch("Credential should be scoped with a valid terminator: 'aws4_request'."));
        }
        if !services.contains(&service) {
            return Err(mismatch(format!("Credential should be scoped to correct service: '{}'.", services.join("' or '"))));
        }
        Ok(Self { access_key_id: access_key_id.to_owned(), date: date.to_owned(), region: region.to_owned(), service: service.to_owned() })
    }
}

/// EC2 says `RequestExpired` both for the past and for the future (its list of common errors; the message is from
/// aws/aws-sdk-java#1443). SDKs correct their clock on it.
fn check_time(parts: &Parts, scope: &Scope, now: Timestamp) -> Result<(), Ec2Error> {
    let signed_at = PrimitiveDateTime::parse(&parts.signed_at, DATE)
        .map_err(|_| incomplete("Date must be in ISO-8601 'basic format', such as 20261123T223000Z."))?
        .assume_utc()
        .unix_timestamp()
        * 1000;
    if parts.signed_at.get(..8) != Some(&scope.date) {
        return Err(mismatch("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP."));
    }
    let last = signed_at + parts.expires.map_or(CLOCK_SKEW, |seconds| seconds * 1000);
    if (signed_at - CLOCK_SKEW..=last).contains(&now.0) { Ok(()) } else { Err(Ec2Error::new("RequestExpired", "Request has expired.")) }
}

/// The names of the signed headers: lower-case, sorted, each once, each in the request, `host` among them.
fn signed_headers(list: &str, request: &SignedRequest<'_>) -> Result<Vec<String>, Ec2Error> {
    let names: Vec<String> = list.split(';').map(str::to_owned).collect();
    if names.len() > MAX_SIGNED_HEADERS
        || names.iter().any(|name| name.is_empty() || name.bytes().any(|byte| byte.is_ascii_uppercase()))
        || !names.is_sorted_by(|one, other| one < other)
    {
        return Err(incomplete("SignedHeaders must be a list of lower-case names, sorted, each once, separated by ';'."));
    }
    if !names.iter().any(|name| name == "host") {
        return Err(mismatch("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."));
    }
    single(request, "host")?;
    for name in &names {
        if canonical::values(request.headers, name).next().is_none() {
            return Err(mismatch(format!("The signed header '{name}' is not in the request.")));
        }
    }
    Ok(names)
}

/// 64 lower-case hexadecimal digits: one signature has one text.
fn parse_signature(text: &str) -> Result<[u8; 32], Ec2Error> {
    let malformed = || incomplete("Signature must be 64 lower-case hexadecimal digits.");
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Ok(byte - b'0'),
        b'a'..=b'f' => Ok(byte - b'a' + 10),
        _ => Err(malformed()),
    };
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return Err(malformed()) };
    let mut signature = [0; 32];
    if pairs.len() != signature.len() {
        return Err(malformed());
    }
    for (byte, [high, low]) in signature.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Ok(signature)
}

fn mismatch(message: impl Into<String>) -> Ec2Error {
    Ec2Error::new("SignatureDoesNotMatch", message)
}
