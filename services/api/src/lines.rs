//! Calls that write at the same place, written together. Who comes while others are being written stands in line, and all who stand there
//! when those are done are written next, in one transaction. Nobody waits for more to come, so a call that comes alone is written at once.

use std::{
    collections::{HashMap, hash_map::Entry},
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

/// How many are written together at most: a transaction has to end some time.
const MOST: usize = 128;

/// The lines before some places `K` of jobs `J`, which are answered with `R`. A line is there as long as somebody works on it.
#[derive(Debug)]
pub(crate) struct Lines<K, J, R>(Mutex<HashMap<K, Vec<Waiting<J, R>>>>);

type Waiting<J, R> = (J, oneshot::Sender<R>);

impl<K, J, R> Default for Lines<K, J, R> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Copy + Eq + Hash, J, R> Lines<K, J, R> {
    /// Stands in line. Where nobody was, the turn is the caller's: then somebody has to do what is in it, until there is no more. A line
    /// whose turn is dropped before tells those who stand there nothing.
    pub(crate) fn join(self: &Arc<Self>, place: K, job: J) -> (oneshot::Receiver<R>, Option<Turn<K, J, R>>) {
        let (tell, told) = oneshot::channel();
        match self.lock().entry(place) {
            Entry::Occupied(mut line) => {
                line.get_mut().push((job, tell));
                (told, None)
            }
            Entry::Vacant(line) => {
                line.insert(vec![(job, tell)]);
                (told, Some(Turn { lines: self.clone(), place, over: false }))
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Vec<Waiting<J, R>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right and the duty to do what stands in one line.
#[derive(Debug)]
pub(crate) struct Turn<K: Copy + Eq + Hash, J, R> {
    lines: Arc<Lines<K, J, R>>,
    place: K,
    over: bool,
}

impl<K: Copy + Eq + Hash, J, R> Turn<K, J, R> {
    /// What stands in line now, in the order it came, and whom to tell; without those who have gone, for whom nothing was begun. `None`:
    /// nothing, and the turn is over.
    pub(crate) fn next(&mut self) -> Option<(Vec<J>, Vec<oneshot::Sender<R>>)> {
        let mut lines = self.lines.lock();
        let line = lines.get_mut(&self.place).filter(|_| !self.over)?;
        line.retain(|(_, tell)| !tell.is_closed());
        if line.is_empty() {
            lines.remove(&self.place);
            self.over = true;
            return None;
        }
        Some(line.drain(..line.len().min(MOST)).unzip())
    }
}

impl<K: Copy + Eq + Hash, J, R> Drop for Turn<K, J, R> {
    fn drop(&mut self) {
        if !self.over {
            drop(self.lines.lock().remove(&self.place));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type TestLines = Arc<Lines<u8, u32, u32>>;

    fn work(turn: &mut Turn<u8, u32, u32>) -> Vec<u32> {
        let Some((jobs, tell)) = turn.next() else { return Vec::new() };
        for (job, tell) in jobs.iter().zip(tell) {
            tell.send(job * 10).unwrap();
        }
        jobs
    }

    #[tokio::test]
    async fn who_comes_meanwhile_is_done_next_and_together() {
        let lines = TestLines::default();
        let (first, turn) = lines.join(0, 1);
        let mut turn = turn.unwrap();
        assert_eq!(work(&mut turn), [1]);
        let others: Vec<_> = [2, 3].map(|job| lines.join(0, job)).into_iter().collect();
        assert!(others.iter().all(|(_, turn)| turn.is_none()), "two work on one line");
        assert_eq!(work(&mut turn), [2, 3]);
        assert!(work(&mut turn).is_empty());
        assert_eq!(first.await, Ok(10));
        for ((told, _), answer) in others.into_iter().zip([20, 30]) {
            assert_eq!(told.await, Ok(answer));
        }
    }

    #[test]
    fn each_place_has_a_line_and_after_a_turn_comes_another() {
        let lines = TestLines::default();
        let (_told, turn) = lines.join(0, 1);
        assert!(lines.join(1, 1).1.is_some());
        let mut turn = turn.unwrap();
        assert_eq!(work(&mut turn), [1]);
        assert!(work(&mut turn).is_empty());
        let (_told, next) = lines.join(0, 2);
        // The old turn has no hold of the line that came after it.
        assert!(turn.next().is_none());
        drop(turn);
        assert_eq!(work(&mut next.unwrap()), [2]);
    }

    #[tokio::test]
    async fn a_turn_that_breaks_off_holds_nobody() {
        let lines = TestLines::default();
        let (first, turn) = lines.join(0, 1);
        let (second, _) = lines.join(0, 2);
        let mut turn = turn.unwrap();
        drop(turn.next());
        drop(turn);
        assert!(first.await.is_err());
        assert!(second.await.is_err());
        assert!(lines.join(0, 3).1.is_some());
    }

    #[test]
    fn who_has_gone_is_left_out() {
        let lines = TestLines::default();
        let (first, turn) = lines.join(0, 1);
        let (_second, _) = lines.join(0, 2);
        let (third, _) = lines.join(0, 3);
        drop((first, third));
        let mut turn = turn.unwrap();
        assert_eq!(work(&mut turn), [2]);
        drop(lines.join(0, 4));
        assert!(work(&mut turn).is_empty());
        assert!(lines.join(0, 5).1.is_some(), "the line stayed although its turn was over");
    }

    #[test]
    fn a_long_line_is_done_in_parts() {
        let lines = TestLines::default();
        let (_told, turn) = lines.join(0, 0);
        let waiting: Vec<_> = (1..300).map(|job| lines.join(0, job)).collect();
        let mut turn = turn.unwrap();
        let parts: Vec<usize> = std::iter::from_fn(|| turn.next()).map(|(jobs, _)| jobs.len()).collect();
        assert_eq!(parts, [128, 128, 44]);
        drop(waiting);
    }
}
