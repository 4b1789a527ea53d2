//! A pull parser with the four things that reading a document needs: the next child, its text, its name, and skipping it.
//!
//! It borrows from the input, refuses document types (so there are no entities to expand), and remembers where it is for
//! the error.

use std::{borrow::Cow, fmt, str::FromStr};

use multihome_types::Address;
use quick_xml::{
    Reader, XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesStart, Event},
};

use super::{Problem, ReadError};

pub(super) struct Xml<'a> {
    reader: Reader<&'a [u8]>,
}

type Result<T> = std::result::Result<T, ReadError>;

impl<'a> Xml<'a> {
    pub(super) fn new(document: &'a [u8]) -> Self {
        let mut reader = Reader::from_reader(document);
        reader.config_mut().expand_empty_elements = true;
        Self { reader }
    }

    pub(super) fn error(&self, problem: Problem) -> ReadError {
        ReadError { position: self.reader.buffer_position(), problem: Box::new(problem) }
    }

    fn event(&mut self) -> Result<Event<'a>> {
        match self.reader.read_event() {
            Ok(Event::DocType(_)) => Err(self.error(Problem::DocumentType)),
            Ok(event) => Ok(event),
            Err(source) => Err(self.error(Problem::Malformed(source))),
        }
    }

    /// The root element; before it, only the declaration, comments and white space.
    pub(super) fn root(&mut self) -> Result<BytesStart<'a>> {
        loop {
            match self.event()? {
                Event::Start(root) | Event::Empty(root) => return Ok(root),
                Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
                Event::Text(text) if text.trim().is_empty() => {}
                Event::Eof => return Err(self.error(Problem::Unfinished)),
                Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) | Event::End(_) | Event::DocType(_) => {
                    return Err(self.error(Problem::OutsideRoot));
                }
            }
        }
    }

    /// Nothing but comments and white space may follow the root element.
    pub(super) fn end(&mut self) -> Result<()> {
        loop {
            match self.event()? {
                Event::Eof => return Ok(()),
                Event::Comment(_) | Event::PI(_) => {}
                Event::Text(text) if text.trim().is_empty() => {}
                Event::Start(_)
                | Event::Empty(_)
                | Event::End(_)
                | Event::Text(_)
                | Event::CData(_)
                | Event::GeneralRef(_)
                | Event::Decl(_)
                | Event::DocType(_) => return Err(self.error(Problem::OutsideRoot)),
            }
        }
    }

    /// The next child of the element that is open, or `None` at its end. The caller reads or skips each child to its end.
    pub(super) fn child(&mut self) -> Result<Option<BytesStart<'a>>> {
        loop {
            match self.event()? {
                Event::Start(child) | Event::Empty(child) => return Ok(Some(child)),
                Event::End(_) => return Ok(None),
                Event::Eof => return Err(self.error(Problem::Unfinished)),
                Event::Text(_) | Event::CData(_) | Event::Comment(_) | Event::PI(_) | Event::GeneralRef(_) | Event::Decl(_) | Event::DocType(_) => {}
            }
        }
    }

    /// Reads to the end of the element that was just opened, whatever is inside.
    pub(super) fn skip(&mut self) -> Result<()> {
        let mut open = 1u64;
        while open > 0 {
            match self.child()? {
                Some(_) => open += 1,
                None => open -= 1,
            }
        }
        Ok(())
    }

    /// The text of the element that was just opened, to its end.
    pub(super) fn text(&mut self) -> Result<Cow<'a, str>> {
        let mut text = Cow::Borrowed("");
        loop {
            let more = match self.event()? {
                Event::Text(more) => more.xml10_content(),
                Event::CData(more) => more.xml10_content(),
                Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                    Ok(Some(character)) => Cow::Owned(character.to_string()),
                    Ok(None) => match resolve_predefined_entity(&reference) {
                        Some(known) => Cow::Borrowed(known),
                        None => return Err(self.error(Problem::Entity(reference.to_string()))),
                    },
                    Err(source) => return Err(self.error(Problem::Malformed(source))),
                },
                Event::End(_) => return Ok(text),
                Event::Comment(_) | Event::PI(_) => continue,
                Event::Start(child) | Event::Empty(child) => {
                    return Err(self.error(Problem::NotText(child.name().as_ref().to_owned())));
                }
                Event::Eof | Event::Decl(_) | Event::DocType(_) => return Err(self.error(Problem::Unfinished)),
            };
            if text.is_empty() {
                text = more;
            } else {
                text.to_mut().push_str(&more);
            }
        }
    }

    /// The text of the element that was just opened, as a value. `field` is for the error.
    pub(super) fn value<T: FromStr<Err: fmt::Display>>(&mut self, field: &'static str) -> Result<T> {
        let text = self.text()?;
        self.parse(field, &text)
    }

    /// As [`Self::value`], of an address that a host can have: for 0.0.0.0 consumers refuse the document.
    pub(super) fn host(&mut self, field: &'static str) -> Result<Address> {
        let text = self.text()?;
        Address::parse_host(&text).map_err(|why| self.error(Problem::Invalid { field, why }))
    }

    pub(super) fn parse<T: FromStr<Err: fmt::Display>>(&self, field: &'static str, text: &str) -> Result<T> {
        text.parse().map_err(|why: T::Err| self.error(Problem::Invalid { field, why: why.to_string() }))
    }

    pub(super) fn attribute<'e>(&self, element: &'e BytesStart<'_>, name: &str) -> Result<Option<Cow<'e, str>>> {
        let found = element.try_get_attribute(name).map_err(|source| self.error(Problem::Malformed(source.into())))?;
        found
            .map(|attribute| attribute.normalized_value(XmlVersion::Explicit1_0))
            .transpose()
            .map_err(|source| self.error(Problem::Malformed(source)))
    }

    /// The `name` attribute, as a value.
    pub(super) fn name<T: FromStr<Err: fmt::Display>>(&self, element: &BytesStart<'_>) -> Result<T> {
        let text = self.attribute(element, "name")?;
        let text = self.need(text, "name", || element.name().as_ref().to_owned())?;
        self.parse("name", &text)
    }

    /// What has been found, or an error that names the element that lacks it.
    pub(super) fn need<T>(&self, found: Option<T>, field: &'static str, within: impl FnOnce() -> String) -> Result<T> {
        found.ok_or_else(|| self.error(Problem::Missing { field, within: within() }))
    }
}
