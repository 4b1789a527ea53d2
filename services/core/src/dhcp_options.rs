//! DHCP options: what a set may say, and when it may go.
//!
//! A set never changes. Every account has a default one, made with the first VPC that needs it, which names the region's domain and
//! the resolver that comes with each VPC. Deliberately absent: IPv6, for which clusters have no words here: name servers have IPv4
//! addresses, and lease times of IPv6 are refused.

use std::{collections::BTreeMap, net::Ipv4Addr};

use multihome_types::{DhcpOption, DhcpOptionsId, Refusal, Region};

use crate::{host_names::private_domain, refusals, vpc::still_used_by};

/// Stands for the resolver that comes with a VPC.
pub const PROVIDED_DNS: &str = "AmazonProvidedDNS";
/// What a request calls it when a VPC is to have no options at all, and what a VPC that has none is shown with.
pub const NONE: &str = "default";

/// How many servers of one kind a set may name.
const MOST_SERVERS: usize = 4;
const LONGEST_NAME: usize = 255;
/// Of NetBIOS (RFC 2132): broadcast, point-to-point, mixed, hybrid.
const NODE_TYPES: [&str; 4] = ["1", "2", "4", "8"];

pub type Options = BTreeMap<DhcpOption, Vec<String>>;

pub fn dhcp_options_not_found(id: DhcpOptionsId) -> Refusal {
    Refusal::new("InvalidDhcpOptionID.NotFound", format!("The dhcpOption ID '{id}' does not exist"))
}

/// What an account's VPCs get unless somebody says otherwise.
pub fn default_options(region: Region) -> Options {
    [(DhcpOption::DomainName, vec![private_domain(region)]), (DhcpOption::DomainNameServers, vec![PROVIDED_DNS.to_owned()])].into()
}

/// An option as a caller says it.
#[derive(Clone, Copy, Debug)]
pub struct OptionAsked<'a> {
    pub key: &'a str,
    pub values: &'a [String],
}

/// CreateDhcpOptions. Several values may come each by itself, or in one text with commas between them.
pub fn check_options(asked: &[OptionAsked<'_>]) -> Result<Options, Refusal> {
    if asked.is_empty() {
        return Err(refusals::missing_parameter("The request must contain the parameter DhcpConfiguration"));
    }
    let mut options = Options::new();
    for OptionAsked { key, values } in asked {
        let option: DhcpOption = key.parse().map_err(|_| unknown(key))?;
        let values: Vec<String> = values.iter().flat_map(|value| value.split(',')).map(|value| value.trim().to_owned()).collect();
        let is_good = match option {
            DhcpOption::DomainName => matches!(values.as_slice(), [name] if is_domain(name)),
            DhcpOption::DomainNameServers => are_servers(&values, |value| value == PROVIDED_DNS),
            DhcpOption::NtpServers | DhcpOption::NetbiosNameServers => are_servers(&values, |_| false),
            DhcpOption::NetbiosNodeType => matches!(values.as_slice(), [kind] if NODE_TYPES.contains(&kind.as_str())),
        };
        if !is_good {
            let shown: String = values.join(", ").chars().take(128).collect();
            return Err(refusals::invalid_value(format!("Value ({shown}) for parameter {option} is invalid. {}", expected(option))));
        }
        if options.insert(option, values).is_some() {
            return Err(refusals::invalid_value(format!("Option '{option}' must not appear multiple times")));
        }
    }
    Ok(options)
}

fn unknown(key: &str) -> Refusal {
    let shown: String = key.chars().take(64).collect();
    match key {
        "ipv6-address-preferred-lease-time" => refusals::unsupported(format!("The DHCP option {shown} is not supported.")),
        _ => refusals::invalid_value(format!("Value ({shown}) for parameter key is invalid. Unknown DHCP option")),
    }
}

/// Some systems take several names with spaces between them.
fn is_domain(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_ ".contains(&byte);
    !text.is_empty() && text.len() <= LONGEST_NAME && text.bytes().all(allowed)
}

fn are_servers(values: &[String], is_word: impl Fn(&str) -> bool) -> bool {
    (1..=MOST_SERVERS).contains(&values.len()) && values.iter().all(|value| is_word(value) || value.parse::<Ipv4Addr>().is_ok())
}

fn expected(option: DhcpOption) -> &'static str {
    match option {
        DhcpOption::DomainName => "One domain name is expected.",
        DhcpOption::DomainNameServers => "Up to four IPv4 addresses are expected, or AmazonProvidedDNS.",
        DhcpOption::NtpServers | DhcpOption::NetbiosNameServers => "Up to four IPv4 addresses are expected.",
        DhcpOption::NetbiosNodeType => "1, 2, 4 or 8 is expected.",
    }
}

/// DeleteDhcpOptions: not while a VPC has them.
pub fn admit_delete(id: DhcpOptionsId, users: &[String]) -> Result<(), Refusal> {
    if users.is_empty() {
        return Ok(());
    }
    let message = format!("The dhcpOptions '{id}' has dependencies and cannot be deleted. {}", still_used_by(users));
    Err(refusals::dependency_violation(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(asked: &[(&str, &[&str])]) -> Result<Options, String> {
        let texts: Vec<Vec<String>> = asked.iter().map(|(_, values)| values.iter().map(|value| (*value).to_owned()).collect()).collect();
        let asked: Vec<OptionAsked<'_>> = asked.iter().zip(&texts).map(|((key, _), values)| OptionAsked { key, values }).collect();
        check_options(&asked).map_err(|refusal| refusal.code.into_owned())
    }

    #[test]
    fn a_set_says_what_it_is_told_in_whatever_form() {
        let options = check(&[
            ("domain-name", &["example.com corp.example.com"]),
            ("domain-name-servers", &["10.2.5.1, 10.2.5.2", "AmazonProvidedDNS"]),
            ("ntp-servers", &["169.254.169.123"]),
            ("netbios-name-servers", &["10.2.5.1"]),
            ("netbios-node-type", &["2"]),
        ])
        .unwrap();
        assert_eq!(options.len(), DhcpOption::ALL.len());
        assert_eq!(options[&DhcpOption::DomainNameServers], ["10.2.5.1", "10.2.5.2", "AmazonProvidedDNS"]);
    }

    #[test]
    fn what_cannot_be_told_is_refused() {
        let long = "d".repeat(256);
        for (key, values, expected) in [
            ("domain-name", &[][..], "InvalidParameterValue"),
            ("domain-name", &[""], "InvalidParameterValue"),
            ("domain-name", &[&long], "InvalidParameterValue"),
            ("domain-name", &["a", "b"], "InvalidParameterValue"),
            ("domain-name", &["100%"], "InvalidParameterValue"),
            ("domain-name-servers", &["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"], "InvalidParameterValue"),
            ("domain-name-servers", &["ns.example.com"], "InvalidParameterValue"),
            ("domain-name-servers", &["2001:db8::1"], "InvalidParameterValue"),
            ("ntp-servers", &["AmazonProvidedDNS"], "InvalidParameterValue"),
            ("netbios-node-type", &["3"], "InvalidParameterValue"),
            ("Domain-name", &["a"], "InvalidParameterValue"),
            ("ipv6-address-preferred-lease-time", &["140"], "UnsupportedOperation"),
        ] {
            assert_eq!(check(&[(key, values)]).unwrap_err(), expected, "{key} {values:?}");
        }
        assert_eq!(check(&[]).unwrap_err(), "MissingParameter");
        assert_eq!(check(&[("domain-name", &["a"]), ("domain-name", &["a"])]).unwrap_err(), "InvalidParameterValue");
    }

    #[test]
    fn the_default_set_names_the_regions_domain() {
        let domain = |region: &str| default_options(region.parse().unwrap())[&DhcpOption::DomainName].join(" ");
        assert_eq!((domain("us-east-1"), domain("eu-west-1")), ("ec2.internal".to_owned(), "eu-west-1.compute.internal".to_owned()));
    }

    #[test]
    fn a_set_goes_when_no_vpc_has_it() {
        let id: DhcpOptionsId = "dopt-00000001".parse().unwrap();
        assert_eq!(admit_delete(id, &[]), Ok(()));
        let refused = admit_delete(id, &["vpc-00000001".to_owned()]).unwrap_err().to_string();
        assert!(refused.starts_with("DependencyViolation") && refused.ends_with("It is still used by: vpc-00000001"), "{refused}");
    }
}
