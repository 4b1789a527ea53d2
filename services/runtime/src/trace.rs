//! W3C trace context across the bus: one attach is one trace through every service.

use std::{fmt, future::Future, str::FromStr};

/// `00-<trace id>-<span id>-<flags>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    trace: u128,
    span: u64,
}

tokio::task_local! {
    static CURRENT: TraceContext;
}

impl TraceContext {
    /// A new trace.
    pub fn start() -> Self {
        Self { trace: rand::random::<u128>() | 1, span: rand::random::<u64>() | 1 }
    }

    /// A new span of the same trace.
    #[must_use]
    pub fn child(self) -> Self {
        Self { trace: self.trace, span: rand::random::<u64>() | 1 }
    }

    /// Continues what a header says, or begins anew.
    pub fn continued(header: Option<&str>) -> Self {
        header.and_then(|text| text.parse::<Self>().ok()).map_or_else(Self::start, Self::child)
    }

    /// The trace this task works for.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(|context| *context).ok()
    }

    /// Works for this trace: what is published meanwhile carries it.
    pub async fn scope<T>(self, work: impl Future<Output = T>) -> T {
        CURRENT.scope(self, work).await
    }

    /// The trace's id, as logs show it.
    pub fn trace_id(self) -> String {
        format!("{:032x}", self.trace)
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-01", self.trace, self.span)
    }
}

impl FromStr for TraceContext {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let hex = |part: &str, len: usize| part.len() == len && part.bytes().all(|byte| byte.is_ascii_hexdigit());
        let mut parts = text.split('-');
        let (Some(version), Some(trace), Some(span), Some(_flags)) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return Err(());
        };
        if !hex(version, 2) || !hex(trace, 32) || !hex(span, 16) {
            return Err(());
        }
        let context = Self { trace: u128::from_str_radix(trace, 16).map_err(drop)?, span: u64::from_str_radix(span, 16).map_err(drop)? };
        if context.trace == 0 || context.span == 0 { Err(()) } else { Ok(context) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_stays_in_the_trace() {
        let parent: TraceContext = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().unwrap();
        let child = TraceContext::continued(Some(&parent.to_string()));
        assert_eq!(child.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_ne!(child, parent);
    }

    #[test]
    fn a_bad_header_begins_a_new_trace() {
        for text in ["", "00-0-0-01", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "zz"] {
            assert!(text.parse::<TraceContext>().is_err(), "{text}");
        }
    }
}
