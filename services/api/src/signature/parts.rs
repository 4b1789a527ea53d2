//! The parts of a signature, found in either of the two places where SDKs put them: the `Authorization` header, or the query string
//! (a presigned URL).

use multihome_ec2::Ec2Error;

use super::{
    SignedRequest,
    canonical::{self, SIGNATURE},
};

pub(super) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// Seconds; a week.
const LONGEST_EXPIRY: i64 = 604_800;

/// The same five things from either form, not yet understood.
pub(super) struct Parts {
    pub(super) credential: String,
    pub(super) signed_headers: String,
    pub(super) signature: String,
    pub(super) signed_at: String,
    pub(super) session_token: Option<String>,
    /// Seconds, for a presigned request.
    pub(super) expires: Option<i64>,
}

impl Parts {
    /// # Errors
    /// `MissingAuthenticationToken`; `IncompleteSignature`, also for the signatures that are not of Version 4.
    pub(super) fn find(request: &SignedRequest<'_>) -> Result<Self, Ec2Error> {
        let authorization = single(request, "authorization")?;
        let algorithm = parameter(request.query, "X-Amz-Algorithm")?;
        match (authorization, algorithm) {
            (Some(_), Some(_)) => Err(incomplete("A request is signed in its Authorization header or in its query string, not in both.")),
            (Some(authorization), None) => Self::from_header(&authorization, request),
            (None, Some(algorithm)) => Self::from_query(&algorithm, request),
            (None, None) if has_version_2(request) => Err(version_2()),
            (None, None) => Err(Ec2Error::new("MissingAuthenticationToken", "Request is missing Authentication Token")),
        }
    }

    fn from_header(authorization: &str, request: &SignedRequest<'_>) -> Result<Self, Ec2Error> {
        let (algorithm, rest) = authorization.trim().split_once(' ').unwrap_or((authorization, ""));
        check_algorithm(algorithm)?;
        let (mut credential, mut signed_headers, mut signature) = (None, None, None);
        for part in rest.split(',') {
            let (name, value) = part.trim().split_once('=').unwrap_or((part.trim(), ""));
            let slot = match name {
                "Credential" => &mut credential,
                "SignedHeaders" => &mut signed_headers,
                "Signature" => &mut signature,
                _ => return Err(incomplete("The Authorization header has a part that is not Credential, SignedHeaders or Signature.")),
            };
            if slot.replace(value.to_owned()).is_some() {
                return Err(incomplete(format!("The Authorization header has '{name}' more than once.")));
            }
        }
        let required = |part: Option<String>, name| part.ok_or_else(|| incomplete(format!("Authorization header requires '{name}' parameter.")));
        Ok(Self {
            credential: required(credential, "Credential")?,
            signed_headers: required(signed_headers, "SignedHeaders")?,
            signature: required(signature, "Signature")?,
            signed_at: single(request, "x-amz-date")?
                .ok_or_else(|| incomplete("Authorization header requires existence of a 'X-Amz-Date' header."))?,
            session_token: single(request, "x-amz-security-token")?,
            expires: None,
        })
    }

    fn from_query(algorithm: &str, request: &SignedRequest<'_>) -> Result<Self, Ec2Error> {
        check_algorithm(algorithm)?;
        let required = |name| {
            parameter(request.query, name)?
                .ok_or_else(|| incomplete(format!("AWS query-string parameters must include '{name}'. Re-examine the query-string parameters.")))
        };
        let expires = required("X-Amz-Expires")?;
        let expires = expires
            .parse()
            .ok()
            .filter(|seconds| (1..=LONGEST_EXPIRY).contains(seconds))
            .ok_or_else(|| incomplete(format!("'X-Amz-Expires' must be a number of seconds from 1 to {LONGEST_EXPIRY}.")))?;
        Ok(Self {
            credential: required("X-Amz-Credential")?,
            signed_headers: required("X-Amz-SignedHeaders")?,
            signature: required(SIGNATURE)?,
            signed_at: required("X-Amz-Date")?,
            session_token: parameter(request.query, "X-Amz-Security-Token")?,
            expires: Some(expires),
        })
    }
}

fn check_algorithm(algorithm: &str) -> Result<(), Ec2Error> {
    match algorithm {
        ALGORITHM => Ok(()),
        "AWS" => Err(version_2()),
        _ => Err(incomplete(format!("The only signing algorithm that is accepted is {ALGORITHM}."))),
    }
}

/// The value of a header that may occur once only: of two, a proxy might believe the other one.
pub(super) fn single(request: &SignedRequest<'_>, name: &str) -> Result<Option<String>, Ec2Error> {
    let mut values = canonical::values(request.headers, name);
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(incomplete(format!("The header '{name}' occurs more than once.")));
    }
    text(value.trim_ascii(), name).map(Some)
}

/// The value of a parameter of the query that may occur once only.
fn parameter(query: &str, name: &str) -> Result<Option<String>, Ec2Error> {
    let mut values = canonical::pieces(query).filter(|(piece, _)| canonical::decode(piece) == name.as_bytes());
    let Some((_, value)) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(incomplete(format!("The query parameter '{name}' occurs more than once.")));
    }
    text(&canonical::decode(value), name).map(Some)
}

fn text(bytes: &[u8], name: &str) -> Result<String, Ec2Error> {
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| incomplete(format!("The value of '{name}' is not UTF-8.")))
}

fn has_version_2(request: &SignedRequest<'_>) -> bool {
    let form = std::str::from_utf8(request.body).unwrap_or_default();
    [request.query, form].into_iter().flat_map(canonical::pieces).any(|(name, _)| matches!(name, "AWSAccessKeyId" | "SignatureVersion"))
}

fn version_2() -> Ec2Error {
    incomplete(format!("Signature Version 2 is not supported: sign with Signature Version 4 ({ALGORITHM})."))
}

pub(super) fn incomplete(message: impl Into<String>) -> Ec2Error {
    Ec2Error::new("IncompleteSignature", message)
}
