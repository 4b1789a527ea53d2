//! What EC2 calls a zone in every account alike, beside its name.

use multihome_types::{Region, Zone};

/// `use1-az1` for `us-east-1a`, as EC2 has it; a zone whose name is not its region's and a letter keeps its name.
pub fn zone_id(region: Region, zone: Zone) -> String {
    let letter = zone.as_str().strip_prefix(region.as_str()).map(str::as_bytes);
    let Some([letter @ b'a'..=b'z']) = letter else { return zone.to_string() };
    let mut short = String::new();
    for (place, part) in region.as_str().split('-').enumerate() {
        match part {
            "northeast" => short.push_str("ne"),
            "northwest" => short.push_str("nw"),
            "southeast" => short.push_str("se"),
            "southwest" => short.push_str("sw"),
            _ if place == 0 || part.bytes().all(|byte| byte.is_ascii_digit()) => short.push_str(part),
            _ => short.extend(part.chars().take(1)),
        }
    }
    format!("{short}-az{}", letter - b'a' + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zone_ids_look_like_ec2s() {
        for (region, zone, id) in [
            ("us-east-1", "us-east-1a", "use1-az1"),
            ("ap-southeast-2", "ap-southeast-2c", "apse2-az3"),
            ("eu-central-1", "eu-central-1b", "euc1-az2"),
            ("home", "homea", "home-az1"),
            ("home", "cellar", "cellar"),
            ("us-east-1", "us-east-1", "us-east-1"),
        ] {
            assert_eq!(zone_id(region.parse().unwrap(), zone.parse().unwrap()), id);
        }
    }
}
