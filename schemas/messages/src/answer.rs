//! What a request is answered with: the thing asked for, or a refusal with its EC2 code.

use multihome_types::Refusal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};

use crate::Message;

/// In JSON `{…}` of the reply itself, or `{"error": {"code": …, "message": …}}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<T> {
    Done(T),
    Refused(Refusal),
}

impl<T> Answer<T> {
    pub fn into_result(self) -> Result<T, Refusal> {
        match self {
            Self::Done(reply) => Ok(reply),
            Self::Refused(refusal) => Err(refusal),
        }
    }
}

impl<T> From<Result<T, Refusal>> for Answer<T> {
    fn from(result: Result<T, Refusal>) -> Self {
        match result {
            Ok(reply) => Self::Done(reply),
            Err(refusal) => Self::Refused(refusal),
        }
    }
}

#[derive(Serialize, Deserialize)]
enum Compact<T> {
    Done(T),
    Refused(Refusal),
}

#[derive(Serialize, Deserialize)]
struct Error {
    error: Refusal,
}

impl<T: Serialize> Serialize for Answer<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self, serializer.is_human_readable()) {
            (Self::Done(reply), true) => reply.serialize(serializer),
            (Self::Refused(refusal), true) => Error { error: refusal.clone() }.serialize(serializer),
            (Self::Done(reply), false) => Compact::Done(reply).serialize(serializer),
            (Self::Refused(refusal), false) => Compact::<T>::Refused(refusal.clone()).serialize(serializer),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Readable<T> {
    Refused(Error),
    Done(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Answer<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            Ok(match Readable::deserialize(deserializer)? {
                Readable::Done(reply) => Self::Done(reply),
                Readable::Refused(Error { error }) => Self::Refused(error),
            })
        } else {
            Ok(match Compact::deserialize(deserializer)? {
                Compact::Done(reply) => Self::Done(reply),
                Compact::Refused(refusal) => Self::Refused(refusal),
            })
        }
    }
}

impl<T: Serialize + DeserializeOwned> Message for Answer<T> {
    const NAME: &'static str = "answer";
}
