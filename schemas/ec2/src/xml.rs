//! Replies as XML, by serde, straight into one `String`.
//!
//! A field is an element of its name; a list is an element whose children are `<item>`; `None` is left out; an empty list or
//! text is an empty element. Whatever text a reply holds, the document is well-formed. Shapes without a name (tuples, maps, enums
//! that carry data) are refused: a reply that has one is a mistake of its author, found by its first test.

#[cfg(test)]
mod tests;
mod text;

use std::fmt::{self, Write};

use serde::{
    Serialize, Serializer,
    ser::{Impossible, SerializeSeq, SerializeStruct},
};
pub(crate) use text::{is_xml_character, write_text_element};

pub(crate) const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const NAMESPACE: &str = "http://ec2.amazonaws.com/doc/2016-11-15/";

/// A reply with a shape that has no form in this protocol. Never caused by a value, only by a type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a reply cannot be written as XML: {0}")]
pub struct EncodeError(String);

impl serde::ser::Error for EncodeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

impl From<EncodeError> for crate::Ec2Error {
    fn from(_: EncodeError) -> Self {
        Self::internal()
    }
}

/// The whole document of a reply.
pub(crate) fn encode<T: Serialize>(action: &str, request_id: &str, reply: &T) -> Result<String, EncodeError> {
    let mut out = String::with_capacity(1024);
    out.push_str(DECLARATION);
    let _ = write!(out, "<{action}Response xmlns=\"{NAMESPACE}\">");
    write_text_element(&mut out, "requestId", request_id);
    reply.serialize(Element { out: &mut out, name: "" })?;
    let _ = write!(out, "</{action}Response>");
    Ok(out)
}

/// The whole document of a reply in the form that AWS's younger services have: in an element of its own, and what concerns the answer
/// itself after it.
pub(crate) fn encode_result<T: Serialize>(namespace: &str, action: &str, request_id: &str, reply: &T) -> Result<String, EncodeError> {
    let mut out = String::with_capacity(512);
    out.push_str(DECLARATION);
    let _ = write!(out, "<{action}Response xmlns=\"{namespace}\"><{action}Result>");
    reply.serialize(Element { out: &mut out, name: "" })?;
    let _ = write!(out, "</{action}Result><ResponseMetadata>");
    write_text_element(&mut out, "RequestId", request_id);
    let _ = write!(out, "</ResponseMetadata></{action}Response>");
    Ok(out)
}

/// Writes one value as the element `name`; the root, whose element is written already, has no name.
struct Element<'o> {
    out: &'o mut String,
    name: &'static str,
}

impl<'o> Element<'o> {
    fn open(self) -> Open<'o> {
        if !self.name.is_empty() {
            self.out.push('<');
            self.out.push_str(self.name);
            self.out.push('>');
        }
        Open { out: self.out, name: self.name }
    }

    /// A value whose text needs no escaping.
    fn plain(self, value: impl fmt::Display) -> Result<(), EncodeError> {
        let open = self.open();
        let _ = write!(open.out, "{value}");
        open.close();
        Ok(())
    }
}

/// An element that has been opened.
struct Open<'o> {
    out: &'o mut String,
    name: &'static str,
}

impl Open<'_> {
    fn close(self) {
        if !self.name.is_empty() {
            self.out.push_str("</");
            self.out.push_str(self.name);
            self.out.push('>');
        }
    }
}

impl SerializeStruct for Open<'_> {
    type Ok = ();
    type Error = EncodeError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), EncodeError> {
        value.serialize(Element { out: self.out, name })
    }

    fn end(self) -> Result<(), EncodeError> {
        self.close();
        Ok(())
    }
}

impl SerializeSeq for Open<'_> {
    type Ok = ();
    type Error = EncodeError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        value.serialize(Element { out: self.out, name: "item" })
    }

    fn end(self) -> Result<(), EncodeError> {
        self.close();
        Ok(())
    }
}

fn no_form(shape: &str) -> EncodeError {
    EncodeError(format!("{shape} has no form in the EC2 Query protocol"))
}

macro_rules! plain {
    ($($method:ident $kind:ty,)*) => {$(
        fn $method(self, value: $kind) -> Result<(), EncodeError> {
            self.plain(value)
        }
    )*};
}

impl<'o> Serializer for Element<'o> {
    type Ok = ();
    type Error = EncodeError;
    type SerializeSeq = Open<'o>;
    type SerializeStruct = Open<'o>;
    type SerializeTuple = Impossible<(), EncodeError>;
    type SerializeTupleStruct = Impossible<(), EncodeError>;
    type SerializeTupleVariant = Impossible<(), EncodeError>;
    type SerializeMap = Impossible<(), EncodeError>;
    type SerializeStructVariant = Impossible<(), EncodeError>;

    plain! {
        serialize_bool bool,
        serialize_i8 i8,
        serialize_i16 i16,
        serialize_i32 i32,
        serialize_i64 i64,
        serialize_u8 u8,
        serialize_u16 u16,
        serialize_u32 u32,
        serialize_u64 u64,
        serialize_f32 f32,
        serialize_f64 f64,
    }

    fn serialize_str(self, value: &str) -> Result<(), EncodeError> {
        write_text_element(self.out, self.name, value);
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<(), EncodeError> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_none(self) -> Result<(), EncodeError> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), EncodeError> {
        value.serialize(self)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), EncodeError> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), EncodeError> {
        value.serialize(self)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Open<'o>, EncodeError> {
        if length == Some(0) {
            write_text_element(self.out, self.name, "");
            return Ok(Open { out: self.out, name: "" });
        }
        Ok(self.open())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Open<'o>, EncodeError> {
        Ok(self.open())
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), EncodeError> {
        Err(no_form("a sequence of bytes"))
    }

    fn serialize_unit(self) -> Result<(), EncodeError> {
        Err(no_form("a unit"))
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), EncodeError> {
        Err(no_form("a unit struct"))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(self, _: &'static str, _: u32, _: &'static str, _: &T) -> Result<(), EncodeError> {
        Err(no_form("an enum that carries data"))
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, EncodeError> {
        Err(no_form("a tuple"))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, EncodeError> {
        Err(no_form("a tuple struct"))
    }

    fn serialize_tuple_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Self::SerializeTupleVariant, EncodeError> {
        Err(no_form("an enum that carries data"))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, EncodeError> {
        Err(no_form("a map"))
    }

    fn serialize_struct_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Self::SerializeStructVariant, EncodeError> {
        Err(no_form("an enum that carries data"))
    }
}
