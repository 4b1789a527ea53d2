//! Subjects, `vpc.<kind>.<name>.<key>`: built and parsed side by side and nowhere else.

use std::{fmt, str::FromStr};

use multihome_types::{ClusterName, EntityKind, VpcId};

use crate::RequestId;

/// The requests that are answered at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestName {
    Attach,
    Detach,
    ModifyAttachment,
    /// Start, stop or terminate.
    Instances,
}

impl RequestName {
    pub const ALL: [Self; 4] = [Self::Attach, Self::Detach, Self::ModifyAttachment, Self::Instances];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Attach => "attach",
            Self::Detach => "detach",
            Self::ModifyAttachment => "modify-attachment",
            Self::Instances => "instances",
        }
    }
}

/// Every subject there is. Keys that are free text are checked to be one token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    Request(RequestName),
    /// Ask a simulated cluster to behave differently.
    Simulate(ClusterName),
    CommandAttach(String),
    CommandDetach(String),
    PollTask(ClusterName),
    BroadcastTask(ClusterName),
    Report(ClusterName),
    Broadcast(ClusterName),
    ClusterChanged(ClusterName),
    InstanceObserved(ClusterName),
    RouteStateInvalidated(VpcId),
    CommandAnswered(RequestId),
    Changed(EntityKind, String),
    Dead(Box<Subject>),
}

impl Subject {
    /// The event of a change. Names of instance types have dots, which would split the token.
    pub fn changed(kind: EntityKind, id: &str) -> Self {
        Self::Changed(kind, id.replace('.', "_"))
    }
}

/// A text that is no subject of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidSubject(pub String);

impl fmt::Display for InvalidSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' is not a subject of the form vpc.<kind>.<name>.<key>", self.0)
    }
}

impl std::error::Error for InvalidSubject {}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(name) => write!(f, "vpc.request.{}", name.as_str()),
            Self::Simulate(cluster) => write!(f, "vpc.request.simulate.{cluster}"),
            Self::CommandAttach(key) => write!(f, "vpc.command.attach.{key}"),
            Self::CommandDetach(key) => write!(f, "vpc.command.detach.{key}"),
            Self::PollTask(cluster) => write!(f, "vpc.task.poll.{cluster}"),
            Self::BroadcastTask(cluster) => write!(f, "vpc.task.broadcast.{cluster}"),
            Self::Report(cluster) => write!(f, "vpc.report.{cluster}"),
            Self::Broadcast(cluster) => write!(f, "vpc.broadcast.{cluster}"),
            Self::ClusterChanged(cluster) => write!(f, "vpc.event.cluster-changed.{cluster}"),
            Self::InstanceObserved(cluster) => write!(f, "vpc.event.instance-observed.{cluster}"),
            Self::RouteStateInvalidated(vpc) => write!(f, "vpc.event.route-state-invalidated.{vpc}"),
            Self::CommandAnswered(id) => write!(f, "vpc.event.command-answered.{id}"),
            Self::Changed(kind, id) => write!(f, "vpc.event.{kind}-changed.{id}"),
            Self::Dead(original) => write!(f, "vpc.dead.{original}"),
        }
    }
}

impl FromStr for Subject {
    type Err = InvalidSubject;

    fn from_str(text: &str) -> Result<Self, InvalidSubject> {
        parse(text).ok_or_else(|| InvalidSubject(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Subject> {
    if let Some(original) = text.strip_prefix("vpc.dead.") {
        return parse(original).filter(|inner| !matches!(inner, Subject::Dead(_))).map(|inner| Subject::Dead(Box::new(inner)));
    }
    let tokens: Vec<&str> = text.split('.').collect();
    let key = |token: &str| is_token(token).then(|| token.to_owned());
    Some(match tokens.as_slice() {
        ["vpc", "request", name] => Subject::Request(RequestName::ALL.into_iter().find(|known| known.as_str() == *name)?),
        ["vpc", "request", "simulate", cluster] => Subject::Simulate(cluster.parse().ok()?),
        ["vpc", "command", "attach", token] => Subject::CommandAttach(key(token)?),
        ["vpc", "command", "detach", token] => Subject::CommandDetach(key(token)?),
        ["vpc", "task", "poll", cluster] => Subject::PollTask(cluster.parse().ok()?),
        ["vpc", "task", "broadcast", cluster] => Subject::BroadcastTask(cluster.parse().ok()?),
        ["vpc", "report", cluster] => Subject::Report(cluster.parse().ok()?),
        ["vpc", "broadcast", cluster] => Subject::Broadcast(cluster.parse().ok()?),
        ["vpc", "event", "cluster-changed", cluster] => Subject::ClusterChanged(cluster.parse().ok()?),
        ["vpc", "event", "instance-observed", cluster] => Subject::InstanceObserved(cluster.parse().ok()?),
        ["vpc", "event", "route-state-invalidated", vpc] => Subject::RouteStateInvalidated(vpc.parse().ok()?),
        ["vpc", "event", "command-answered", id] => Subject::CommandAnswered(id.parse().ok()?),
        ["vpc", "event", name, token] => Subject::Changed(name.strip_suffix("-changed")?.parse().ok()?, key(token)?),
        _ => return None,
    })
}

/// One token: no dot, no wildcard, no blank, nothing that is not printable ASCII.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.len() <= 255 && text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'.' | b'*' | b'>'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_subject_survives_the_round_trip() {
        let one: ClusterName = "one".parse().unwrap();
        let mut subjects = vec![
            Subject::Simulate(one),
            Subject::CommandAttach("eni-a2f151a8".into()),
            Subject::CommandDetach("eni-a2f151a8".into()),
            Subject::PollTask(one),
            Subject::BroadcastTask(one),
            Subject::Report(one),
            Subject::Broadcast(one),
            Subject::ClusterChanged(one),
            Subject::InstanceObserved(one),
            Subject::RouteStateInvalidated("vpc-3b1fdc87".parse().unwrap()),
            Subject::CommandAnswered("r-1".parse().unwrap()),
        ];
        subjects.extend(RequestName::ALL.map(Subject::Request));
        subjects.extend(EntityKind::ALL.iter().map(|kind| Subject::changed(*kind, "t3.micro")));
        let dead: Vec<Subject> = subjects.iter().cloned().map(|subject| Subject::Dead(Box::new(subject))).collect();
        for subject in subjects.into_iter().chain(dead) {
            assert_eq!(subject.to_string().parse::<Subject>().as_ref(), Ok(&subject));
        }
    }

    #[test]
    fn foreign_texts_are_no_subjects() {
        for text in [
            "",
            "vpc",
            "vpc.request",
            "vpc.request.reboot",
            "vpc.command.attach.",
            "vpc.command.attach.a.b",
            "vpc.command.attach.*",
            "vpc.dead.vpc.dead.vpc.report.one",
            "vpc.event.cow-changed.1",
        ] {
            assert!(text.parse::<Subject>().is_err(), "{text}");
        }
    }
}
