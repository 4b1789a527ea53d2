//! An answer of "no" as EC2 gives it: a code, a sentence, an HTTP status.
//!
//! The code is text and not an enum of this crate: most codes belong to rules (`services/core`), which may not depend on the
//! protocol. Only those that the protocol itself gives have a constructor here.

use std::borrow::Cow;

use multihome_types::Refusal;

use crate::xml;

/// How much of a caller's own text an error repeats, in characters: enough to recognise it, too little to be a megabyte.
const ECHO_LIMIT: usize = 128;

/// A refusal or failure on its way to the caller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Ec2Error {
    /// The code that clients branch on, such as `InvalidParameterValue`.
    pub code: Cow<'static, str>,
    /// The sentence people read. A few clients match on parts of it.
    pub message: String,
    status: u16,
}

impl Ec2Error {
    pub fn new(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        let code = code.into();
        Self { status: status_of(&code), code, message: message.into() }
    }

    /// `InvalidAction`, with the message that Terraform accepts for operations an endpoint does not have.
    pub fn invalid_action(action: &str) -> Self {
        Self::new("InvalidAction", format!("The action {} is not valid for this web service.", echo(action)))
    }

    /// `UnknownParameter`; `name` is the full dotted name.
    pub fn unknown_parameter(name: &str) -> Self {
        Self::new("UnknownParameter", format!("The parameter {} is not recognized", echo(name)))
    }

    /// `UnsupportedOperation`: EC2 has the parameter, and what it is for is not here; `name` is the full dotted name.
    pub fn unsupported_parameter(name: &str) -> Self {
        Self::new("UnsupportedOperation", format!("The parameter {} is not supported.", echo(name)))
    }

    /// `MissingParameter`; `name` is the full dotted name.
    pub fn missing_parameter(name: &str) -> Self {
        Self::new("MissingParameter", format!("The request must contain the parameter {}", echo(name)))
    }

    /// `InvalidParameterValue`; `why` is a whole sentence.
    pub fn invalid_parameter_value(name: &str, value: &str, why: &str) -> Self {
        Self::new("InvalidParameterValue", format!("Value ({}) for parameter {} is invalid. {why}", echo(value), echo(name)))
    }

    /// `DryRunOperation`: the request was well-formed and permitted, and nothing was done.
    pub fn dry_run() -> Self {
        Self::new("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
    }

    /// `InternalError`: the fault is here; what it was is in the log, under the request id.
    pub fn internal() -> Self {
        Self::new("InternalError", "An internal error has occurred")
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The body of the answer.
    pub fn to_xml(&self, request_id: &str) -> String {
        let mut out = String::with_capacity(256 + self.message.len());
        out.push_str(xml::DECLARATION);
        out.push_str("<Response><Errors><Error>");
        xml::write_text_element(&mut out, "Code", &self.code);
        xml::write_text_element(&mut out, "Message", &self.message);
        out.push_str("</Error></Errors>");
        xml::write_text_element(&mut out, "RequestID", request_id);
        out.push_str("</Response>");
        out
    }
}

impl From<Refusal> for Ec2Error {
    /// Rules are asked about callers who are known: their `AuthFailure` is about a resource, and EC2 has another status for it than for
    /// credentials.
    fn from(Refusal { code, message }: Refusal) -> Self {
        let status = if code == AUTH_FAILURE { 400 } else { status_of(&code) };
        Self { code, message, status }
    }
}

const AUTH_FAILURE: &str = "AuthFailure";

/// What follows from the code alone. Source: "Error codes for the Amazon EC2 API".
fn status_of(code: &str) -> u16 {
    match code {
        AUTH_FAILURE => 401,
        "AccessDenied"
        | "ExpiredToken"
        | "InvalidClientTokenId"
        | "MissingAuthenticationToken"
        | "OptInRequired"
        | "SignatureDoesNotMatch"
        | "UnauthorizedOperation" => 403,
        "DryRunOperation" => 412,
        "InternalError" | "InternalFailure" | "InsufficientInstanceCapacity" => 500,
        "RequestLimitExceeded" | "ServiceUnavailable" | "Unavailable" => 503,
        _ => 400,
    }
}

fn echo(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(ECHO_LIMIT) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_the_document_clients_parse() {
        let error = Ec2Error::invalid_parameter_value("Description", "<&>", "It is too long.");
        assert_eq!(
            error.to_xml("1f2e"),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>InvalidParameterValue</Code><Message>Value \
             (&lt;&amp;&gt;) for parameter Description is invalid. It is too long.</Message></Error></Errors>\
             <RequestID>1f2e</RequestID></Response>"
        );
    }

    #[test]
    fn the_status_follows_from_the_code() {
        for (code, status) in [
            ("InvalidParameterValue", 400),
            ("RequestExpired", 400),
            ("IncompleteSignature", 400),
            ("AuthFailure", 401),
            ("UnauthorizedOperation", 403),
            ("SignatureDoesNotMatch", 403),
            ("DryRunOperation", 412),
            ("InternalError", 500),
            ("RequestLimitExceeded", 503),
            ("Unavailable", 503),
        ] {
            assert_eq!(Ec2Error::new(code, "").status(), status, "{code}");
        }
    }

    #[test]
    fn a_refusal_about_a_resource_is_no_failure_to_sign_in() {
        let status = |code| Ec2Error::from(Refusal::new(code, "")).status();
        assert_eq!((status("AuthFailure"), status("UnauthorizedOperation"), status("DependencyViolation")), (400, 403, 400));
    }

    #[test]
    fn a_huge_value_is_not_repeated_in_full() {
        let error = Ec2Error::unknown_parameter(&"é".repeat(100_000));
        assert!(error.message.len() < 400, "{} bytes", error.message.len());
    }
}
