//! The durable door: attach and detach for callers who want it done even if nobody is there right now.
//!
//! The stream's own acknowledgement says only "queued". The answer goes to the subject in the header `Answer-To` and, where
//! the request has an id, to `vpc.event.command-answered.<request id>`; only then is the command done.

use std::{str::FromStr, time::Duration};

use multihome_messages::{Answer, AttachRequest, DecodeError, DetachRequest, Encoding, Message, RequestId, Subject, decode, encode, header};
use multihome_runtime::{
    now,
    work::{Delivery, Outcome},
};
use multihome_types::{Refusal, Timestamp};

use crate::{Attachment, requests::ID_HEADER};

impl Attachment {
    pub(crate) async fn command(&self, delivery: Delivery) -> Outcome {
        // A command without an id may still be delivered twice; its stamp keeps that from doing it twice.
        let named = delivery.header(ID_HEADER).and_then(|text| RequestId::from_str(text).ok());
        let id = named.clone().or_else(|| RequestId::from_str(&format!("command-{}", delivery.stamp)).ok());
        match &delivery.subject {
            Subject::CommandAttach(_) => match self.admitted::<AttachRequest>(&delivery) {
                Ok(request) => {
                    let named = request.request_id.clone().or(named);
                    let answer = self.attach(request, id).await;
                    self.answered(&delivery, named, &answer).await
                }
                Err(reason) => self.refused(&delivery, named, reason).await,
            },
            Subject::CommandDetach(_) => match self.admitted::<DetachRequest>(&delivery) {
                Ok(request) => {
                    let named = request.request_id.clone().or(named);
                    let answer = self.detach(request, id).await;
                    self.answered(&delivery, named, &answer).await
                }
                Err(reason) => self.refused(&delivery, named, reason).await,
            },
            other => Outcome::Reject(format!("{other} is no command")),
        }
    }

    /// The request, if it can be read and is not too late.
    fn admitted<Q: Message>(&self, delivery: &Delivery) -> Result<Q, Rejected> {
        if delivery.header(header::ANSWER_TO).is_some_and(|to| !is_reply_subject(to)) {
            return Err(Rejected::BadAnswerTo);
        }
        let request = decode::<Q>(&delivery.body, delivery.encoding).map_err(Rejected::Unreadable)?;
        match delivery.header(header::DEADLINE).map(str::parse::<i64>) {
            None => Ok(request),
            Some(Err(_)) => Err(Rejected::BadDeadline),
            Some(Ok(deadline)) if Timestamp(deadline) < now() => Err(Rejected::TooLate),
            Some(Ok(_)) => Ok(request),
        }
    }

    /// What can never be done is answered like a refusal; what nobody can read also goes to the dead letters.
    async fn refused(&self, delivery: &Delivery, named: Option<RequestId>, rejected: Rejected) -> Outcome {
        let refusal = match &rejected {
            Rejected::TooLate => Refusal::new("RequestExpired", "The command's deadline passed before it was taken."),
            Rejected::Unreadable(why) => Refusal::new("InvalidParameterValue", why.to_string()),
            Rejected::BadDeadline => Refusal::new("InvalidParameterValue", "The header Deadline must be milliseconds since the epoch."),
            Rejected::BadAnswerTo => Refusal::new("InvalidParameterValue", "The header Answer-To must be one subject outside of vpc. and $."),
        };
        let reason = refusal.to_string();
        let outcome = self.answered::<multihome_messages::AttachReply>(delivery, named, &Answer::Refused(refusal)).await;
        match (outcome, rejected) {
            (Outcome::Done, Rejected::Unreadable(_) | Rejected::BadDeadline | Rejected::BadAnswerTo) => Outcome::Reject(reason),
            (outcome, _) => outcome,
        }
    }

    async fn answered<T>(&self, delivery: &Delivery, named: Option<RequestId>, answer: &Answer<T>) -> Outcome
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
        if let Some(id) = named
            && let Err(why) = self.bus.publish_later(&Subject::CommandAnswered(id), body, &[(header::CONTENT_TYPE, kind)]).await
        {
            tracing::debug!(error = %why, "The answer to a command was not stored and will be sent again");
            return Outcome::Retry(Duration::from_millis(500));
        }
        Outcome::Done
    }
}

enum Rejected {
    TooLate,
    BadDeadline,
    BadAnswerTo,
    Unreadable(DecodeError),
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
