//! Who used the processors during a measurement.

/// Seconds of processor time since each group of processes was started; read twice, the difference says who worked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cpu {
    /// This process, which makes the load.
    pub bench: f64,
    pub services: f64,
    pub nats: f64,
}

impl Cpu {
    /// Zero for what cannot be read, as on systems without `/proc`. PostgreSQL is not counted.
    pub fn of(services: &[u32], nats: &[u32]) -> Self {
        let sum = |pids: &[u32]| pids.iter().filter_map(|pid| seconds(&pid.to_string())).sum();
        Self { bench: seconds("self").unwrap_or_default(), services: sum(services), nats: sum(nats) }
    }

    /// What was used since, in microseconds for each of `calls`.
    pub fn since(self, earlier: Self, calls: usize) -> Self {
        let each = |now: f64, then: f64| (now - then).max(0.0) * 1e6 / calls.max(1) as f64;
        Self { bench: each(self.bench, earlier.bench), services: each(self.services, earlier.services), nats: each(self.nats, earlier.nats) }
    }
}

/// Linux counts in hundredths of a second, whatever the kernel's own tick is.
const TICKS: f64 = 100.0;

fn seconds(process: &str) -> Option<f64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The second field is the program's name in parentheses, and may hold anything.
    let (_, rest) = text.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS)
}
