//! A moment, in milliseconds since the Unix epoch: what rows keep, and what EC2 prints.

use std::{fmt, ops, time::Duration};

use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

const EC2: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
const GMT: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute]:[second] GMT");
const SECONDS: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");

impl Timestamp {
    fn format(self, format: &[BorrowedFormatItem<'_>]) -> String {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .ok()
            .and_then(|moment| moment.format(format).ok())
            .unwrap_or_else(|| self.0.to_string())
    }

    /// `2026-11-23T22:30:00Z`: the broadcast's `applied-time`.
    pub fn to_seconds_text(self) -> String {
        self.format(SECONDS)
    }

    /// `2026-11-23 22:30:00 GMT`: how EC2 says in a sentence when an instance changed its state.
    pub fn to_gmt_text(self) -> String {
        self.format(GMT)
    }

    /// How long ago `earlier` was; zero if it is in the future.
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_millis(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }
}

/// `2026-11-23T22:30:00.000Z`: EC2's form.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.format(EC2))
    }
}

impl ops::Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, by: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl ops::Sub<Duration> for Timestamp {
    type Output = Self;
    fn sub(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }
}

crate::text::integer_column!(Timestamp);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_ec2_does() {
        let moment = Timestamp(1_795_559_400_042);
        assert_eq!(moment.to_string(), "2026-11-24T22:30:00.042Z");
        assert_eq!(moment.to_seconds_text(), "2026-11-24T22:30:00Z");
        assert_eq!(moment.to_gmt_text(), "2026-11-24 22:30:00 GMT");
    }
}
