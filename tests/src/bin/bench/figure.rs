//! Figures, beside what the design wants of them: a table for people, JSON lines for programs.

use serde_json::json;

use crate::{
    cpu::Cpu,
    load::{Run, median, percentile},
};

/// One result.
#[derive(Clone, Debug)]
pub struct Figure {
    pub name: &'static str,
    /// Where the clock was started and stopped.
    pub how: &'static str,
    pub unit: &'static str,
    pub value: f64,
    /// Milliseconds, as `p99`.
    pub p50: f64,
    pub p99: f64,
    /// How many calls were under way at a time.
    pub clients: usize,
    /// How many samples, of all runs.
    pub n: usize,
    pub runs: usize,
    /// How many interfaces there were.
    pub interfaces: usize,
    /// Microseconds for each call.
    pub cpu: Option<Cpu>,
    pub targets: Vec<Target>,
}

/// What section 8 of the design wants.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// `value`, `p50` or `p99`.
    of: &'static str,
    limit: f64,
    at_least: bool,
}

/// What is true of all figures of a run.
#[derive(Clone, Debug)]
pub struct Context {
    pub database: &'static str,
    pub deployment: &'static str,
    pub git: String,
    pub quick: bool,
}

impl Target {
    pub fn at_most(of: &'static str, limit: f64) -> Self {
        Self { of, limit, at_least: false }
    }

    pub fn at_least(of: &'static str, limit: f64) -> Self {
        Self { of, limit, at_least: true }
    }

    fn measured(self, figure: &Figure) -> f64 {
        match self.of {
            "p50" => figure.p50,
            "p99" => figure.p99,
            _ => figure.value,
        }
    }

    fn is_met(self, figure: &Figure) -> bool {
        let measured = self.measured(figure);
        if self.at_least { measured >= self.limit } else { measured < self.limit }
    }
}

impl Figure {
    /// How long something took, in milliseconds: the medians over the runs of each run's percentiles.
    pub fn time(name: &'static str, how: &'static str, runs: &[Vec<f64>]) -> Self {
        let over_runs = |share: f64| median(&runs.iter().map(|samples| percentile(samples, share)).collect::<Vec<_>>());
        let (p50, p99) = (over_runs(0.5), over_runs(0.99));
        let n = runs.iter().map(Vec::len).sum();
        Self { name, how, unit: "ms", value: p50, p50, p99, clients: 1, n, runs: runs.len(), interfaces: 0, cpu: None, targets: Vec::new() }
    }

    /// How many calls a second: the medians over the runs.
    pub fn rate(name: &'static str, how: &'static str, clients: usize, runs: &[Run]) -> Self {
        let over_runs = |of: fn(&Run) -> f64| median(&runs.iter().map(of).collect::<Vec<_>>());
        let latencies: Vec<Vec<f64>> = runs.iter().map(|run| run.latencies.clone()).collect();
        let cpu = Cpu { bench: over_runs(|run| run.cpu.bench), services: over_runs(|run| run.cpu.services), nats: over_runs(|run| run.cpu.nats) };
        Self { unit: "calls/s", value: over_runs(|run| run.calls_per_second), clients, cpu: Some(cpu), ..Self::time(name, how, &latencies) }
    }
}

/// A JSON object for each figure, one a line.
pub fn json_lines(figures: &[Figure], context: &Context) -> String {
    let lines = figures.iter().map(|figure| {
        let targets: Vec<_> = figure
            .targets
            .iter()
            .map(|target| {
                json!({
                    "of": target.of,
                    if target.at_least { "at_least" } else { "at_most" }: target.limit,
                    "ratio": rounded(target.measured(figure) / target.limit),
                    "met": target.is_met(figure),
                })
            })
            .collect();
        let line = json!({
            "name": figure.name,
            "how": figure.how,
            "unit": figure.unit,
            "value": rounded(figure.value),
            "p50": rounded(figure.p50),
            "p99": rounded(figure.p99),
            "clients": figure.clients,
            "n": figure.n,
            "runs": figure.runs,
            "interfaces": figure.interfaces,
            "cpu_us": figure.cpu.map(|cpu| json!({"bench": cpu.bench.round(), "services": cpu.services.round(), "nats": cpu.nats.round()})),
            "targets": targets,
            "database": context.database,
            "deployment": context.deployment,
            "quick": context.quick,
            "git": context.git,
        });
        format!("{line}\n")
    });
    lines.collect()
}

fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

const HEADINGS: [&str; 8] = ["", "clients", "interfaces", "value", "p50 ms", "p99 ms", "cpu µs (services+nats+bench)", "target (measured ÷ target)"];

/// The figures in columns.
pub fn table(figures: &[Figure], context: &Context) -> String {
    let mut rows = vec![HEADINGS.map(str::to_owned)];
    rows.extend(figures.iter().map(row));
    let widths: Vec<usize> = (0..HEADINGS.len()).map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)).collect();
    let mut out = format!("\n{} on {}, {}{}\n\n", context.deployment, context.database, context.git, if context.quick { ", quick" } else { "" });
    for row in &rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            // The name and the targets are words, the rest numbers.
            let is_words = column == 0 || column == HEADINGS.len() - 1;
            line.push_str(&if is_words { format!("{cell:<width$}  ") } else { format!("{cell:>width$}  ") });
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

fn row(figure: &Figure) -> [String; HEADINGS.len()] {
    let cpu = figure.cpu.map_or_else(String::new, |cpu| format!("{:.0}+{:.0}+{:.0}", cpu.services, cpu.nats, cpu.bench));
    let targets = figure.targets.iter().map(|target| {
        let sign = if target.at_least { "≥" } else { "<" };
        let met = if target.is_met(figure) { "" } else { " MISSED" };
        format!("{} {sign} {} ({:.2}{met})", target.of, target.limit, target.measured(figure) / target.limit)
    });
    [
        figure.name.to_owned(),
        figure.clients.to_string(),
        figure.interfaces.to_string(),
        format!("{} {}", digits(figure.value), figure.unit),
        digits(figure.p50),
        digits(figure.p99),
        cpu,
        targets.collect::<Vec<_>>().join(", "),
    ]
}

/// Three digits are all that repeats.
fn digits(value: f64) -> String {
    match value {
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_target_is_said_to_be_missed() {
        let figure = Figure::time("attach", "", &[vec![30.0; 10], vec![10.0; 10], vec![50.0; 10]]);
        assert_eq!((figure.value, figure.p99, figure.n, figure.runs), (30.0, 30.0, 30, 3));
        let figure = Figure { targets: vec![Target::at_most("p50", 20.0), Target::at_most("p99", 100.0), Target::at_least("value", 60.0)], ..figure };
        assert_eq!(row(&figure)[7], "p50 < 20 (1.50 MISSED), p99 < 100 (0.30), value ≥ 60 (0.50 MISSED)");
        let context = Context { database: "sqlite", deployment: "embedded", git: "0".to_owned(), quick: false };
        let line: serde_json::Value = serde_json::from_str(&json_lines(std::slice::from_ref(&figure), &context)).unwrap();
        assert_eq!(
            (&line["targets"][0]["met"], &line["targets"][1]["met"], &line["targets"][2]["at_least"]),
            (&json!(false), &json!(true), &json!(60.0))
        );
        assert_eq!(table(&[figure], &context).lines().count(), 5);
    }
}
