//! A request as it arrives: pairs of dotted names and values, from the body and the query string.
//!
//! The names form a tree (`TagSpecification.1.Tag.2.Key`). It is never built: pairs are sorted by the parts of their names, so that
//! every subtree is a slice, and the decoder walks slices. Hostile input therefore costs at most a sort of
//! [`MAX_PARAMETERS`] pairs: no allocation follows from an index or a depth that a caller wrote.

mod decode;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;

use crate::{Ec2Error, unsupported};

/// More than any client sends: 1,000 ids, or 200 values in each of a dozen filters. Also the highest index in a list.
pub const MAX_PARAMETERS: usize = 4096;

/// The longest name of EC2's model has 88 characters and 7 parts.
const MAX_NAME_BYTES: usize = 256;

/// What every request may carry and no operation sees: the action, and the older and newer forms of a signature.
const COMMON: &[&str] =
    &["AWSAccessKeyId", "Action", "Expires", "SecurityToken", "Signature", "SignatureMethod", "SignatureVersion", "Timestamp", "Version"];

/// The parameters of one request, common ones taken off.
#[derive(Debug)]
pub struct Parameters<'a> {
    action: Cow<'a, str>,
    version: Cow<'a, str>,
    /// Sorted by the parts of the name; no two with the same name.
    pairs: Vec<Pair<'a>>,
}

#[derive(Clone, Debug)]
struct Pair<'a> {
    name: Cow<'a, str>,
    value: Cow<'a, str>,
}

impl<'a> Parameters<'a> {
    /// Reads the query string (without `?`) and the form body of a request together; EC2 takes parameters from both.
    ///
    /// A name that occurs twice is refused rather than the first or the last taken: no SDK sends one, and whoever reads the request
    /// on its way (a proxy, an audit) could take the other one.
    ///
    /// # Errors
    /// `MalformedQueryString` (not UTF-8), `InvalidQueryParameter` (too many, too long a name), `InvalidParameterValue` (twice),
    /// `MissingAction`, `MissingParameter` (no version).
    pub fn parse(query: &'a str, body: &'a [u8]) -> Result<Self, Ec2Error> {
        let body = std::str::from_utf8(body).map_err(|_| malformed())?;
        if count(query) + count(body) > MAX_PARAMETERS {
            return Err(Ec2Error::new("InvalidQueryParameter", format!("The request has more than {MAX_PARAMETERS} parameters.")));
        }
        let mut pairs = Vec::with_capacity(count(query) + count(body));
        for form in [query, body] {
            for piece in form.split('&').filter(|piece| !piece.is_empty()) {
                pairs.push(Pair::parse(piece)?);
            }
        }
        pairs.sort_by(|one, other| one.name.split('.').cmp(other.name.split('.')));
        if let Some([_, twice]) = pairs.array_windows().find(|[one, other]| one.name == other.name) {
            return Err(Ec2Error::invalid_parameter_value(&twice.name, &twice.value, "The parameter occurs more than once."));
        }
        let mut parameters = Self { action: Cow::Borrowed(""), version: Cow::Borrowed(""), pairs: Vec::new() };
        for pair in pairs {
            match &*pair.name {
                "Action" => parameters.action = pair.value,
                "Version" => parameters.version = pair.value,
                name if is_common(name) => {}
                _ => parameters.pairs.push(pair),
            }
        }
        if parameters.action.is_empty() {
            return Err(Ec2Error::new("MissingAction", "The request must contain the parameter Action"));
        }
        if parameters.version.is_empty() {
            return Err(Ec2Error::missing_parameter("Version"));
        }
        Ok(parameters)
    }

    /// The operation asked for, such as `AttachNetworkInterface`; not empty, and not yet known to exist.
    pub fn action(&self) -> &str {
        &self.action
    }

    /// The API version the client was made for, such as `2016-11-15`; not empty, not checked.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Whether the action is all that was said: nothing narrows it down.
    pub fn is_bare(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Decodes a request struct. What is absent is `None`, an empty list, or `false`; any other type must be there.
    ///
    /// # Errors
    /// `UnsupportedOperation`, `UnknownParameter`, `MissingParameter`, `InvalidParameterValue`, `InvalidQueryParameter`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, Ec2Error> {
        let mut moot = Vec::new();
        for (place, pair) in self.pairs.iter().enumerate() {
            if unsupported::is_moot(&self.action, &pair.name, &pair.value)? {
                moot.push(place);
            }
        }
        if moot.is_empty() {
            return decode::decode(&self.pairs);
        }
        let rest = self.pairs.iter().enumerate().filter(|(place, _)| moot.binary_search(place).is_err());
        decode::decode(&rest.map(|(_, pair)| pair.clone()).collect::<Vec<_>>())
    }
}

impl<'a> Pair<'a> {
    fn parse(piece: &'a str) -> Result<Self, Ec2Error> {
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        let name = decode_text(name)?;
        if name.len() > MAX_NAME_BYTES {
            return Err(Ec2Error::new("InvalidQueryParameter", "The name of a parameter is too long."));
        }
        Ok(Self { name, value: decode_text(value)? })
    }
}

/// Form decoding: `+` is a space, `%xx` a byte. A `%` that does not begin such a pair stands for itself, as everywhere on the web.
fn decode_text(text: &str) -> Result<Cow<'_, str>, Ec2Error> {
    if !text.contains('+') {
        return percent_decode_str(text).decode_utf8().map_err(|_| malformed());
    }
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().map_err(|_| malformed())?;
    Ok(Cow::Owned(decoded.into_owned()))
}

fn count(form: &str) -> usize {
    form.bytes().filter(|byte| *byte == b'&').count() + usize::from(!form.is_empty())
}

fn is_common(name: &str) -> bool {
    COMMON.contains(&name) || name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("x-amz-"))
}

fn malformed() -> Ec2Error {
    Ec2Error::new("MalformedQueryString", "The query string is not well-formed UTF-8.")
}
