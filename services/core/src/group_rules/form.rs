//! How protocols, ports, blocks and descriptions of rules are written.

use std::borrow::Cow;

use multihome_types::Refusal;

use crate::refusals;

/// Every protocol; every type or code of ICMP.
pub(super) const ALL: i32 = -1;
const ICMP: i32 = 1;
const TCP: i32 = 6;
const UDP: i32 = 17;
const ICMPV6: i32 = 58;

pub(super) fn is_icmp(protocol: i32) -> bool {
    matches!(protocol, ICMP | ICMPV6)
}

/// A protocol by name or number; `-1` is all of them.
pub fn parse_protocol(asked: Option<&str>) -> Result<i32, Refusal> {
    let Some(text) = asked.filter(|text| !text.is_empty()) else {
        return Err(refusals::invalid_value("Invalid value 'null' for protocol. VPC security group rules must specify protocols explicitly."));
    };
    match &*text.to_ascii_lowercase() {
        "tcp" => return Ok(TCP),
        "udp" => return Ok(UDP),
        "icmp" => return Ok(ICMP),
        "icmpv6" => return Ok(ICMPV6),
        _ => {}
    }
    match text.parse() {
        Ok(number @ -1..=255) => Ok(number),
        _ => Err(refusals::invalid_value(format!("Invalid value '{}' for IP protocol. Unknown protocol.", brief(text)))),
    }
}

/// A protocol as EC2 shows it.
pub fn protocol_name(number: i32) -> Cow<'static, str> {
    match number {
        TCP => "tcp".into(),
        UDP => "udp".into(),
        ICMP => "icmp".into(),
        ICMPV6 => "icmpv6".into(),
        other => other.to_string().into(),
    }
}

/// The ports of a rule, or its type and code of ICMP. Other protocols have none, and whatever is said of them has no meaning, as in EC2.
pub fn check_ports(protocol: i32, from: Option<i32>, to: Option<i32>) -> Result<(Option<i32>, Option<i32>), Refusal> {
    match (protocol, from, to) {
        (TCP | UDP, Some(from), Some(to)) => {
            for (end, port) in [("from", from), ("to", to)] {
                if !(0..=65_535).contains(&port) {
                    return Err(refusals::invalid_value(format!("TCP/UDP ({end}) port ({port}) out of range")));
                }
            }
            if from > to {
                return Err(refusals::invalid_value(format!(
                    "Invalid value for portRange. The from port ({from}) is greater than the to port ({to})."
                )));
            }
        }
        (TCP | UDP, ..) => {
            return Err(refusals::invalid_value("Invalid value for portRange. Must specify both from and to ports with TCP/UDP."));
        }
        (ICMP | ICMPV6, Some(kind), Some(code)) => {
            for (what, number) in [("type", kind), ("code", code)] {
                if !(ALL..=255).contains(&number) {
                    return Err(refusals::invalid_value(format!("ICMP {what} ({number}) out of range")));
                }
            }
            if kind == ALL && code != ALL {
                return Err(refusals::invalid_value(format!("ICMP code ({code}) cannot be given for all types")));
            }
        }
        (ICMPV6, None, None) => return Ok((Some(ALL), Some(ALL))),
        (ICMP | ICMPV6, ..) => {
            return Err(refusals::invalid_value("Invalid value for portRange. Must specify both from and to ports with ICMP."));
        }
        _ => return Ok((None, None)),
    }
    Ok((from, to))
}

const LONGEST_DESCRIPTION: usize = 255;
/// Besides letters, digits and the space.
const DESCRIPTION_MARKS: &str = "._-:/()#,@[]+=&;{}!$*";

/// The description of a rule; an empty one is none.
pub fn check_description(asked: Option<String>) -> Result<Option<String>, Refusal> {
    let Some(text) = asked.filter(|text| !text.is_empty()) else { return Ok(None) };
    let allowed = |character: char| character.is_ascii_alphanumeric() || character == ' ' || DESCRIPTION_MARKS.contains(character);
    if text.len() <= LONGEST_DESCRIPTION && text.chars().all(allowed) {
        return Ok(Some(text));
    }
    Err(refusals::invalid_value(
        "Invalid rule description. Valid descriptions are strings less than 256 characters from the following set:  \
         a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*",
    ))
}

/// A block as it was written.
pub fn block_malformed(text: &str) -> Refusal {
    refusals::invalid_value(format!("CIDR block {} is malformed", brief(text)))
}

fn brief(text: &str) -> String {
    text.chars().take(64).collect()
}
