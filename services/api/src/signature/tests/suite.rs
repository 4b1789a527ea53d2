//! AWS's own vectors: the Signature Version 4 test suite, and the example of the documentation (IAM's ListUsers).

use multihome_types::Timestamp;

use super::SECRET;
use crate::signature::{Secret, SignedRequest, SigningKey, verify};

/// 2015-08-30T12:36:00Z.
const NOW: Timestamp = Timestamp(1_440_938_160_000);
const UNRESERVED: &str = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const TOKEN: &str = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/\
     qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+\
     scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";

struct Vector<'a> {
    method: &'a str,
    target: &'a str,
    /// Besides `Host` and `X-Amz-Date`.
    headers: &'a [(&'a str, &'a str)],
    body: &'a str,
    signed: &'a str,
    signature: &'a str,
}

impl Vector<'_> {
    fn is_verified(&self, service: &str, host: &str, token: Option<&str>) -> bool {
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/{service}/aws4_request, SignedHeaders={}, Signature={}",
            self.signed, self.signature
        );
        let mut headers =
            vec![("Host", host.as_bytes()), ("X-Amz-Date", b"20150830T123600Z".as_slice()), ("Authorization", authorization.as_bytes())];
        headers.extend(self.headers.iter().map(|(name, value)| (*name, value.as_bytes())));
        let (path, query) = self.target.split_once('?').unwrap_or((self.target, ""));
        let request = SignedRequest { method: self.method, path, query, headers: &headers, body: self.body.as_bytes() };
        let credential =
            verify(&request, &[service], NOW, |_| Some(Secret { secret_access_key: SECRET.into(), session_token: token.map(String::from) }));
        credential.is_ok()
    }
}

fn get<'a>(target: &'a str, signature: &'a str) -> Vector<'a> {
    Vector { method: "GET", target, headers: &[], body: "", signed: "host;x-amz-date", signature }
}

fn assert_verified(vector: &Vector<'_>) {
    assert!(vector.is_verified("service", "example.amazonaws.com", None), "{} {}", vector.method, vector.target);
}

#[test]
fn paths_and_queries() {
    let vanilla = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
    let unreserved_path = format!("/{UNRESERVED}");
    let unreserved_query = format!("/?{UNRESERVED}={UNRESERVED}");
    for (target, signature) in [
        ("/", vanilla),
        ("//", vanilla),
        ("/./", vanilla),
        ("/example/..", vanilla),
        ("/example1/example2/../..", vanilla),
        ("/./example", "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"),
        ("//example//", "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"),
        ("/example space/", "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"),
        ("/ሴ", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
        (&unreserved_path, "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"),
        (&unreserved_query, "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"),
        ("/?Param1=value1", "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"),
        ("/?Param2=value2&Param1=value1", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
        ("/?Param1=value2&Param1=Value1", "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1"),
        ("/?Param1=value2&Param1=value1", "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694"),
        ("/?ሴ=bar", "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"),
    ] {
        assert_verified(&get(target, signature));
    }
}

#[test]
fn headers() {
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    for vector in [
        Vector {
            headers: &[("My-Header1", "value2"), ("My-Header1", "value2"), ("My-Header1", "value1")],
            signed: "host;my-header1;x-amz-date",
            ..get("/", "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea")
        },
        Vector {
            headers: &[("My-Header1", "value4"), ("My-Header1", "value1"), ("My-Header1", "value3"), ("My-Header1", "value2")],
            signed: "host;my-header1;x-amz-date",
            ..get("/", "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01")
        },
        Vector {
            headers: &[("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")],
            signed: "host;my-header1;my-header2;x-amz-date",
            ..get("/", "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736")
        },
        Vector { method: "POST", ..get("/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b") },
        Vector { method: "POST", ..get("/?Param1=value1", "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11") },
        Vector {
            method: "POST",
            headers: &[("My-Header1", "VALUE1")],
            signed: "host;my-header1;x-amz-date",
            ..get("/", "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d")
        },
        Vector {
            method: "POST",
            headers: &form,
            signed: "content-type;host;x-amz-date",
            body: "Param1=value1",
            ..get("/", "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a")
        },
        Vector {
            method: "POST",
            headers: &[
                ("Content-Type", "application/x-www-form-urlencoded"),
                ("Content-Length", "13"),
                ("x-amz-content-sha256", "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e"),
            ],
            signed: "content-length;content-type;host;x-amz-content-sha256;x-amz-date",
            body: "Param1=value1",
            ..get("/", "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b")
        },
    ] {
        assert_verified(&vector);
    }
    let with_token = Vector {
        method: "POST",
        headers: &[("X-Amz-Security-Token", TOKEN)],
        signed: "host;x-amz-date;x-amz-security-token",
        ..get("/", "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead")
    };
    assert!(with_token.is_verified("service", "example.amazonaws.com", Some(TOKEN)));
}

#[test]
fn a_presigned_url() {
    // X-Amz-Date is in the request twice, once in each place; the query's counts.
    let query = "Param-3=Value3&Param=Value2&%E1%88%B4=Value1&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2F\
                 us-east-1%2Fservice%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-SignedHeaders=host&X-Amz-Expires=3600&\
                 X-Amz-Signature=c5f1848ceec943ac2ca68ee720460c23aaae30a2300586597ada94c4a65e4787";
    let headers: [(&str, &[u8]); 2] = [("Host", b"example.amazonaws.com"), ("X-Amz-Date", b"20150830T123600Z")];
    let request = SignedRequest { method: "GET", path: "/", query, headers: &headers, body: b"" };
    let secret = Secret { secret_access_key: SECRET.into(), session_token: None };
    assert!(verify(&request, &["service"], NOW, |_| Some(secret)).is_ok());
}

#[test]
fn the_documentations_example() {
    let list_users = Vector {
        headers: &[("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")],
        signed: "content-type;host;x-amz-date",
        ..get("/?Action=ListUsers&Version=2010-05-08", "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7")
    };
    assert!(list_users.is_verified("iam", "iam.amazonaws.com", None));
    let key = SigningKey::derive(SECRET, "20150830", "us-east-1", "iam");
    let hex: String = key.0.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
}
