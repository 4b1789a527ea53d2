//! AWS's published test suite, requests signed by botocore 1.43, and every way to spoil one.

mod properties;
mod suite;

use multihome_ec2::Ec2Error;
use multihome_types::Timestamp;

use super::{Credential, Secret, SignedRequest, verify};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const TOKEN: &str = "FwoGZXIvYXdzEXAMPLE//token==";
/// 2026-11-23T22:30:00Z, when botocore signed.
const NOW: Timestamp = Timestamp(1_795_473_000_000);
const MINUTE: i64 = 60_000;

const BODY: &str = "Action=AttachNetworkInterface&Version=2016-11-15&NetworkInterfaceId=eni-a2f151a8&InstanceId=i-1b5c4503&DeviceIndex=1";
const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=AKIDMULTIHOME/20261123/us-east-1/ec2/aws4_request, \
     SignedHeaders=content-type;host;x-amz-date, Signature=b44bc3c053154381c13fe87db95108741648f811bb3c417ba7974cb18c7cf0aa";
const PRESIGNED: &str = "Action=DescribeNetworkInterfaces&Version=2016-11-15&Filter.1.Name=tag%3AN%C3%A4me%20x&Filter.1.Value.1=\
     a%20b%2Bc%2A~&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDMULTIHOME%2F20261123%2Fus-east-1%2Fec2%2Faws4_request&\
     X-Amz-Date=20261123T223000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&\
     X-Amz-Signature=49f0b7ef995997c8a9c1d518b1e3486ea4c03da93ef368089c9c9e6048e6404e";

/// A request that a test may spoil.
#[derive(Clone)]
struct Sent {
    method: &'static str,
    path: &'static str,
    query: String,
    headers: Vec<(String, String)>,
    body: String,
    now: Timestamp,
    token: Option<&'static str>,
}

impl Sent {
    fn verify(&self) -> Result<Credential, Ec2Error> {
        let headers: Vec<(&str, &[u8])> = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        let request = SignedRequest { method: self.method, path: self.path, query: &self.query, headers: &headers, body: self.body.as_bytes() };
        verify(&request, &["ec2"], self.now, |access_key_id| {
            (access_key_id == "AKIDMULTIHOME").then(|| Secret { secret_access_key: SECRET.into(), session_token: self.token.map(String::from) })
        })
    }

    fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(header, _)| !header.eq_ignore_ascii_case(name));
        self.headers.push((name.into(), value.into()));
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(header, _)| !header.eq_ignore_ascii_case(name));
        self
    }

    /// The Authorization header with something replaced, which must have been there.
    fn authorization(self, from: &str, to: &str) -> Self {
        assert!(AUTHORIZATION.contains(from), "{from}");
        self.header("Authorization", &AUTHORIZATION.replace(from, to))
    }

    /// The query with something replaced, which must have been there.
    fn query(mut self, from: &str, to: &str) -> Self {
        assert!(self.query.contains(from), "{from}");
        self.query = self.query.replace(from, to);
        self
    }

    fn at(mut self, minutes: i64) -> Self {
        self.now = Timestamp(NOW.0 + minutes * MINUTE);
        self
    }

    fn code(&self) -> String {
        self.verify().unwrap_err().code.into_owned()
    }

    fn message(&self) -> String {
        self.verify().unwrap_err().message
    }
}

/// A form, signed in the header.
fn signed() -> Sent {
    let headers = [
        ("Host", "127.0.0.1:8773"),
        ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
        ("X-Amz-Date", "20261123T223000Z"),
        ("Authorization", AUTHORIZATION),
        ("User-Agent", "Boto3/1.43.11"),
    ];
    Sent {
        method: "POST",
        path: "/",
        query: String::new(),
        headers: headers.map(|(name, value)| (name.into(), value.into())).to_vec(),
        body: BODY.into(),
        now: NOW,
        token: None,
    }
}

/// A presigned URL.
fn presigned() -> Sent {
    Sent {
        method: "GET",
        path: "/",
        query: PRESIGNED.into(),
        headers: vec![("host".into(), "127.0.0.1:8773".into())],
        body: String::new(),
        now: NOW,
        token: None,
    }
}

fn credential() -> Result<Credential, Ec2Error> {
    Ok(Credential { access_key_id: "AKIDMULTIHOME".into(), region: "us-east-1".into(), service: "ec2".into() })
}

#[test]
fn both_forms_are_verified() {
    assert_eq!(signed().verify(), credential());
    assert_eq!(presigned().verify(), credential());
}

#[test]
fn the_way_a_header_is_written_does_not_matter() {
    let mut shuffled = signed();
    shuffled.headers.reverse();
    shuffled.headers.iter_mut().for_each(|(name, _)| name.make_ascii_uppercase());
    assert_eq!(shuffled.verify(), credential());
    assert_eq!(signed().header("content-type", "  application/x-www-form-urlencoded;   charset=utf-8 ").verify(), credential());
    assert_eq!(signed().authorization(", ", ",").verify(), credential());
    assert_eq!(signed().authorization(", ", " ,  ").verify(), credential());
    assert_eq!(signed().header("X-Forwarded-For", "10.0.0.1").verify(), credential());
}

#[test]
fn the_way_a_query_is_encoded_does_not_matter() {
    for (from, to) in [("a%20b", "a+b"), ("%2A~", "*%7e"), ("%C3%A4", "%c3%a4"), ("Filter.1.Name", "Filter%2E1%2eName"), ("&Filter", "&&Filter")] {
        assert_eq!(presigned().query(from, to).verify(), credential(), "{to}");
    }
    let mut reversed = presigned();
    reversed.query = PRESIGNED.rsplit('&').collect::<Vec<_>>().join("&");
    assert_eq!(reversed.verify(), credential());
}

#[test]
fn whatever_is_signed_cannot_be_changed() {
    let with = |change: fn(&mut Sent)| {
        let mut sent = signed();
        change(&mut sent);
        sent
    };
    for spoiled in [
        with(|sent| sent.method = "PUT"),
        with(|sent| sent.path = "/x"),
        with(|sent| sent.query = "DryRun=true".into()),
        with(|sent| sent.body.push_str("&DryRun=true")),
        with(|sent| sent.body.clear()),
        signed().header("Host", "127.0.0.1:8774"),
        signed().header("Content-Type", "text/plain"),
        signed().header("X-Amz-Date", "20261123T223001Z"),
        signed().authorization("us-east-1", "us-east-2"),
        signed().authorization("Signature=b4", "Signature=b5"),
        signed().authorization("content-type;host", "host"),
        signed().authorization("x-amz-date,", "x-amz-date;x-extra,").header("X-Extra", ""),
    ] {
        assert_eq!(spoiled.code(), "SignatureDoesNotMatch");
    }
    let with = |change: fn(&mut Sent)| {
        let mut sent = presigned();
        change(&mut sent);
        sent
    };
    for spoiled in [
        with(|sent| sent.method = "POST"),
        with(|sent| sent.body.push_str("DryRun=true")),
        presigned().header("host", "example.com"),
        presigned().query("x&Filter", "y&Filter"),
        presigned().query("b%2Bc", "b+c"),
        presigned().query("Version", "version"),
        presigned().query("Expires=900", "Expires=901"),
        presigned().query("223000Z", "223100Z"),
        presigned().query("us-east-1", "us-east-2"),
        presigned().query("Signature=49", "Signature=50"),
        presigned().query("Action", "DryRun=true&Action"),
    ] {
        assert_eq!(spoiled.code(), "SignatureDoesNotMatch");
    }
}

#[test]
fn a_second_value_of_a_signed_header_is_noticed() {
    let mut twice = signed();
    twice.headers.push(("content-type".into(), "text/plain".into()));
    assert_eq!(twice.code(), "SignatureDoesNotMatch");
    for name in ["host", "x-amz-date", "authorization"] {
        let mut twice = signed();
        let value = twice.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name)).unwrap().1.clone();
        twice.headers.push((name.into(), value));
        assert_eq!(twice.code(), "IncompleteSignature", "{name}");
    }
    for parameter in ["X-Amz-Expires=900", "X-Amz-Date=20261123T223000Z", "X-Amz-Signature=0", "X-Amz-Algorithm=x", "X%2DAmz-Date=x"] {
        let mut twice = presigned();
        twice.query.push_str(&format!("&{parameter}"));
        assert_eq!(twice.code(), "IncompleteSignature", "{parameter}");
    }
}

#[test]
fn a_signature_counts_for_fifteen_minutes_of_skew() {
    for minutes in [-15, 0, 15] {
        assert_eq!(signed().at(minutes).verify(), credential());
    }
    for minutes in [-16, 16, -60 * 24 * 365, 60 * 24 * 365 * 100] {
        let sent = signed().at(minutes);
        assert_eq!((sent.code().as_str(), sent.message().as_str()), ("RequestExpired", "Request has expired."));
    }
}

#[test]
fn a_presigned_request_counts_until_it_expires() {
    for minutes in [-15, 0, 15] {
        assert_eq!(presigned().at(minutes).verify(), credential());
    }
    for minutes in [-16, 16] {
        assert_eq!(presigned().at(minutes).code(), "RequestExpired");
    }
    for expires in ["0", "604801", "-1", "", "x", "99999999999999999999"] {
        let sent = presigned().query("Expires=900", &format!("Expires={expires}"));
        assert_eq!(sent.code(), "IncompleteSignature", "{expires}");
    }
}

#[test]
fn the_scope_must_be_ours() {
    for (from, to, code) in [
        ("/20261123/", "/20261124/", "SignatureDoesNotMatch"),
        ("/ec2/", "/s3/", "SignatureDoesNotMatch"),
        ("aws4_request", "aws5_request", "SignatureDoesNotMatch"),
        ("/ec2/aws4_request", "/ec2", "IncompleteSignature"),
        ("/ec2/", "/ec2/x/", "IncompleteSignature"),
        ("us-east-1", "", "IncompleteSignature"),
        ("us-east-1", "us east", "IncompleteSignature"),
        ("AKIDMULTIHOME", "", "IncompleteSignature"),
        ("AKIDMULTIHOME", "AKIDOTHER", "AuthFailure"),
    ] {
        assert_eq!(signed().authorization(from, to).code(), code, "{to}");
    }
    // These three are refused for what they are, however they are signed.
    for (from, to, message) in [
        ("/20261123/", "/20261124/", "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP."),
        ("/ec2/", "/s3/", "Credential should be scoped to correct service: 'ec2'."),
        ("aws4_request", "aws5_request", "Credential should be scoped with a valid terminator: 'aws4_request'."),
    ] {
        assert_eq!(signed().authorization(from, to).message(), message);
    }
}

#[test]
fn a_request_without_a_signature_is_told_so() {
    let sent = signed().without("Authorization");
    assert_eq!(sent.code(), "MissingAuthenticationToken");
    assert_eq!(sent.verify().unwrap_err().status(), 403);
}

#[test]
fn other_kinds_of_signature_are_refused_by_name() {
    let mut in_body = signed().without("Authorization");
    in_body.body.push_str("&SignatureVersion=2&AWSAccessKeyId=AKIDMULTIHOME&Signature=x");
    let mut in_query = presigned();
    in_query.query = "Action=DescribeVpcs&AWSAccessKeyId=AKIDMULTIHOME&SignatureVersion=2&Signature=x".into();
    for sent in [in_body, in_query, signed().header("Authorization", "AWS AKIDMULTIHOME:c2lnbmF0dXJl")] {
        assert_eq!(sent.code(), "IncompleteSignature");
        assert!(sent.message().starts_with("Signature Version 2 is not supported"), "{}", sent.message());
    }
    for sent in [
        signed().authorization("AWS4-HMAC", "AWS4-ECDSA-P256"),
        presigned().query("AWS4-HMAC", "AWS4-ECDSA-P256"),
        signed().header("Authorization", "Bearer x"),
        signed().header("Authorization", "Basic eDp5"),
    ] {
        assert_eq!(sent.message(), "The only signing algorithm that is accepted is AWS4-HMAC-SHA256.");
    }
    let mut both = presigned();
    both.headers.push(("authorization".into(), AUTHORIZATION.into()));
    assert_eq!(both.code(), "IncompleteSignature");
}

#[test]
fn a_malformed_signature_is_refused() {
    for authorization in ["", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256 Credential", ",,,=,="] {
        assert_eq!(signed().header("Authorization", authorization).code(), "IncompleteSignature", "{authorization}");
    }
    for (from, to) in [
        ("Credential=", "Credentials="),
        ("Signature=", "X=1, Signature="),
        ("Signature=b44b", "Signature=B44B"),
        ("Signature=b44b", "Signature=b44"),
        ("Signature=b44b", "Signature="),
        ("Signature=b44b", "Signature=b44b00"),
        ("Signature=b44b", "Signature=bé4"),
        ("Signature=", "Signature=0, Signature="),
        ("content-type;host;", "host;content-type;"),
        ("content-type;host;", "Content-Type;host;"),
        ("host;", "host;host;"),
        ("host;", "host;;"),
        ("content-type;host;x-amz-date", ""),
    ] {
        assert_eq!(signed().authorization(from, to).code(), "IncompleteSignature", "{from} {to}");
    }
    for name in ["X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature"] {
        assert_eq!(presigned().query(name, "X-Amz-Other").code(), "IncompleteSignature", "{name}");
    }
    for date in ["", "20261123T223000", "2026-11-23T22:30:00Z", "20261123T253000Z", "20261323T223000Z", "é0261123T22300Z"] {
        assert_eq!(signed().header("X-Amz-Date", date).code(), "IncompleteSignature", "{date}");
    }
    assert_eq!(signed().without("X-Amz-Date").code(), "IncompleteSignature");
}

#[test]
fn the_host_must_be_signed_and_signed_headers_must_be_there() {
    let sent = signed().authorization("content-type;host;", "content-type;");
    assert_eq!(sent.message(), "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
    assert_eq!(signed().without("Content-Type").message(), "The signed header 'content-type' is not in the request.");
    assert_eq!(presigned().without("host").code(), "SignatureDoesNotMatch");
}

#[test]
fn a_session_token_must_be_the_keys_own() {
    let mut sent = signed().header("X-Amz-Security-Token", TOKEN).header(
        "Authorization",
        "AWS4-HMAC-SHA256 Credential=AKIDMULTIHOME/20261123/us-east-1/ec2/aws4_request, SignedHeaders=content-type;host;x-amz-date;\
         x-amz-security-token, Signature=fdb8e5adfdd02e0f6f9c75d525f78a15602f7f6f7d068e51ad11769eddeef4ae",
    );
    assert_eq!(sent.code(), "AuthFailure", "a permanent key has no token");
    sent.token = Some("another");
    assert_eq!(sent.code(), "AuthFailure");
    sent.token = Some(TOKEN);
    assert_eq!(sent.verify(), credential());

    let mut sent = presigned();
    sent.query = "Action=DescribeVpcs&Version=2016-11-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDMULTIHOME%2F20261123%2F\
                  us-east-1%2Fec2%2Faws4_request&X-Amz-Date=20261123T223000Z&X-Amz-Expires=604800&X-Amz-SignedHeaders=host&\
                  X-Amz-Security-Token=FwoGZXIvYXdzEXAMPLE%2F%2Ftoken%3D%3D&\
                  X-Amz-Signature=f548e3e768d0fa36114eb67c4164874c110c3e007deefe7712752fbcb26c9e4c"
        .into();
    assert_eq!(sent.code(), "AuthFailure");
    sent.token = Some(TOKEN);
    assert_eq!(sent.verify(), credential());
    assert_eq!(sent.clone().at(7 * 24 * 60).verify(), credential());
    assert_eq!(sent.at(7 * 24 * 60 + 1).code(), "RequestExpired");

    let mut without_token = signed();
    without_token.token = Some(TOKEN);
    assert_eq!(without_token.code(), "AuthFailure");
    assert_eq!(without_token.verify().unwrap_err().status(), 401);
}

#[test]
fn a_declared_hash_of_the_body_must_be_its_hash() {
    let signature = |signed: &str, signature: &str| {
        format!("AWS4-HMAC-SHA256 Credential=AKIDMULTIHOME/20261123/us-east-1/ec2/aws4_request, SignedHeaders={signed}, Signature={signature}")
    };
    let sent = signed()
        .header("X-Amz-Content-SHA256", "c1889baa4d675ff3ac1535eb8c121469361cac89c5daa8bbc6b3e899dcf25b04")
        .header("amz-sdk-request", "attempt=1;  max=3")
        .header("Content-Length", "116")
        .header(
            "Authorization",
            &signature(
                "amz-sdk-request;content-length;content-type;host;x-amz-content-sha256;x-amz-date",
                "2a3b6100d5c5a1d8335256fa76b15a3bc640576f4e699c78cd9680354493e5c7",
            ),
        );
    assert_eq!(sent.verify(), credential());
    let other = super::canonical::hash(b"");
    assert_eq!(sent.header("X-Amz-Content-SHA256", &other).code(), "SignatureDoesNotMatch");
    // Declared without being signed: still believed only if true.
    assert_eq!(signed().header("X-Amz-Content-SHA256", &other).code(), "SignatureDoesNotMatch");
    // The signature itself is right here; a body that is not signed is S3's business.
    let unsigned = signed().header("X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD").header(
        "Authorization",
        &signature("content-type;host;x-amz-content-sha256;x-amz-date", "d333845ae11c38c06c41bad1ebc05c206e2318a1e677d385ddcd617cd6424e31"),
    );
    assert_eq!(unsigned.message(), "The value of 'x-amz-content-sha256' is not the hash of the request's body.");
}
