//! A broadcast as it comes from the bus: XML, perhaps compressed, with what the document itself does not say in headers.

use std::io::Read;

use bytes::Bytes;
use multihome_broadcast::ReadError;
use multihome_types::{ChangeId, ClusterName};

use crate::desired::{Desired, NotMentioned};

/// A document may be this long when it is unpacked. One of 100,000 instances with two interfaces has a tenth of it.
const LONGEST: u64 = 1 << 30;

/// A message on `vpc.broadcast.<cluster>`. The headers are as they came.
#[derive(Clone, Debug, Default)]
pub struct Arrival {
    pub version: Option<String>,
    pub revision: Option<String>,
    pub content_encoding: Option<String>,
    /// Why the document that the message refers to is not here.
    pub missing: Option<String>,
    /// W3C trace context.
    pub traceparent: Option<String>,
    pub body: Bytes,
}

/// Why a broadcast cannot be acted upon. The cluster keeps to the last good one.
#[derive(Debug, thiserror::Error)]
pub enum ArrivalError {
    #[error("the broadcast's revision is {}", .0.as_ref().map_or("missing".to_owned(), |text| format!("'{text}', which is not a number")))]
    Revision(Option<String>),
    #[error("the broadcast's document cannot be fetched: {0}")]
    Fetch(String),
    #[error("the broadcast is encoded as '{0}', which is not zstd")]
    Encoding(String),
    #[error("the broadcast cannot be unpacked")]
    Unpack(#[source] std::io::Error),
    #[error("the broadcast is longer than {LONGEST} bytes when it is unpacked")]
    TooLong,
    #[error("the broadcast's document cannot be read")]
    Read(#[source] ReadError),
    #[error(transparent)]
    NotMentioned(NotMentioned),
    #[error("the task that read the document died")]
    Died(#[source] tokio::task::JoinError),
}

impl Arrival {
    pub fn revision(&self) -> Result<ChangeId, ArrivalError> {
        let number = self.revision.as_deref().and_then(|text| text.parse().ok());
        number.map(ChangeId).ok_or_else(|| ArrivalError::Revision(self.revision.clone()))
    }

    /// Reads the document. Takes about a second for 100 MB.
    pub fn read(&self, cluster: ClusterName) -> Result<Desired, ArrivalError> {
        let revision = self.revision()?;
        if let Some(why) = &self.missing {
            return Err(ArrivalError::Fetch(why.clone()));
        }
        let document = match self.content_encoding.as_deref() {
            None | Some("identity") => multihome_broadcast::read(&self.body),
            Some("zstd") => multihome_broadcast::read(&unpacked(&self.body, LONGEST)?),
            Some(other) => return Err(ArrivalError::Encoding(other.to_owned())),
        };
        Desired::of(&document.map_err(ArrivalError::Read)?, cluster, revision).map_err(ArrivalError::NotMentioned)
    }
}

fn unpacked(body: &[u8], longest: u64) -> Result<Vec<u8>, ArrivalError> {
    let mut document = Vec::new();
    let decoder = zstd::Decoder::with_buffer(body).map_err(ArrivalError::Unpack)?;
    decoder.take(longest + 1).read_to_end(&mut document).map_err(ArrivalError::Unpack)?;
    if document.len() as u64 > longest { Err(ArrivalError::TooLong) } else { Ok(document) }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::error::Error;

    use super::*;

    /// A document that speaks of clusters one and two. Instance i-00000001 is placed on one, i-00000002 on two, i-00000003 nowhere;
    /// each has its own primary interface.
    pub const DOCUMENT: &str = include_str!("../testdata/two-clusters.xml");

    pub fn arrival(revision: &str, document: &str) -> Arrival {
        Arrival { revision: Some(revision.to_owned()), body: document.to_owned().into(), ..Arrival::default() }
    }

    #[test]
    fn a_cluster_reads_what_is_on_its_own_nodes_and_what_is_on_no_node() {
        let read = |cluster: &str| arrival("7", DOCUMENT).read(cluster.parse().unwrap()).unwrap();
        let told = |desired: &Desired| {
            let one = |instance: &crate::DesiredInstance| {
                (instance.id.to_string(), instance.placed, instance.attachments()[0].id.to_string(), instance.attachments()[0].device_index.0)
            };
            desired.instances().iter().map(one).collect::<Vec<_>>()
        };
        let (one, two) = (read("one"), read("two"));
        assert_eq!((one.version.as_str(), one.revision), ("0badcafe", ChangeId(7)));
        let row = |digit: u8, placed| (format!("i-0000000{digit}"), placed, format!("eni-attach-0000000{digit}"), 0);
        assert_eq!(told(&one), [row(1, true), row(3, false)]);
        assert_eq!(told(&two), [row(2, true), row(3, false)]);
    }

    #[test]
    fn a_compressed_document_reads_the_same() {
        let packed =
            Arrival { body: zstd::encode_all(DOCUMENT.as_bytes(), 1).unwrap().into(), content_encoding: Some("zstd".to_owned()), ..arrival("7", "") };
        let one = "one".parse().unwrap();
        assert_eq!(packed.read(one).unwrap(), arrival("7", DOCUMENT).read(one).unwrap());
    }

    #[test]
    fn what_cannot_be_acted_upon_is_refused_with_the_reason() {
        let read = |arrival: Arrival| {
            let error = arrival.read("one".parse().unwrap()).unwrap_err();
            format!("{error}{}", if error.source().is_some() { " (…)" } else { "" })
        };
        assert_eq!(read(Arrival::default()), "the broadcast's revision is missing");
        assert_eq!(read(arrival("x", DOCUMENT)), "the broadcast's revision is 'x', which is not a number");
        assert_eq!(read(arrival("7", &DOCUMENT[..600])), "the broadcast's document cannot be read (…)");
        let encoded = |encoding: &str| Arrival { content_encoding: Some(encoding.to_owned()), ..arrival("7", DOCUMENT) };
        assert_eq!(read(encoded("zstd")), "the broadcast cannot be unpacked (…)");
        assert_eq!(read(encoded("br")), "the broadcast is encoded as 'br', which is not zstd");
        let missing = Arrival { missing: Some("no such object".to_owned()), ..arrival("7", "") };
        assert_eq!(read(missing), "the broadcast's document cannot be fetched: no such object");
        let elsewhere = arrival("7", DOCUMENT).read("three".parse().unwrap()).unwrap_err();
        assert_eq!(elsewhere.to_string(), "the document does not mention cluster three");
    }

    #[test]
    fn a_small_message_cannot_unpack_to_an_endless_document() {
        let packed = zstd::encode_all(&[b' '; 100_000][..], 1).unwrap();
        assert!(packed.len() < 100);
        assert!(matches!(unpacked(&packed, 99_999), Err(ArrivalError::TooLong)));
        assert_eq!(unpacked(&packed, 100_000).unwrap().len(), 100_000);
    }
}
