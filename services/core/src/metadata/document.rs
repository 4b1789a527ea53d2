//! `dynamic/instance-identity/document`: its members win over the other keys with clients that believe to be in EC2.

use super::{Guest, GuestInterface};

/// JSON in EC2's order and indentation. Every text is one of ours but the type's name, which is escaped.
pub(super) fn identity(guest: &Guest, primary: Option<&GuestInterface>) -> String {
    let private = primary.and_then(|primary| primary.addresses.first());
    let members = [
        ("accountId", quoted(&guest.account.to_string())),
        ("architecture", quoted(&guest.architecture)),
        ("availabilityZone", quoted(guest.zone.as_str())),
        ("billingProducts", "null".to_owned()),
        ("devpayProductCodes", "null".to_owned()),
        ("marketplaceProductCodes", "null".to_owned()),
        ("imageId", quoted(&guest.image.to_string())),
        ("instanceId", quoted(&guest.id.to_string())),
        ("instanceType", quoted(&guest.instance_type)),
        ("kernelId", "null".to_owned()),
        ("pendingTime", quoted(&guest.launched_at.to_seconds_text())),
        ("privateIp", private.map_or("null".to_owned(), |address| quoted(&address.to_string()))),
        ("ramdiskId", "null".to_owned()),
        ("region", quoted(guest.region.as_str())),
        ("version", quoted("2017-09-30")),
    ];
    let lines: Vec<String> = members.iter().map(|(name, value)| format!("  \"{name}\" : {value}")).collect();
    format!("{{\n{}\n}}", lines.join(",\n"))
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                out.push('\\');
                out.push(character);
            }
            '\0'..='\u{1f}' => out.push_str(&format!("\\u{:04x}", u32::from(character))),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
