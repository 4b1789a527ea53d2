//! How an instance is told about itself: what a user may ask for, at launch and later.
//!
//! The services that answer instances look at the outcome alone ([`multihome_types::MetadataOptions`]). Deliberately absent: the endpoint's
//! IPv6 address, which nothing listens on.

use multihome_types::{Image, Instance, InstanceState, MetadataOptions, MetadataTokens, Refusal};

use crate::{metadata::is_plain_tag, refusals};

/// Source: EC2's documentation of ModifyInstanceMetadataOptions.
const HOPS: std::ops::RangeInclusive<i32> = 1..=64;

/// What a user asks; what is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OptionsAsked {
    pub tokens: Option<String>,
    pub hop_limit: Option<i32>,
    pub endpoint: Option<String>,
    pub ipv6: Option<String>,
    pub tags: Option<String>,
}

/// The options of an instance where nobody says anything. Source: the EC2 user guide, "Configure the AMI": an image that is made for tokens
/// requires them, and lets them through to containers.
pub fn defaults_of(image: &Image) -> MetadataOptions {
    let usual = MetadataOptions::default();
    if image.imds_v2 { MetadataOptions { tokens: MetadataTokens::Required, hop_limit: 2, ..usual } } else { usual }
}

impl OptionsAsked {
    /// What becomes of options.
    ///
    /// # Errors
    /// `InvalidParameterValue`, `UnsupportedOperation`.
    pub fn applied(&self, current: MetadataOptions) -> Result<MetadataOptions, Refusal> {
        let tokens = match &self.tokens {
            Some(text) => text.parse().map_err(|_| invalid("HttpTokens", text, "It must be optional or required."))?,
            None => current.tokens,
        };
        let hop_limit = self.hop_limit.unwrap_or(current.hop_limit);
        if !HOPS.contains(&hop_limit) {
            let why = format!("It must be from {} to {}.", HOPS.start(), HOPS.end());
            return Err(invalid("HttpPutResponseHopLimit", &hop_limit.to_string(), &why));
        }
        let ipv6 = switched("HttpProtocolIpv6", self.ipv6.as_deref(), current.ipv6)?;
        if ipv6 {
            return Err(refusals::unsupported("The IPv6 endpoint of the instance metadata service is not supported."));
        }
        Ok(MetadataOptions {
            tokens,
            hop_limit,
            endpoint: switched("HttpEndpoint", self.endpoint.as_deref(), current.endpoint)?,
            ipv6,
            tags: switched("InstanceMetadataTags", self.tags.as_deref(), current.tags)?,
        })
    }
}

/// The options of an instance that has these tags after a change, or why they cannot be changed.
pub fn modify<'t>(instance: &Instance, asked: &OptionsAsked, tag_keys: impl IntoIterator<Item = &'t str>) -> Result<MetadataOptions, Refusal> {
    if *asked == OptionsAsked::default() {
        return Err(refusals::missing_parameter("The request must contain at least one of the options of instance metadata."));
    }
    let options = asked.applied(instance.attributes.metadata)?;
    match instance.state {
        InstanceState::Pending | InstanceState::Running | InstanceState::Stopping | InstanceState::Stopped => {}
        InstanceState::ShuttingDown | InstanceState::Terminated => return Err(refusals::instance_cannot_be_modified(instance.id, instance.state)),
    }
    if options.tags {
        check_tag_keys(tag_keys)?;
    }
    Ok(options)
}

/// Whether the tags with these keys can be told to an instance: each is a name in a path.
///
/// Source: the EC2 user guide, "Work with instance tags in instance metadata".
pub fn check_tag_keys<'t>(keys: impl IntoIterator<Item = &'t str>) -> Result<(), Refusal> {
    match keys.into_iter().find(|key| !is_plain_tag(key)) {
        Some(key) => Err(refusals::invalid_value(format!(
            "'{key}' is not a valid tag key. Tag keys must match pattern ([0-9a-zA-Z\\-_+=,.@:]{{1,255}}), and must not be a reserved name ('.', '..', \
             '_index')"
        ))),
        None => Ok(()),
    }
}

fn switched(name: &str, asked: Option<&str>, current: bool) -> Result<bool, Refusal> {
    match asked {
        None => Ok(current),
        Some("enabled") => Ok(true),
        Some("disabled") => Ok(false),
        Some(other) => Err(invalid(name, other, "It must be enabled or disabled.")),
    }
}

fn invalid(name: &str, value: &str, why: &str) -> Refusal {
    let shown: String = value.chars().take(64).collect();
    refusals::invalid_value(format!("Value ({shown}) for parameter {name} is invalid. {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transition::sample;

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn what_is_not_asked_for_stays() {
        let current = MetadataOptions { tokens: MetadataTokens::Required, hop_limit: 3, endpoint: false, ipv6: false, tags: true };
        assert_eq!(OptionsAsked::default().applied(current), Ok(current));
        for (asked, expected) in [
            (OptionsAsked { tokens: some("optional"), ..OptionsAsked::default() }, MetadataOptions { tokens: MetadataTokens::Optional, ..current }),
            (OptionsAsked { hop_limit: Some(64), ..OptionsAsked::default() }, MetadataOptions { hop_limit: 64, ..current }),
            (OptionsAsked { endpoint: some("enabled"), ..OptionsAsked::default() }, MetadataOptions { endpoint: true, ..current }),
            (OptionsAsked { ipv6: some("disabled"), ..OptionsAsked::default() }, current),
            (OptionsAsked { tags: some("disabled"), ..OptionsAsked::default() }, MetadataOptions { tags: false, ..current }),
        ] {
            assert_eq!(asked.applied(current), Ok(expected), "{asked:?}");
        }
    }

    #[test]
    fn values_are_ec2s() {
        for (asked, code) in [
            (OptionsAsked { tokens: some("Required"), ..OptionsAsked::default() }, "InvalidParameterValue"),
            (OptionsAsked { hop_limit: Some(0), ..OptionsAsked::default() }, "InvalidParameterValue"),
            (OptionsAsked { hop_limit: Some(65), ..OptionsAsked::default() }, "InvalidParameterValue"),
            (OptionsAsked { endpoint: some("true"), ..OptionsAsked::default() }, "InvalidParameterValue"),
            (OptionsAsked { ipv6: some(""), ..OptionsAsked::default() }, "InvalidParameterValue"),
            (OptionsAsked { ipv6: some("enabled"), ..OptionsAsked::default() }, "UnsupportedOperation"),
            (OptionsAsked { tags: some("on"), ..OptionsAsked::default() }, "InvalidParameterValue"),
        ] {
            assert_eq!(asked.applied(MetadataOptions::default()).unwrap_err().code, code, "{asked:?}");
        }
    }

    #[test]
    fn an_instance_that_is_going_has_no_options_left_to_change() {
        let asked = OptionsAsked { tokens: some("required"), ..OptionsAsked::default() };
        for state in InstanceState::ALL.iter().copied() {
            let gone = matches!(state, InstanceState::ShuttingDown | InstanceState::Terminated);
            let outcome = modify(&sample::instance(state), &asked, []).map_err(|refusal| refusal.code);
            assert_eq!(outcome.is_err(), gone, "{state}");
            assert!(outcome.is_ok() || outcome == Err("IncorrectInstanceState".into()));
        }
        assert_eq!(modify(&sample::instance(InstanceState::Running), &OptionsAsked::default(), []).unwrap_err().code, "MissingParameter");
    }

    #[test]
    fn tags_are_told_if_their_keys_can_stand_in_a_path() {
        let asked = OptionsAsked { tags: some("enabled"), ..OptionsAsked::default() };
        let running = sample::instance(InstanceState::Running);
        assert!(modify(&running, &asked, ["Name", "a:b", "x+y=z,@."]).is_ok());
        for key in ["front door", "a/b", ".", "..", "_index", "é"] {
            assert_eq!(modify(&running, &asked, ["Name", key]).unwrap_err().code, "InvalidParameterValue", "{key}");
        }
        // Whoever is not told its tags may have any.
        let other = OptionsAsked { hop_limit: Some(2), ..OptionsAsked::default() };
        assert!(modify(&running, &other, ["a/b"]).is_ok());
    }
}
