//! How often an account may ask: EC2's request rate limits, as token buckets.
//!
//! Each account has a bucket of tokens for each action in each region. A request takes one token, and tokens come back at a steady rate up
//! to what the bucket holds. The figures are those of EC2's developer guide, "Request throttling for the Amazon EC2 API".
//! Deliberately absent: resource rate limits (a launch of many instances takes one token as any other), which its quotas stand for.

use std::time::Duration;

/// What a bucket holds, and how many tokens come back in a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    pub burst: f64,
    pub per_second: f64,
}

/// Those that ask for everything at once cost more.
const COSTLY_WHEN_UNNARROWED: &[&str] =
    &["DescribeInstances", "DescribeInstanceStatus", "DescribeNetworkInterfaces", "DescribeSecurityGroups", "DescribeVolumes"];

/// Whether a request takes from its action's bucket for those that ask for everything. `narrowed`: whether it has any parameter; an
/// unfiltered and unpaginated one has none.
pub fn is_costly(action: &str, narrowed: bool) -> bool {
    !narrowed && COSTLY_WHEN_UNNARROWED.contains(&action)
}

/// The limit of an action's requests, the costly ones or the others.
pub fn limit(action: &str, costly: bool) -> Limit {
    let (burst, per_second) = match action {
        "RunInstances" | "StartInstances" => (5.0, 2.0),
        "CreateDefaultVpc" | "CreateDefaultSubnet" => (1.0, 1.0),
        "CreateNatGateway" | "DeleteNatGateway" => (10.0, 1.0),
        "CreateTags" | "DeleteTags" => (100.0, 10.0),
        "AssignIpv6Addresses"
        | "AssignPrivateIpAddresses"
        | "CreateNetworkInterface"
        | "DeleteNetworkInterface"
        | "DeregisterImage"
        | "ModifyInstanceMetadataOptions"
        | "ModifyNetworkInterfaceAttribute"
        | "TerminateInstances"
        | "UnassignIpv6Addresses"
        | "UnassignPrivateIpAddresses" => (100.0, 5.0),
        _ if costly => (50.0, 10.0),
        action if action.starts_with("Describe") || action.starts_with("Get") => (100.0, 20.0),
        // EC2 has its resource-intensive ones apart, with the same figures as everything else that changes something.
        _ => (50.0, 5.0),
    };
    Limit { burst, per_second }
}

/// One bucket. Moments are counted from any beginning.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    tokens: f64,
    at: Duration,
}

impl Bucket {
    pub fn full(limit: Limit, now: Duration) -> Self {
        Self { tokens: limit.burst, at: now }
    }

    /// Takes a token, if there is one.
    pub fn take(&mut self, limit: Limit, now: Duration) -> bool {
        self.tokens = self.filled(limit, now);
        self.at = self.at.max(now);
        let admitted = self.tokens >= 1.0;
        if admitted {
            self.tokens -= 1.0;
        }
        admitted
    }

    /// A full bucket says no more than none.
    pub fn is_full(&self, limit: Limit, now: Duration) -> bool {
        self.filled(limit, now) >= limit.burst
    }

    fn filled(&self, limit: Limit, now: Duration) -> f64 {
        (self.tokens + now.saturating_sub(self.at).as_secs_f64() * limit.per_second).min(limit.burst)
    }
}

impl Limit {
    /// An operator's multiple of EC2's figures. A bucket holds one token at least, or nobody could ever ask.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self { burst: (self.burst * factor).max(1.0), per_second: self.per_second * factor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_have_ec2s_figures() {
        for (action, narrowed, burst, per_second) in [
            ("DescribeVpcs", false, 100.0, 20.0),
            ("GetSecurityGroupsForVpc", true, 100.0, 20.0),
            ("DescribeNetworkInterfaces", true, 100.0, 20.0),
            ("DescribeNetworkInterfaces", false, 50.0, 10.0),
            ("CreateVpc", true, 50.0, 5.0),
            ("AuthorizeSecurityGroupIngress", true, 50.0, 5.0),
            ("AttachNetworkInterface", true, 50.0, 5.0),
            ("CreateNetworkInterface", true, 100.0, 5.0),
            ("CreateTags", true, 100.0, 10.0),
            ("RunInstances", true, 5.0, 2.0),
        ] {
            assert_eq!(limit(action, is_costly(action, narrowed)), Limit { burst, per_second }, "{action}");
        }
        assert_eq!(limit("RunInstances", false).times(10.0), Limit { burst: 50.0, per_second: 20.0 });
        assert_eq!(limit("RunInstances", false).times(0.1), Limit { burst: 1.0, per_second: 0.2 });
    }

    #[test]
    fn a_bucket_is_emptied_by_a_burst_and_fills_steadily() {
        let limit = Limit { burst: 5.0, per_second: 2.0 };
        let at = Duration::from_millis;
        let mut bucket = Bucket::full(limit, at(10_000));
        let taken = |bucket: &mut Bucket, now: Duration| (0..100).filter(|_| bucket.take(limit, now)).count();
        assert_eq!(taken(&mut bucket, at(10_000)), 5);
        assert_eq!(taken(&mut bucket, at(10_400)), 0);
        assert_eq!(taken(&mut bucket, at(10_500)), 1);
        assert_eq!(taken(&mut bucket, at(12_000)), 3);
        assert_eq!(taken(&mut bucket, at(9_000)), 0, "a clock that goes back gives nothing");
        assert!(!bucket.is_full(limit, at(14_000)) && bucket.is_full(limit, at(14_500)));
        assert_eq!(taken(&mut bucket, at(1_000_000)), 5, "never more than it holds");
    }
}
