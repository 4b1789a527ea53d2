//! What the bus keeps for a cluster: what was said in it, and how long ago.

use std::time::{Duration, UNIX_EPOCH};

use multihome_messages::header;
use multihome_runtime::bus::Kept;
use multihome_types::{ChangeId, Timestamp};

/// The stream's time of a message, which comes with it.
const STAMP: &str = "Nats-Time-Stamp";
/// What is the document's, and not the bus's or a trace's.
const OURS: [&str; 7] =
    [header::VERSION, header::CONTENT, header::REVISION, header::APPLIED, header::CONTENT_TYPE, header::CONTENT_ENCODING, header::OBJECT];

/// The headers of a document that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptDocument {
    /// The hash of what it says; absent from those of older broadcasters.
    pub content: Option<String>,
    pub revision: ChangeId,
    pub applied: Option<String>,
}

impl KeptDocument {
    /// `None` if it is not one of ours.
    pub(crate) fn of(kept: &Kept) -> Option<Self> {
        let text = |name: &str| text(kept, name).map(str::to_owned);
        text(header::VERSION)?;
        let revision = text(header::REVISION)?.parse().ok()?;
        Some(Self { content: text(header::CONTENT), revision: ChangeId(revision), applied: text(header::APPLIED) })
    }
}

/// How long ago the document was sent last, by the clocks of the server and of this machine.
pub(crate) fn last_sent(kept: &Kept, now: Timestamp) -> Duration {
    ago(text(kept, STAMP), now)
}

/// How long ago the document was sent for the first time.
pub(crate) fn first_sent(kept: &Kept, now: Timestamp) -> Duration {
    ago(text(kept, header::FIRST_SENT).or_else(|| text(kept, STAMP)), now)
}

/// The headers with which the same document is sent again.
pub(crate) fn again(kept: &Kept) -> Vec<(&'static str, &str)> {
    let mut headers: Vec<_> = OURS.iter().filter_map(|name| Some((*name, text(kept, name)?))).collect();
    headers.extend(text(kept, header::FIRST_SENT).or_else(|| text(kept, STAMP)).map(|stamp| (header::FIRST_SENT, stamp)));
    headers
}

fn text<'k>(kept: &'k Kept, name: &str) -> Option<&'k str> {
    kept.headers.get(name).map(async_nats::HeaderValue::as_str)
}

/// Nothing where the time cannot be read or is in the future.
fn ago(stamp: Option<&str>, now: Timestamp) -> Duration {
    let time = stamp.and_then(|stamp| humantime::parse_rfc3339(stamp).ok()).and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let time = time.and_then(|time| i64::try_from(time.as_millis()).ok());
    time.map_or(Duration::ZERO, |time| now.since(Timestamp(time)))
}

#[cfg(test)]
mod tests {
    use async_nats::HeaderMap;

    use super::*;

    fn kept(headers: &[(&'static str, &str)]) -> Kept {
        let mut map = HeaderMap::new();
        headers.iter().for_each(|(name, value)| map.insert(*name, *value));
        Kept { sequence: 1, headers: map, body: Vec::new().into() }
    }

    #[test]
    fn a_document_is_as_old_as_the_server_says_and_never_younger_than_nothing() {
        let now = Timestamp(1_795_559_400_500);
        for (stamp, expected) in
            [("2026-11-24T22:30:00.25Z", 250), ("2026-11-24T22:30:00Z", 500), ("2026-11-24T22:31:00.123456789Z", 0), ("yesterday", 0)]
        {
            let kept = kept(&[(STAMP, stamp)]);
            assert_eq!((last_sent(&kept, now), first_sent(&kept, now)), (Duration::from_millis(expected), Duration::from_millis(expected)));
        }
        assert_eq!(last_sent(&kept(&[]), now), Duration::ZERO);
    }

    #[test]
    fn a_document_that_is_sent_again_keeps_what_it_says_and_when_it_was_sent_first() {
        let first = kept(&[(header::VERSION, "0badcafe"), (header::REVISION, "7"), (header::TRACEPARENT, "x"), (STAMP, "2026-11-24T22:30:00Z")]);
        let again_once = again(&first);
        let expected = [(header::VERSION, "0badcafe"), (header::REVISION, "7"), (header::FIRST_SENT, "2026-11-24T22:30:00Z")];
        assert_eq!(again_once, expected);
        let second = kept(&[again_once.as_slice(), &[(STAMP, "2026-11-24T22:30:30Z")]].concat());
        assert_eq!(again(&second), expected);
        let now = Timestamp(1_795_559_440_000);
        assert_eq!((last_sent(&second, now), first_sent(&second, now)), (Duration::from_secs(10), Duration::from_secs(40)));
    }
}
