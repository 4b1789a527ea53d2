//! The envelope: postcard with the version outside, or JSON for callers that know no postcard.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A type that travels on the bus.
pub trait Message: Serialize + DeserializeOwned {
    /// Its name in logs and golden files.
    const NAME: &'static str;
}

/// The version of a message's shape. Variants are only ever appended.
#[derive(Serialize, Deserialize)]
enum Envelope<T> {
    V1(T),
}

/// How a body is written. An answer is written as its request was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Postcard,
    Json,
}

impl Encoding {
    /// JSON if the caller says so or the body begins with `{`; no postcard envelope does, its first byte being a version.
    pub fn of(content_type: Option<&str>, body: &[u8]) -> Self {
        let json = content_type.is_some_and(|kind| kind.starts_with("application/json"));
        let brace = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
        if json || brace { Self::Json } else { Self::Postcard }
    }
}

/// Why a body is not the message it should be. The text may be shown to the sender.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    #[error("the JSON body is not a valid {name}: {source}")]
    Json { name: &'static str, source: serde_json::Error },
    #[error("the body is neither JSON nor a valid {name} in postcard")]
    Postcard { name: &'static str, source: postcard::Error },
    #[error("{extra} bytes follow the {name}")]
    Remainder { name: &'static str, extra: usize },
}

/// Writes a message. Only a broken `Serialize` can fail, and then the body is empty, which no reader accepts.
pub fn encode<T: Message>(message: &T, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Postcard => postcard::to_stdvec(&Envelope::V1(message)).unwrap_or_default(),
        Encoding::Json => serde_json::to_vec(message).unwrap_or_default(),
    }
}

/// Reads a message; every byte must belong to it.
pub fn decode<T: Message>(body: &[u8], encoding: Encoding) -> Result<T, DecodeError> {
    match encoding {
        Encoding::Postcard => {
            let (Envelope::V1(message), rest) = postcard::take_from_bytes(body).map_err(|source| DecodeError::Postcard { name: T::NAME, source })?;
            if rest.is_empty() { Ok(message) } else { Err(DecodeError::Remainder { name: T::NAME, extra: rest.len() }) }
        }
        Encoding::Json => serde_json::from_slice(body).map_err(|source| DecodeError::Json { name: T::NAME, source }),
    }
}

/// The change log's rows travel as they are.
impl Message for multihome_types::Change {
    const NAME: &'static str = "change";
}
