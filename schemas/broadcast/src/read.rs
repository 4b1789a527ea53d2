//! The reader: a document's bytes back into a [`Document`], for the simulated cluster and for `broadcast show`.
//!
//! It skips elements it does not know (another version's, or those that Multihome has no entities for) and is strict about
//! those it does: a value that is missing or malformed is an error that says where, never a default. One bad item refuses
//! the whole document, as it does for the real consumers.

mod configuration;
mod instance;
mod mido;
mod network;
mod security_group;
mod xml;

use multihome_types::{Address, Timestamp};
use quick_xml::events::BytesStart;
use time::{PrimitiveDateTime, macros::format_description};

use crate::{AppliedVersion, Dialect, Document};
use xml::Xml;

/// Why a document cannot be read, and near which byte.
#[derive(Debug, thiserror::Error)]
#[error("near byte {position}: {problem}")]
pub struct ReadError {
    pub position: u64,
    #[source]
    pub problem: Box<Problem>,
}

#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error("this is not well-formed XML")]
    Malformed(#[source] quick_xml::Error),
    #[error("the document ends too early")]
    Unfinished,
    #[error("there is something beside the root element")]
    OutsideRoot,
    #[error("a document type declaration is not accepted")]
    DocumentType,
    #[error("the entity '&{0};' is not known")]
    Entity(String),
    #[error("the root element is <{0}>, not <network-data>")]
    Root(String),
    #[error("an element <{0}> stands where there should be text")]
    NotText(String),
    #[error("{within} has no {field}")]
    Missing { field: &'static str, within: String },
    #[error("bad {field}: {why}")]
    Invalid { field: &'static str, why: String },
}

type Result<T> = std::result::Result<T, ReadError>;

/// Reads a document.
///
/// # Errors
/// It is not well-formed, its root is another one, or something that it should say is missing or malformed.
pub fn read(document: &[u8]) -> Result<Document> {
    let mut xml = Xml::new(document);
    let root = xml.root()?;
    if root.name().as_ref() != "network-data" {
        return Err(xml.error(Problem::Root(root.name().as_ref().to_owned())));
    }
    let within = || "network-data".to_owned();
    let version = xml.attribute(&root, "version")?;
    let version = xml.need(version, "version", within)?.into_owned();
    let applied = applied(&xml, &root)?;

    let (mut configuration, mut vpcs, mut instances, mut security_groups) = (None, Vec::new(), Vec::new(), Vec::new());
    let (mut dhcp_option_sets, mut internet_gateways) = (Vec::new(), Vec::new());
    while let Some(section) = xml.child()? {
        match section.name().as_ref() {
            "configuration" => configuration = Some(configuration::configuration(&mut xml)?),
            "vpcs" => vpcs = list(&mut xml, "vpc", network::vpc)?,
            "instances" => instances = list(&mut xml, "instance", instance::instance)?,
            "dhcpOptionSets" => dhcp_option_sets = list(&mut xml, "dhcpOptionSet", network::dhcp_option_set)?,
            "internetGateways" => internet_gateways = list(&mut xml, "internetGateway", network::internet_gateway)?,
            "securityGroups" => security_groups = list(&mut xml, "securityGroup", security_group::security_group)?,
            _ => xml.skip()?,
        }
    }
    let configuration = xml.need(configuration, "configuration", within)?;
    xml.end()?;
    Ok(Document { dialect: Dialect::V44, version, applied, configuration, vpcs, instances, dhcp_option_sets, internet_gateways, security_groups })
}

fn applied(xml: &Xml<'_>, root: &BytesStart<'_>) -> Result<Option<AppliedVersion>> {
    let Some(version) = xml.attribute(root, "applied-version")? else { return Ok(None) };
    let time = xml.attribute(root, "applied-time")?;
    let time = xml.need(time, "applied-time", || "network-data".to_owned())?;
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    let time = PrimitiveDateTime::parse(&time, format)
        .map_err(|_| xml.error(Problem::Invalid { field: "applied-time", why: format!("'{time}' is not a time such as 2026-11-23T22:30:00Z") }))?;
    Ok(Some(AppliedVersion { version: version.into_owned(), time: Timestamp(time.assume_utc().unix_timestamp() * 1000) }))
}

/// The children of a wrapper that have the name `item`.
fn list<'a, T>(xml: &mut Xml<'a>, item: &str, read: impl Fn(&mut Xml<'a>, &BytesStart<'a>) -> Result<T>) -> Result<Vec<T>> {
    let mut items = Vec::new();
    while let Some(child) = xml.child()? {
        if child.name().as_ref() == item {
            items.push(read(xml, &child)?);
        } else {
            xml.skip()?;
        }
    }
    Ok(items)
}

/// The `<value>` children of a wrapper.
fn values<T: std::str::FromStr<Err: std::fmt::Display>>(xml: &mut Xml<'_>, field: &'static str) -> Result<Vec<T>> {
    list(xml, "value", |xml, _| xml.value(field))
}

/// As [`values`], of addresses that hosts can have.
fn hosts(xml: &mut Xml<'_>, field: &'static str) -> Result<Vec<Address>> {
    list(xml, "value", |xml, _| xml.host(field))
}

#[cfg(test)]
mod tests;
