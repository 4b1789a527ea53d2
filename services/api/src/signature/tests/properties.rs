//! What holds for every signature, however it was written, and whoever wrote it.

use proptest::{collection::vec, prelude::*, sample::select};

use super::{NOW, SECRET, Sent, credential, presigned, signed};
use crate::signature::{Secret, SignedRequest, is_scoped_to, verify};

/// What an `Authorization` header and a presigned URL consist of, and what parsers stumble over.
const PIECES: &[&str] = &[
    "AWS4-HMAC-SHA256",
    " ",
    ",",
    ", ",
    "=",
    "/",
    ";",
    "&",
    "%",
    "%2F",
    "+",
    "Credential",
    "SignedHeaders",
    "Signature",
    "host;x-amz-date",
    "AKIDMULTIHOME/20261123/us-east-1/ec2/aws4_request",
    "AKIDMULTIHOME/20261123/us-east-1/sts/aws4_request",
    "20261123T223000Z",
    "20261399T996199Z",
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
    "X-Amz-Security-Token",
    "900",
    "99999999999999999999",
    "-1",
    "b44bc3c053154381c13fe87db95108741648f811bb3c417ba7974cb18c7cf0aa",
    "AWS",
    "Bearer x",
    "é",
    "\u{0}",
    "",
];

const HEADERS: &[&str] = &["host", "Authorization", "x-amz-date", "X-Amz-Security-Token", "x-amz-content-sha256", "content-type"];

fn jumble() -> impl Strategy<Value = String> {
    vec(select(PIECES), 0..16).prop_map(|pieces| pieces.concat())
}

proptest! {
    /// Nothing that was not signed is let in, and everything is answered with one of the caller's own mistakes.
    #[test]
    fn any_jumble_is_refused(query in jumble(), headers in vec((select(HEADERS), jumble()), 0..6), body in vec(any::<u8>(), 0..64)) {
        let headers: Vec<(&str, &[u8])> = headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        check(&SignedRequest { method: "POST", path: "/", query: &query, headers: &headers, body: &body });
    }

    #[test]
    fn any_bytes_in_a_header_are_refused(value in vec(any::<u8>(), 0..200), name in select(HEADERS)) {
        let sent = signed();
        let mut headers: Vec<(&str, &[u8])> = sent.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        headers.retain(|(header, _)| !header.eq_ignore_ascii_case(name));
        headers.push((name, &value));
        check(&SignedRequest { method: "POST", path: "/", query: "", headers: &headers, body: sent.body.as_bytes() });
    }

    /// One byte of what is signed, or of the signature, is another: it is nobody's request any more.
    #[test]
    fn a_changed_byte_is_noticed(in_header: bool, at in any::<prop::sample::Index>(), to in any::<prop::sample::Index>()) {
        let mut spoilt = if in_header { signed() } else { presigned() };
        let original = spoilt.clone();
        let text = if in_header { &mut spoilt.body } else { &mut spoilt.query };
        let (at, to) = (at.index(text.len()), b'a' + u8::try_from(to.index(26)).unwrap());
        text.replace_range(at..=at, std::str::from_utf8(&[to]).unwrap());
        let same = spoilt.body == original.body && is_same_query(&spoilt, &original);
        prop_assert_eq!(spoilt.verify() == credential(), same);
    }
}

/// `%2F` and `%2f` are the same byte, and the only ones in these texts that can be written in two ways.
fn is_same_query(one: &Sent, other: &Sent) -> bool {
    one.query == other.query || percent_encoding::percent_decode_str(&one.query).eq(percent_encoding::percent_decode_str(&other.query))
}

fn check(request: &SignedRequest<'_>) {
    let known = |_: &str| Some(Secret { secret_access_key: SECRET.into(), session_token: None });
    let error = verify(request, &["ec2"], NOW, known).unwrap_err();
    assert!((400..500).contains(&error.status()) && error.message.len() < 1_000, "{error}");
    // Which words to refuse in may be asked of anything.
    let _ = is_scoped_to(request, "sts");
}
