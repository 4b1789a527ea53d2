//! The canonical form of a request: what a signature is really of.
//!
//! Written from the request as it came, by the same reading of it that the decoder has: `+` in a query is a space, a `%` that begins
//! no pair stands for itself. Otherwise a request could be changed on its way into one that means something else and has the
//! same signature.

use std::fmt::Write;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};
use sha2::{Digest, Sha256};

use super::SignedRequest;

const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const PATH: &AsciiSet = &QUERY.remove(b'/');

/// The query parameter that holds the signature, and thus is not signed.
pub(super) const SIGNATURE: &str = "X-Amz-Signature";

/// SHA-256, as 64 lower-case hexadecimal digits.
pub(super) fn hash(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// `signed_headers` are lower-case and sorted; `body_hash` as from [`hash`].
pub(super) fn request(request: &SignedRequest<'_>, signed_headers: &[String], body_hash: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(512 + request.query.len());
    out.extend(request.method.as_bytes());
    out.push(b'\n');
    out.extend(path(request.path).as_bytes());
    out.push(b'\n');
    out.extend(query(request.query).as_bytes());
    out.push(b'\n');
    for name in signed_headers {
        header(&mut out, name, request.headers);
    }
    out.push(b'\n');
    out.extend(signed_headers.join(";").as_bytes());
    out.push(b'\n');
    out.extend(body_hash.as_bytes());
    out
}

/// Dot segments and repeated slashes resolved, then encoded once more than it came: every service but S3 does.
fn path(path: &str) -> String {
    let mut segments = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            _ => segments.push(segment),
        }
    }
    let mut out = String::from("/");
    out.extend(percent_encode(segments.join("/").as_bytes(), PATH));
    if path.ends_with('/') && !segments.is_empty() {
        out.push('/');
    }
    out
}

/// Parameters decoded, encoded in the one canonical way, and sorted by name, then value.
fn query(query: &str) -> String {
    let mut pairs: Vec<(String, String)> =
        pieces(query).map(|(name, value)| (encode(name), encode(value))).filter(|(name, _)| name != SIGNATURE).collect();
    pairs.sort_unstable();
    let mut out = String::with_capacity(query.len());
    for (name, value) in pairs {
        if !out.is_empty() {
            out.push('&');
        }
        let _ = write!(out, "{name}={value}");
    }
    out
}

/// Names and values of a query, still encoded.
pub(super) fn pieces(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split('&').filter(|piece| !piece.is_empty()).map(|piece| piece.split_once('=').unwrap_or((piece, "")))
}

/// One name or value of a query, decoded.
pub(super) fn decode(text: &str) -> Vec<u8> {
    let spaced = text.replace('+', " ");
    percent_decode(spaced.as_bytes()).collect()
}

fn encode(text: &str) -> String {
    percent_encode(&decode(text), QUERY).collect()
}

/// `name:value,value`, each value trimmed, runs of spaces in it made one.
fn header(out: &mut Vec<u8>, name: &str, headers: &[(&str, &[u8])]) {
    out.extend(name.as_bytes());
    let mut separator = b':';
    for value in values(headers, name) {
        out.push(separator);
        separator = b',';
        for byte in value.trim_ascii() {
            if *byte != b' ' || out.last() != Some(&b' ') {
                out.push(*byte);
            }
        }
    }
    out.push(b'\n');
}

/// The values of a header, in the order they came.
pub(super) fn values<'a>(headers: &'a [(&'a str, &'a [u8])], name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    headers.iter().filter(move |(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
}
