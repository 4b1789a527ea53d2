//! Reports: whole or only what changed, in pages, always summed up by the digest.

use std::collections::BTreeMap;

use multihome_messages::{Encoding, Report, ReportDigest, ReportRequest, ReportedInstance, encode};
use multihome_types::InstanceId;

use super::{
    Simulation,
    tests::{broadcast, cluster, instance, listed, ms},
};
use crate::{actual::PAGE, behaviour::Delays};

/// A poller's memory of a cluster.
#[derive(Default)]
pub(super) struct Mirror {
    pub digest: Option<ReportDigest>,
    pub instances: BTreeMap<InstanceId, ReportedInstance>,
}

impl Mirror {
    /// Polls to the last page. Gives the pages.
    pub fn poll(&mut self, cluster: &Simulation) -> Vec<Report> {
        let mut pages = Vec::new();
        let mut after = None;
        loop {
            let page = cluster.report(&ReportRequest { known: self.digest, after }).unwrap();
            if page.since.is_none() && after.is_none() {
                self.instances.clear();
            }
            self.instances.extend(page.instances.iter().map(|instance| (instance.id, instance.clone())));
            for gone in &page.gone {
                assert!(self.instances.remove(gone).is_some(), "{gone} was in the known report");
            }
            after = page.next;
            pages.push(page);
            if after.is_none() {
                break;
            }
        }
        self.digest = Some(pages[0].digest);
        assert_eq!(ReportDigest::of(self.instances.values()), pages[0].digest);
        pages
    }
}

/// A cluster without delays that runs instances 0 to `count`, each with one interface.
fn crowd(count: u32) -> Simulation {
    let mut cluster = cluster(Delays::NONE);
    cluster.take_broadcast(broadcast(1, (0..count).map(|number| listed(number, true, &[number])).collect()), ms(0));
    cluster.advance(ms(0));
    cluster
}

#[test]
fn a_known_digest_is_answered_with_what_changed() {
    let mut cluster = crowd(5);
    let mut mirror = Mirror::default();
    mirror.poll(&cluster);
    assert!(mirror.poll(&cluster).iter().all(|page| page.since == Some(page.digest) && page.instances.is_empty()));
    let next = vec![listed(0, true, &[0]), listed(1, true, &[1, 100]), listed(3, true, &[3]), listed(4, true, &[4]), listed(5, true, &[5])];
    cluster.take_broadcast(broadcast(2, next), ms(1));
    cluster.advance(ms(1));
    let known = mirror.digest;
    let pages = mirror.poll(&cluster);
    let said: Vec<InstanceId> = pages[0].instances.iter().map(|instance| instance.id).collect();
    assert_eq!((pages[0].since, said, pages[0].gone.clone()), (known, vec![instance(1), instance(5)], vec![instance(2)]));
}

#[test]
fn what_came_and_went_between_two_polls_is_not_mentioned() {
    let mut cluster = crowd(1);
    let mut mirror = Mirror::default();
    mirror.poll(&cluster);
    cluster.take_broadcast(broadcast(2, vec![listed(0, true, &[0]), listed(1, true, &[1])]), ms(1));
    cluster.advance(ms(1));
    cluster.take_broadcast(broadcast(3, vec![listed(0, true, &[0, 7])]), ms(2));
    cluster.advance(ms(2));
    let pages = mirror.poll(&cluster);
    assert_eq!((pages[0].instances.len(), pages[0].gone.len()), (1, 0));
}

#[test]
fn an_unknown_or_forgotten_digest_is_answered_with_the_whole() {
    let mut cluster = crowd(3);
    let mut mirror = Mirror::default();
    mirror.poll(&cluster);
    let unknown = cluster.report(&ReportRequest { known: Some(ReportDigest(42)), after: None }).unwrap();
    assert_eq!((unknown.since, unknown.instances.len()), (None, 3));
    let mut change = |revision: i64| {
        let attachments = [0, u32::try_from(revision).unwrap() + 100];
        cluster.take_broadcast(broadcast(revision, vec![listed(0, true, &attachments), listed(1, true, &[1]), listed(2, true, &[2])]), ms(1));
        cluster.advance(ms(1));
        cluster.report(&ReportRequest { known: mirror.digest, after: None }).unwrap()
    };
    let remembered = change(2);
    assert_eq!((remembered.since, remembered.instances.len()), (mirror.digest, 1));
    let forgotten = (3..300).map(&mut change).last().unwrap();
    assert_eq!((forgotten.since, forgotten.instances.len()), (None, 3));
}

#[test]
fn pages_follow_each_other_in_the_order_of_ids_and_end() {
    let count = u32::try_from(2 * PAGE + 1).unwrap();
    for (known, kind) in [(None, "whole"), (Some(ReportDigest::default()), "difference")] {
        let cluster = crowd(count);
        let mut mirror = Mirror { digest: known, ..Mirror::default() };
        let pages = mirror.poll(&cluster);
        let sizes: Vec<usize> = pages.iter().map(|page| page.instances.len()).collect();
        assert_eq!(sizes, [PAGE, PAGE, 1], "{kind}");
        assert!(pages.iter().all(|page| page.since == known && page.digest == pages[0].digest), "{kind}");
        assert_eq!(mirror.instances.len(), 2 * PAGE + 1);
    }
    assert_eq!(crowd(u32::try_from(PAGE).unwrap()).report(&ReportRequest { known: None, after: None }).unwrap().next, None);
}

#[test]
fn a_page_ends_early_where_instances_have_very_many_interfaces() {
    let mut cluster = cluster(Delays::NONE);
    let each: u32 = 200;
    let attachments = |number: u32| (0..each).map(|place| each * number + place).collect::<Vec<_>>();
    cluster.take_broadcast(broadcast(1, (0..120).map(|number| listed(number, true, &attachments(number))).collect()), ms(0));
    cluster.advance(ms(0));
    for known in [None, Some(ReportDigest::default())] {
        let mut mirror = Mirror { digest: known, ..Mirror::default() };
        let pages = mirror.poll(&cluster);
        assert_eq!(pages.iter().map(|page| page.instances.len()).collect::<Vec<_>>(), [50, 50, 20]);
        assert!(pages.iter().all(|page| encode(page, Encoding::Json).len() < 1 << 20));
    }
}

#[test]
fn the_disappearance_of_very_many_is_paged_too() {
    let mut cluster = crowd(u32::try_from(PAGE + 5).unwrap());
    let mut mirror = Mirror::default();
    mirror.poll(&cluster);
    cluster.take_broadcast(broadcast(2, vec![]), ms(1));
    cluster.advance(ms(1));
    let pages = mirror.poll(&cluster);
    assert_eq!((pages.len(), pages[0].gone.len(), pages[1].gone.len()), (2, PAGE, 5));
    assert!(mirror.instances.is_empty());
}

#[test]
fn a_state_that_comes_again_is_known_again_however_long_ago_it_was_first_left() {
    let mut cluster = crowd(2);
    let mut mirror = Mirror::default();
    mirror.poll(&cluster);
    let (with, without) = (vec![listed(0, true, &[0]), listed(1, true, &[1, 9])], vec![listed(0, true, &[0]), listed(1, true, &[1])]);
    for revision in 2..400 {
        cluster.take_broadcast(broadcast(revision, if revision % 2 == 0 { with.clone() } else { without.clone() }), ms(1));
        cluster.advance(ms(1));
    }
    let known = mirror.digest;
    let pages = mirror.poll(&cluster);
    assert_eq!((pages[0].since, pages[0].instances.len()), (known, 0), "it is the state that is known");
    cluster.take_broadcast(broadcast(400, with), ms(1));
    cluster.advance(ms(1));
    let pages = mirror.poll(&cluster);
    assert_eq!((pages[0].since, pages[0].instances.len()), (known, 1));
}
