//! Whether a composed document has to be sent.

use multihome_broadcast::ContentHash;
use multihome_types::ChangeId;

/// What a cluster was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub content: ContentHash,
    /// The `applied-version` that the document carried.
    pub applied: Option<String>,
    /// The last change that the document covers.
    pub revision: ChangeId,
}

/// What could be sent to it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    pub document: Sent,
    /// [`crate::world::World::awaited_revision`] of the cluster.
    pub awaited: Option<ChangeId>,
}

/// Whether the cluster has to be sent the next document: nothing was sent before, it says something else, it carries another
/// applied version, or something waits until the cluster has applied a revision that the previous one did not cover.
///
/// The last is for a change that shows in no document. An attach followed at once by a detach leaves the content as it was; but
/// the detach completes only when the cluster has applied a document that was composed after it.
pub fn worth_sending(previous: Option<&Sent>, next: &Next) -> bool {
    let Some(previous) = previous else { return true };
    let Next { document, awaited } = next;
    previous.content != document.content
        || previous.applied != document.applied
        || awaited.is_some_and(|awaited| previous.revision < awaited && awaited <= document.revision)
}

#[cfg(test)]
mod tests {
    use multihome_broadcast::ContentHasher;

    use super::*;

    fn sent(content: usize, applied: Option<&str>, revision: i64) -> Sent {
        let mut hasher = ContentHasher::default();
        (0..content).for_each(|_| hasher.section([]));
        Sent { content: hasher.finish(), applied: applied.map(str::to_owned), revision: ChangeId(revision) }
    }

    #[test]
    fn a_document_is_sent_for_what_it_says_and_for_what_waits() {
        let table = [
            (None, sent(1, None, 5), None, true, "nothing was sent yet"),
            (Some(sent(1, None, 5)), sent(1, None, 5), None, false, "nothing changed"),
            (Some(sent(1, None, 5)), sent(1, None, 9), None, false, "a newer revision alone tells nobody anything"),
            (Some(sent(1, None, 5)), sent(2, None, 6), None, true, "other content"),
            (Some(sent(1, None, 5)), sent(1, Some("0badcafe"), 5), None, true, "it was applied"),
            (Some(sent(1, Some("0badcafe"), 5)), sent(1, None, 5), None, true, "the cluster forgot what it applied"),
            (Some(sent(1, None, 5)), sent(1, None, 7), Some(7), true, "a detach waits for revision 7"),
            (Some(sent(1, None, 5)), sent(1, None, 7), Some(6), true, "a detach waits for revision 6"),
            (Some(sent(1, None, 5)), sent(1, None, 7), Some(5), false, "it was told already"),
            (Some(sent(1, None, 5)), sent(1, None, 7), Some(8), false, "this document does not cover what waits"),
        ];
        for (previous, document, awaited, expected, why) in table {
            assert_eq!(worth_sending(previous.as_ref(), &Next { document, awaited: awaited.map(ChangeId) }), expected, "{why}");
        }
    }
}
