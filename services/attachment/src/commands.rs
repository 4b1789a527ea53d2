//! The durable door: attach and detach for callers who want it done even if nobody is there right now.
//!
//! The stream's own acknowledgement says only "queued". The answer goes to the subject in the header `Answer-To` and, where
//! the request has an id, to `vpc.event.command-answered.<request id>`; only then is the command done.

use std::{fmt, str::FromStr, time::Duration};

use multihome_messages::{Answer, AttachRequest, DecodeError, DetachRequest, Encoding, Message, RequestId, Subject, decode, encode, header};
use multihome_runtime::work::{Delivery, Outcome};
use multihome_types::{AccountId, Refusal, Timestamp};

use crate::{Attachment, requests::ID_HEADER};

impl Attachment {
    pub(crate) async fn command(&self, delivery: Delivery) -> Outcome {
        // A command without an id may still be delivered twice; its stamp keeps that from doing it twice.
        let named = delivery.header(ID_HEADER).and_then(|text| RequestId::from_str(text).ok());
        let id = named.clone().or_else(|| RequestId::from_str(&format!("command-{}", delivery.stamp)).ok());
        match &delivery.subject {
            Subject::CommandAttach(key) => match admitted::<AttachRequest>(&delivery).and_then(|(request, expires)| about(key, request, expires)) {
                Ok((request, expires)) => {
                    let event = event_id(request.account, request.request_id.clone().or(named));
                    let answer = self.attach(request, id, expires).await;
                    self.answered(&delivery, event, &answer).await
                }
                Err(reason) => self.refused(&delivery, named, reason).await,
            },
            // Any key will do: an attachment has no other name that everybody knows.
            Subject::CommandDetach(_) => match admitted::<DetachRequest>(&delivery) {
                Ok((request, expires)) => {
                    let event = event_id(request.account, request.request_id.clone().or(named));
                    let answer = self.detach(request, id, expires).await;
                    self.answered(&delivery, event, &answer).await
                }
                Err(reason) => self.refused(&delivery, named, reason).await,
            },
            other => Outcome::Reject(format!("{other} is no command")),
        }
    }

    /// What can never be done is answered like a refusal, and goes to the dead letters.
    async fn refused(&self, delivery: &Delivery, named: Option<RequestId>, rejected: Rejected) -> Outcome {
        let refusal = Refusal::new("InvalidParameterValue", rejected.to_string());
        let reason = refusal.to_string();
        // Nothing is kept under the id, so the event is this delivery's: it must not stand in the way of a good command's.
        let event = named.map(|id| (delivery_event(&id, delivery), id));
        match self.answered::<multihome_messages::AttachReply>(delivery, event, &Answer::Refused(refusal)).await {
            Outcome::Done => Outcome::Reject(reason),
            outcome => outcome,
        }
    }

    /// `event`: the message id of the event and the request's, where the request has one.
    async fn answered<T>(&self, delivery: &Delivery, event: Option<(String, RequestId)>, answer: &Answer<T>) -> Outcome
    where
        Answer<T>: Message,
    {
        // Ours, not the caller's: nothing was decided, so nothing is answered and the command stays.
        if let Answer::Refused(refusal) = answer
            && (refusal.code == "Unavailable" || refusal.code == "RequestLimitExceeded")
        {
            return Outcome::Retry(Duration::from_millis(500));
        }
        let body = encode(answer, delivery.encoding);
        let kind = match delivery.encoding {
            Encoding::Json => "application/json",
            Encoding::Postcard => "application/x-postcard",
        };
        if let Some(to) = delivery.header(header::ANSWER_TO).filter(|to| is_reply_subject(to)) {
            let mut headers = async_nats::HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, kind);
            if let Err(why) = self.bus.client().publish_with_headers(to.to_owned(), headers, body.clone().into()).await {
                tracing::debug!(error = %why, "The answer to a command was not sent and will be sent again");
                return Outcome::Retry(Duration::from_millis(500));
            }
        }
        if let Some((message_id, id)) = event {
            let message_id = match answer {
                // The id belongs to another request, and so does the event of that name.
                Answer::Refused(refusal) if refusal.code == "IdempotentParameterMismatch" => delivery_event(&id, delivery),
                Answer::Refused(_) | Answer::Done(_) => message_id,
            };
            let headers = [(header::CONTENT_TYPE, kind), (ID_HEADER, message_id.as_str())];
            if let Err(why) = self.bus.publish_later(&Subject::CommandAnswered(id), body, &headers).await {
                tracing::debug!(error = %why, "The answer to a command was not stored and will be sent again");
                return Outcome::Retry(Duration::from_millis(500));
            }
        }
        Outcome::Done
    }
}

/// The message id of an answer's event: the same whenever the same request is answered, so that a repeat adds no second event.
fn event_id(account: Option<AccountId>, named: Option<RequestId>) -> Option<(String, RequestId)> {
    named.map(|id| (format!("answered-{}-{id}", account.map(|account| account.to_string()).unwrap_or_default()), id))
}

/// The message id of an answer that is not kept: the same at every delivery of this command only.
fn delivery_event(id: &RequestId, delivery: &Delivery) -> String {
    format!("answered-{id}-at-{}", delivery.stamp)
}

/// The request, if it can be read, and until when it is wanted.
fn admitted<Q: Message>(delivery: &Delivery) -> Result<(Q, Option<Timestamp>), Rejected> {
    if delivery.header(header::ANSWER_TO).is_some_and(|to| !is_reply_subject(to)) {
        return Err(Rejected::BadAnswerTo);
    }
    let request = decode::<Q>(&delivery.body, delivery.encoding).map_err(Rejected::Unreadable)?;
    match delivery.header(header::DEADLINE).map(str::parse::<i64>) {
        None => Ok((request, None)),
        Some(Err(_)) => Err(Rejected::BadDeadline),
        Some(Ok(expires)) => Ok((request, Some(Timestamp(expires)))),
    }
}

/// The subject of an attach names its interface: what may be published where is granted by subject.
fn about(key: &str, request: AttachRequest, expires: Option<Timestamp>) -> Result<(AttachRequest, Option<Timestamp>), Rejected> {
    if key == request.interface.to_string() { Ok((request, expires)) } else { Err(Rejected::AnotherInterface) }
}

enum Rejected {
    BadDeadline,
    BadAnswerTo,
    AnotherInterface,
    Unreadable(DecodeError),
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadDeadline => f.write_str("The header Deadline must be milliseconds since the epoch."),
            Self::BadAnswerTo => f.write_str("The header Answer-To must be one subject outside of vpc. and $."),
            Self::AnotherInterface => f.write_str("The subject of an attach command must end with the interface that is to be attached."),
            Self::Unreadable(why) => why.fmt(f),
        }
    }
}

/// Callers name where they listen. Our own subjects and the server's are not theirs to write to.
fn is_reply_subject(subject: &str) -> bool {
    let tokens_are_good =
        subject.split('.').all(|token| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'*' && byte != b'>'));
    tokens_are_good && subject.len() <= 255 && !subject.starts_with("vpc.") && subject != "vpc" && !subject.starts_with('$')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_go_to_callers_and_never_into_the_system() {
        for good in ["_INBOX.abc.1", "orders.answers"] {
            assert!(is_reply_subject(good), "{good}");
        }
        for bad in ["", "vpc", "vpc.command.attach.eni-1", "$JS.API.STREAM.DELETE.COMMANDS", "a..b", "a.*", "a.>", "a b"] {
            assert!(!is_reply_subject(bad), "{bad}");
        }
    }
}
