//! `multihome broadcast check`: what cannot be said to a cluster, whether what it was told last is a document, and how far behind it is.

use clap::Args;
use multihome_broadcast::{LONGEST, read};
use multihome_broadcaster::{BroadcasterArgs, Checked, check};
use multihome_messages::{Stream, Subject, header};
use multihome_runtime::{Bus, BusArgs, bus::Kept, now};
use multihome_types::{Applied, ChangeId, ClusterName, Timestamp};

use super::document;
use crate::{database::DatabaseArgs, failed};

#[derive(Clone, Debug, Args)]
pub(super) struct CheckArgs {
    /// The cluster's name
    cluster: ClusterName,
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    bus: BusArgs,
    // The settings of the broadcaster: the same variables, so that the same document is composed.
    #[command(flatten)]
    broadcaster: BroadcasterArgs,
}

pub(super) async fn run(args: CheckArgs) -> anyhow::Result<()> {
    let CheckArgs { cluster, database, bus, broadcaster } = args;
    // As 'multihome up' broadcasts, where the database is its.
    let broadcaster = if database.is_embedded() { broadcaster.for_simulated_clusters() } else { broadcaster };
    let store = database.open().await?;
    let checked = check(&store, &broadcaster, cluster).await.map_err(failed)?;
    let checked = checked.ok_or_else(|| anyhow::anyhow!("there is no cluster {cluster}"))?;
    let kept = gather_sent(&bus, cluster).await?;
    let findings = Findings::of(&checked, kept.as_ref(), now());
    findings.lines.iter().for_each(|line| println!("{line}"));
    match findings.wrong {
        0 => Ok(()),
        1 => anyhow::bail!("1 thing is wrong with the broadcast of cluster {cluster}"),
        wrong => anyhow::bail!("{wrong} things are wrong with the broadcast of cluster {cluster}"),
    }
}

/// What the cluster was sent last, whole.
struct SentDocument {
    version: String,
    revision: ChangeId,
    /// Why it cannot be unpacked, where it cannot.
    document: Result<Vec<u8>, String>,
}

async fn gather_sent(bus: &BusArgs, cluster: ClusterName) -> anyhow::Result<Option<SentDocument>> {
    let bus = Bus::connect(bus, "broadcast check").await?;
    let Some(kept) = bus.last(&Stream::BROADCASTS, &Subject::Broadcast(cluster)).await? else { return Ok(None) };
    let said = |name: &str| kept.headers.get(name).map_or("", async_nats::HeaderValue::as_str).to_owned();
    let (version, revision) = (said(header::VERSION), ChangeId(said(header::REVISION).parse().unwrap_or_default()));
    let document = unpacked(&bus, kept).await.map_err(|why| format!("{why:#}"));
    Ok(Some(SentDocument { version, revision, document }))
}

async fn unpacked(bus: &Bus, kept: Kept) -> anyhow::Result<Vec<u8>> {
    document(&bus.whole(kept).await?)
}

/// What there is to say, and how much of it is wrong.
#[derive(Debug, Default)]
struct Findings {
    lines: Vec<String>,
    wrong: usize,
}

impl Findings {
    fn of(checked: &Checked, sent: Option<&SentDocument>, now: Timestamp) -> Self {
        let mut findings = Self::default();
        let Checked { version, revision, document, omitted, applied } = checked;
        let composed = format!("now       version {version}, revision {revision}, {} bytes", document.len());
        if document.len() > LONGEST {
            findings.accuse(format!("{composed}: it is longer than {LONGEST}, and controllers of Eucalyptus cut it off there"));
        } else {
            findings.say(composed);
        }
        match sent {
            None => findings.accuse("sent      nothing yet".to_owned()),
            Some(sent) => findings.judge(sent, version),
        }
        findings.say(format!("applied   {}", lag(applied.as_ref(), sent, now)));
        if omitted.is_empty() {
            findings.say("left out  nothing".to_owned());
        }
        for omission in omitted {
            let line = format!("left out  {omission}");
            // That is how a VPC with an IPv6 block is, or an interface with two addresses: nothing to be mended.
            if omission.is_beyond_the_format() { findings.say(line) } else { findings.accuse(line) }
        }
        findings
    }

    fn say(&mut self, line: String) {
        self.lines.push(line);
    }

    fn accuse(&mut self, line: String) {
        self.wrong += 1;
        self.say(line);
    }

    fn judge(&mut self, sent: &SentDocument, current: &str) {
        let said = format!("sent      version {}, revision {}", sent.version, sent.revision);
        let valid = sent.document.clone().and_then(|bytes| read(&bytes).map_err(|why| format!("{why}: {}", why.problem)));
        match valid {
            Err(why) => self.accuse(format!("{said}: it is not valid, {why}")),
            // The version of a document is that of its content.
            Ok(document) if document.version != sent.version => {
                self.accuse(format!("{said}: it is not valid, because it says that it is version {}", document.version));
            }
            Ok(_) if sent.version == current => self.say(format!("{said}: it is valid and says what there is to say")),
            Ok(_) => self.say(format!("{said}: it is valid, and a newer one is on its way")),
        }
    }
}

/// How far behind the cluster is.
fn lag(applied: Option<&Applied>, sent: Option<&SentDocument>, now: Timestamp) -> String {
    let Some(applied) = applied else { return "nothing yet".to_owned() };
    let said = format!("version {}, revision {}, {} s ago", applied.version, applied.revision, now.since(applied.at).as_secs());
    match sent.map(|sent| sent.revision.0 - applied.revision.0) {
        Some(behind) if behind > 0 => format!("{said}: it is behind by {behind} changes"),
        Some(_) | None => format!("{said}: it is not behind"),
    }
}

#[cfg(test)]
mod tests {
    use multihome_broadcast::Document;
    use multihome_core::compose::Omission;

    use super::*;

    const EMPTY: &str = include_str!("../../../../schemas/broadcast/golden/empty.xml");

    fn checked(omitted: Vec<Omission>) -> Checked {
        let applied = Applied { version: "00000000".into(), revision: ChangeId(40), at: Timestamp(0) };
        Checked { version: "00000000".into(), revision: ChangeId(41), document: EMPTY.into(), omitted, applied: Some(applied) }
    }

    fn sent(change: impl FnOnce(&mut SentDocument)) -> SentDocument {
        let mut sent = SentDocument { version: "00000000".into(), revision: ChangeId(41), document: Ok(EMPTY.into()) };
        change(&mut sent);
        sent
    }

    fn found(checked: &Checked, sent: Option<&SentDocument>) -> (usize, String) {
        let findings = Findings::of(checked, sent, Timestamp(5_000));
        (findings.wrong, findings.lines.join("\n"))
    }

    #[test]
    fn nothing_is_wrong_where_everything_is_said() {
        let document: Document = read(EMPTY.as_bytes()).unwrap();
        assert_eq!(document.version, "00000000");
        let (wrong, text) = found(&checked(vec![]), Some(&sent(|_| {})));
        assert_eq!(wrong, 0, "{text}");
        assert!(text.contains("it is valid and says what there is to say") && text.contains("5 s ago: it is behind by 1 changes"), "{text}");
    }

    #[test]
    fn what_is_left_out_is_named_with_its_reason() {
        let left_out =
            vec![Omission::NoSecurityGroup("i-1b5c4503".parse().unwrap()), Omission::InstanceIdTooLong("i-0a2f151a8bcdef012".parse().unwrap())];
        let (wrong, text) = found(&checked(left_out), Some(&sent(|_| {})));
        assert_eq!(wrong, 2);
        let about_ipv6 = Omission::RouteAboutIpv6 { route_table: "rtb-00000001".parse().unwrap(), destination: "2001:db8::/56".parse().unwrap() };
        let (wrong, shown) = found(&checked(vec![about_ipv6]), Some(&sent(|_| {})));
        assert!(wrong == 0 && shown.contains("left out  The route to 2001:db8::/56"), "{shown}");
        let further = Omission::FurtherAddresses { instance: "i-1b5c4503".parse().unwrap(), interface: "eni-a2f151a8".parse().unwrap() };
        let (wrong, shown) = found(&checked(vec![further]), Some(&sent(|_| {})));
        assert!(wrong == 0 && shown.contains("left out  The further addresses of eni-a2f151a8 on i-1b5c4503"), "{shown}");
        assert!(text.contains("left out  i-1b5c4503 is not broadcast: its primary interface has no security group"), "{text}");
    }

    #[test]
    fn a_document_that_controllers_would_cut_off_is_wrong() {
        let found = |length: usize| found(&Checked { document: vec![b' '; length], ..checked(vec![]) }, Some(&sent(|_| {})));
        assert_eq!(found(LONGEST).0, 0);
        let (wrong, text) = found(LONGEST + 1);
        assert!(wrong == 1 && text.contains("39321600 bytes: it is longer than 39321599"), "{text}");
    }

    #[test]
    fn a_document_that_no_cluster_would_take_is_wrong() {
        let good = checked(vec![]);
        for (change, why) in [
            ((|sent| sent.document = Ok(b"<network-data".to_vec())) as fn(&mut SentDocument), "not valid"),
            (|sent| sent.document = Err("its object is gone".into()), "its object is gone"),
            (|sent| sent.version = "11111111".into(), "it says that it is version 00000000"),
        ] {
            let (wrong, text) = found(&good, Some(&sent(change)));
            assert!(wrong == 1 && text.contains(why), "{text}");
        }
        assert_eq!(found(&good, None).0, 1, "nothing was sent");
    }
}
