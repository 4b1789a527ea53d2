//! How one value becomes text, appended to the document without a detour.
//!
//! Ids, addresses and numbers are pushed byte by byte: a document of 100,000 instances has eight million of them, and the
//! formatting machinery would be most of its cost. Text that somebody else chose is escaped, and characters that XML
//! cannot hold are dropped, so that it can never change the structure of the document.

use std::io::Write;

use multihome_types::{
    AccountId, Address, AttachmentId, Cidr, ClusterName, DeviceIndex, DhcpOptionsId, Digits, GroupId, IdLength, InstanceId, InterfaceId,
    InternetGatewayId, Mac, MacPrefix, NatGatewayId, NetworkAclId, NodeName, ResourceId, RouteTableId, SubnetId, VpcId, Zone,
};

use crate::AddressRange;

/// A value that can stand in an element or an attribute.
pub(crate) trait Value {
    fn push(&self, out: &mut Vec<u8>);
}

impl Value for str {
    fn push(&self, out: &mut Vec<u8>) {
        for character in self.chars() {
            match character {
                '&' => out.extend_from_slice(b"&amp;"),
                '<' => out.extend_from_slice(b"&lt;"),
                '>' => out.extend_from_slice(b"&gt;"),
                '"' => out.extend_from_slice(b"&quot;"),
                '\'' => out.extend_from_slice(b"&apos;"),
                // A reader would turn these into line feeds or spaces.
                '\t' => out.extend_from_slice(b"&#9;"),
                '\n' => out.extend_from_slice(b"&#10;"),
                '\r' => out.extend_from_slice(b"&#13;"),
                '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
                other => out.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
    }
}

impl Value for bool {
    fn push(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(if *self { b"true" } else { b"false" });
    }
}

/// Appends what `Display` prints: only for types whose text has nothing to escape.
fn push_display(value: impl std::fmt::Display, out: &mut Vec<u8>) {
    // Writing to memory does not fail.
    let _ = write!(out, "{value}");
}

fn push_octet(octet: u8, out: &mut Vec<u8>) {
    if octet >= 100 {
        out.push(b'0' + octet / 100);
    }
    if octet >= 10 {
        out.push(b'0' + octet / 10 % 10);
    }
    out.push(b'0' + octet % 10);
}

fn push_ipv4(octets: [u8; 4], out: &mut Vec<u8>) {
    for (index, octet) in octets.into_iter().enumerate() {
        if index > 0 {
            out.push(b'.');
        }
        push_octet(octet, out);
    }
}

impl Value for Address {
    fn push(&self, out: &mut Vec<u8>) {
        push_ipv4(self.0.octets(), out);
    }
}

impl Value for Cidr {
    fn push(&self, out: &mut Vec<u8>) {
        push_ipv4(self.network().octets(), out);
        out.push(b'/');
        push_octet(self.prefix(), out);
    }
}

impl Value for DeviceIndex {
    fn push(&self, out: &mut Vec<u8>) {
        push_octet(self.0, out);
    }
}

const HEX: &[u8; 16] = b"0123456789abcdef";

fn push_id<I: ResourceId>(id: I, out: &mut Vec<u8>) {
    let leading = id.digits().leading();
    if Digits::from_bits(u32::from_be_bytes(leading).into(), IdLength::Short) != id.digits() {
        return push_display(id, out);
    }
    let mut text = [b'-'; 9];
    for (index, byte) in leading.into_iter().enumerate() {
        text[1 + 2 * index] = HEX[usize::from(byte >> 4)];
        text[2 + 2 * index] = HEX[usize::from(byte & 0xf)];
    }
    out.extend_from_slice(I::PREFIX.as_bytes());
    out.extend_from_slice(&text);
}

macro_rules! ids {
    ($($name:ty),*) => {$(
        impl Value for $name {
            fn push(&self, out: &mut Vec<u8>) {
                push_id(*self, out);
            }
        }
    )*};
}

ids!(VpcId, SubnetId, GroupId, InterfaceId, AttachmentId, InstanceId, RouteTableId, InternetGatewayId, NatGatewayId, NetworkAclId, DhcpOptionsId);

macro_rules! displayed {
    ($($name:ty),*) => {$(
        impl Value for $name {
            fn push(&self, out: &mut Vec<u8>) {
                push_display(self, out);
            }
        }
    )*};
}

displayed!(i32, u16, u32, AccountId, AddressRange, Mac, MacPrefix);

macro_rules! names {
    ($($name:ty),*) => {$(
        impl Value for $name {
            fn push(&self, out: &mut Vec<u8>) {
                // Letters, digits, hyphens and dots.
                out.extend_from_slice(self.as_str().as_bytes());
            }
        }
    )*};
}

names!(ClusterName, NodeName, Zone);

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &(impl Value + ?Sized)) -> String {
        let mut out = Vec::new();
        value.push(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn values_are_written_as_they_print() {
        for id in ["eni-a2f151a8", "eni-00000000", "eni-ffffffff", "eni-0a2f151a8bcdef012", "eni-a2f151a8000000000"] {
            assert_eq!(text(&id.parse::<InterfaceId>().unwrap()), id);
        }
        for address in ["0.0.0.0", "10.9.99.100", "255.255.255.255", "1.20.30.4"] {
            assert_eq!(text(&address.parse::<Address>().unwrap()), address);
        }
        for block in ["0.0.0.0/0", "192.168.100.0/24", "10.0.0.7/32"] {
            assert_eq!(text(&block.parse::<Cidr>().unwrap()), block);
        }
        assert_eq!((text(&DeviceIndex(0)), text(&DeviceIndex(15)), text(&-1)), ("0".into(), "15".into(), "-1".into()));
        assert_eq!(text(&"000994694045".parse::<AccountId>().unwrap()), "000994694045");
    }

    #[test]
    fn hostile_text_cannot_leave_its_element() {
        assert_eq!(text("</value>&\"'"), "&lt;/value&gt;&amp;&quot;&apos;");
        assert_eq!(text("]]>"), "]]&gt;");
    }

    #[test]
    fn characters_that_xml_cannot_hold_are_dropped() {
        assert_eq!(text("a\0b\u{1}\u{b}\u{1f}\u{fffe}\u{ffff}c\u{7f}é\u{10ffff}"), "abc\u{7f}é\u{10ffff}");
    }
}
