//! Who sent a request: AWS Signature Version 4, verified.
//!
//! Both forms that SDKs make: the `Authorization` header, and the presigned URL. Pure functions: the time and the lookup of a
//! secret are arguments. Reading a claim (who, when, what is signed) needs no secret and refuses most nonsense; proving it
//! needs the signing key of the day, which a caller may keep, since it changes only with the date.
//!
//! Own code rather than the crate `scratchstack-aws-signature` (0.11.4): that one does not know presigned URLs or `X-Amz-Expires`, folds
//! form bodies into the query, answers with other codes than EC2's, and brings chrono, regex, tower and some sixty
//! more crates for what are three hundred lines here.
//!
//! Source of the algorithm: "AWS Signature Version 4 for API requests". Deliberately absent: Version 2 and the asymmetric Version 4A
//! (refused by name), chunked uploads and unsigned payloads (S3's; a body here is the request itself, so it is always signed),
//! and any memory of requests seen before: EC2 has none either, and client tokens are what makes a repetition harmless.

mod canonical;
mod claim;
mod key;
mod parts;
#[cfg(test)]
mod tests;

pub use claim::Claim;
pub use key::SigningKey;
use multihome_ec2::Ec2Error;
use multihome_types::Timestamp;

/// A request as it came, before anything was decoded.
#[derive(Clone, Copy, Debug)]
pub struct SignedRequest<'a> {
    /// `GET`, `POST`.
    pub method: &'a str,
    /// As in the request line, without the query: still percent-encoded.
    pub path: &'a str,
    /// What follows the `?`, still percent-encoded; empty if there is none.
    pub query: &'a str,
    /// Every header line, in any order and case. In HTTP/2 there is no `Host` header: `:authority` is to be given here as one.
    pub headers: &'a [(&'a str, &'a [u8])],
    pub body: &'a [u8],
}

/// What is known here of an access key.
///
/// Neither this nor anything else that holds a secret has `Debug`, so that none is ever printed.
pub struct Secret {
    pub secret_access_key: String,
    /// Temporary credentials come with a token that each request has to carry.
    pub session_token: Option<String>,
}

/// Who sent a request, proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    pub access_key_id: String,
    /// The region that the client wants to talk to; not yet known to exist.
    pub region: String,
    pub service: String,
}

/// Verifies a request that is signed for one of `services` (`ec2`; `sts` where it shares the endpoint).
///
/// # Errors
/// With EC2's codes: `MissingAuthenticationToken` (no signature), `IncompleteSignature` (not one of Version 4), `RequestExpired`,
/// `AuthFailure` (a key or token that is not known), `SignatureDoesNotMatch`.
pub fn verify(
    request: &SignedRequest<'_>,
    services: &[&str],
    now: Timestamp,
    lookup: impl FnOnce(&str) -> Option<Secret>,
) -> Result<Credential, Ec2Error> {
    let claim = Claim::read(request, services, now)?;
    let secret = lookup(claim.access_key_id()).ok_or_else(unknown_credentials)?;
    prove(&claim, &secret)
}

/// The second half of [`verify`], for those who have to wait for the secret.
///
/// # Errors
/// `AuthFailure` (the session token), `SignatureDoesNotMatch`.
pub fn prove(claim: &Claim<'_>, secret: &Secret) -> Result<Credential, Ec2Error> {
    claim.check_session_token(secret.session_token.as_deref())?;
    claim.prove(&SigningKey::derive(&secret.secret_access_key, claim.date(), claim.region(), claim.service()))
}

/// Whether a request says that it is meant for a service. Nothing of it is proven: good for choosing the words of a refusal.
pub fn is_scoped_to(request: &SignedRequest<'_>, service: &str) -> bool {
    parts::Parts::find(request).is_ok_and(|parts| parts.credential.split('/').nth(3) == Some(service))
}

/// The answer to an access key, or a session token, that is not known here.
pub fn unknown_credentials() -> Ec2Error {
    Ec2Error::new("AuthFailure", "AWS was not able to validate the provided access credentials")
}
