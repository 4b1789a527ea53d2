//! Sorted pairs to a request struct, by serde.
//!
//! Three things that a struct author would otherwise have to remember are done here for every struct, nested ones too: a name that
//! the struct does not have is `UnknownParameter`; a required one that is absent is `MissingParameter` with its full dotted name; an
//! absent list is empty and an absent boolean false. For that, every field is offered to the struct, present or not. In
//! consequence `#[serde(default)]` has no effect in a request, and `#[serde(flatten)]` does not work.

use std::fmt;

use serde::{
    Deserializer, de,
    de::{DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor, value::StrDeserializer},
    forward_to_deserialize_any,
};

use super::{MAX_PARAMETERS, Pair};
use crate::{Ec2Error, xml::is_xml_character};

pub(super) fn decode<T: DeserializeOwned>(pairs: &[Pair<'_>]) -> Result<T, Ec2Error> {
    let path = Path { parent: None, part: "" };
    T::deserialize(Node { pairs, at: 0, path: &path }).map_err(Ec2Error::from)
}

/// A place in the tree: the pairs below it.
#[derive(Clone, Copy)]
struct Node<'n> {
    /// Empty: absent.
    pairs: &'n [Pair<'n>],
    /// Where in each name the part below this place begins; one past the end for the pair that is this place's own value.
    at: usize,
    path: &'n Path<'n>,
}

/// How this place is called; printed only when something is wrong.
struct Path<'n> {
    parent: Option<&'n Path<'n>>,
    part: &'n str,
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
            if parent.parent.is_some() {
                f.write_str(".")?;
            }
        }
        f.write_str(self.part)
    }
}

impl Pair<'_> {
    /// The part of the name that begins at `at`, or `None` if the name has ended: the pair is the value of that place itself.
    fn part(&self, at: usize) -> Option<&str> {
        self.name.get(at..)?.split('.').next()
    }
}

impl<'n> Node<'n> {
    fn child(&self, part: &str) -> &'n [Pair<'n>] {
        let at = self.at;
        let start = self.pairs.partition_point(|pair| pair.part(at) < Some(part));
        let rest = &self.pairs[start..];
        &rest[..rest.partition_point(|pair| pair.part(at) == Some(part))]
    }

    fn children(&self) -> impl Iterator<Item = (Option<&'n str>, &'n [Pair<'n>])> {
        let at = self.at;
        self.pairs.chunk_by(move |one, other| one.part(at) == other.part(at)).map(move |group| (group[0].part(at), group))
    }

    /// The value of this place, which has nothing below it.
    fn value(&self) -> Result<&'n str, DecodeError> {
        match self.pairs.iter().find(|pair| pair.part(self.at).is_some()) {
            Some(below) => Err(Ec2Error::unknown_parameter(&below.name).into()),
            None => match self.pairs.first() {
                Some(pair) => Ok(&pair.value),
                None => Err(Ec2Error::missing_parameter(&self.path.to_string()).into()),
            },
        }
    }

    fn invalid(&self, value: &str, why: &str) -> DecodeError {
        Ec2Error::invalid_parameter_value(&self.path.to_string(), value, why).into()
    }

    /// What a type's own parser says of a value is said of this parameter.
    fn explain<T>(&self, value: &str, result: Result<T, DecodeError>) -> Result<T, DecodeError> {
        result.map_err(|error| match error {
            DecodeError::Value(why) => self.invalid(value, &why),
            DecodeError::Refused(_) => error,
        })
    }

    /// A text that could be given back. XML cannot carry most control characters, and databases refuse some of them.
    fn text(&self) -> Result<&'n str, DecodeError> {
        let value = self.value()?;
        if value.chars().all(is_xml_character) { Ok(value) } else { Err(self.invalid(value, "It contains a character that is not allowed.")) }
    }
}

macro_rules! integers {
    ($($method:ident $visit:ident $kind:ty,)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
            let value = self.value()?;
            let Ok(number) = value.parse::<$kind>() else {
                return Err(self.invalid(
                    value,
                    &format!("It must be an integer from {} to {}.", <$kind>::MIN, <$kind>::MAX),
                ));
            };
            self.explain(value, visitor.$visit(number))
        }
    )*};
}

impl<'de> Deserializer<'de> for Node<'_> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let text = self.text()?;
        self.explain(text, visitor.visit_str(text))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if self.pairs.is_empty() {
            return visitor.visit_bool(false);
        }
        let value = self.value()?;
        if value.eq_ignore_ascii_case("true") {
            visitor.visit_bool(true)
        } else if value.eq_ignore_ascii_case("false") {
            visitor.visit_bool(false)
        } else {
            Err(self.invalid(value, "It must be true or false."))
        }
    }

    integers! {
        deserialize_i8 visit_i8 i8,
        deserialize_i16 visit_i16 i16,
        deserialize_i32 visit_i32 i32,
        deserialize_i64 visit_i64 i64,
        deserialize_u8 visit_u8 u8,
        deserialize_u16 visit_u16 u16,
        deserialize_u32 visit_u32 u32,
        deserialize_u64 visit_u64 u64,
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if self.pairs.is_empty() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(self, _: &'static str, _: &'static [&'static str], visitor: V) -> Result<V::Value, DecodeError> {
        let text = self.text()?;
        let variant: StrDeserializer<'_, DecodeError> = text.into_deserializer();
        self.explain(text, visitor.visit_enum(variant))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let mut items = Vec::new();
        for (part, pairs) in self.children() {
            let (Some(part), first) = (part, &pairs[0]) else {
                return Err(Ec2Error::unknown_parameter(&pairs[0].name).into());
            };
            items.push((list_index(part, &first.name)?, part, pairs));
        }
        items.sort_unstable_by_key(|(index, ..)| *index);
        visitor.visit_seq(Items { node: self, items: items.into_iter() })
    }

    fn deserialize_struct<V: Visitor<'de>>(self, _: &'static str, fields: &'static [&'static str], visitor: V) -> Result<V::Value, DecodeError> {
        for (part, pairs) in self.children() {
            if !part.is_some_and(|part| fields.contains(&part)) {
                return Err(Ec2Error::unknown_parameter(&pairs[0].name).into());
            }
        }
        visitor.visit_map(Fields { node: self, fields: fields.iter(), current: "" })
    }

    forward_to_deserialize_any! {
        i128 u128 f32 f64 char str string bytes byte_buf unit unit_struct tuple tuple_struct map identifier ignored_any
    }
}

/// The number of a list's item: from 1, without leading zeros, so that no item has two names.
fn list_index(part: &str, name: &str) -> Result<usize, DecodeError> {
    if !part.bytes().all(|byte| byte.is_ascii_digit()) || part.is_empty() {
        return Err(Ec2Error::unknown_parameter(name).into());
    }
    match part.parse() {
        Ok(index @ 1..=MAX_PARAMETERS) if !part.starts_with('0') => Ok(index),
        _ => Err(Ec2Error::new("InvalidQueryParameter", format!("The parameter {name} has an index that is not from 1 to {MAX_PARAMETERS}.")).into()),
    }
}

struct Fields<'n> {
    node: Node<'n>,
    fields: std::slice::Iter<'static, &'static str>,
    current: &'static str,
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DecodeError> {
        let Some(field) = self.fields.next() else { return Ok(None) };
        self.current = field;
        let key: StrDeserializer<'_, DecodeError> = self.current.into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, DecodeError> {
        let path = Path { parent: Some(self.node.path), part: self.current };
        seed.deserialize(Node { pairs: self.node.child(self.current), at: self.node.at + self.current.len() + 1, path: &path })
    }
}

struct Items<'n> {
    node: Node<'n>,
    items: std::vec::IntoIter<(usize, &'n str, &'n [Pair<'n>])>,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, DecodeError> {
        let Some((_, part, pairs)) = self.items.next() else { return Ok(None) };
        let path = Path { parent: Some(self.node.path), part };
        seed.deserialize(Node { pairs, at: self.node.at + part.len() + 1, path: &path }).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

/// What went wrong, before and after it is known where.
#[derive(Debug, thiserror::Error)]
enum DecodeError {
    #[error(transparent)]
    Refused(#[from] Ec2Error),
    #[error("{0}")]
    Value(String),
}

impl de::Error for DecodeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Value(message.to_string())
    }
}

impl From<DecodeError> for Ec2Error {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::Refused(error) => error,
            DecodeError::Value(why) => Self::new("InvalidParameterValue", why),
        }
    }
}
