//! STS, as far as EC2's clients need it: who am I. They ask it before anything else, on the same endpoint where one was named.
//!
//! It is the same Query protocol in another dress: an older version, a namespace of its own, a reply inside a result, and errors in another
//! envelope (API version 2011-06-15). Deliberately absent: every action that gives out credentials.

use serde::{Deserialize, Serialize};

use crate::{Ec2Error, EncodeError, Parameters, xml};

/// The service in the scope of a signature that is meant for STS.
pub const SERVICE: &str = "sts";
/// The only version there ever was.
pub const VERSION: &str = "2011-06-15";
const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
const GET_CALLER_IDENTITY: &str = "GetCallerIdentity";

/// A decoded request of any action of STS that there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StsOperation {
    GetCallerIdentity,
}

/// It has no parameters, not even `DryRun`.
#[derive(Deserialize)]
struct GetCallerIdentity {}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CallerIdentity {
    pub arn: String,
    pub user_id: String,
    pub account: String,
}

impl StsOperation {
    /// Finds the action and decodes its request.
    ///
    /// # Errors
    /// `InvalidAction`, also for another version; or what [`Parameters::decode`] refuses.
    pub fn decode(parameters: &Parameters<'_>) -> Result<Self, Ec2Error> {
        match (parameters.action(), parameters.version()) {
            (GET_CALLER_IDENTITY, VERSION) => parameters.decode().map(|GetCallerIdentity {}| Self::GetCallerIdentity),
            (action, version) => {
                let [action, version] = [action, version].map(|text| text.chars().take(64).collect::<String>());
                Err(Ec2Error::new("InvalidAction", format!("Could not find operation {action} for version {version}")))
            }
        }
    }
}

/// The body of a successful answer to `GetCallerIdentity`.
///
/// # Errors
/// None that a value causes.
pub fn encode_caller_identity(identity: &CallerIdentity, request_id: &str) -> Result<String, EncodeError> {
    xml::encode_result(NAMESPACE, GET_CALLER_IDENTITY, request_id, identity)
}

impl Ec2Error {
    /// The error as STS says it. An unknown key has another code there.
    #[must_use]
    pub fn in_sts(self) -> Self {
        match &*self.code {
            "AuthFailure" => Self::new("InvalidClientTokenId", "The security token included in the request is invalid."),
            "UnknownParameter" => Self::new("ValidationError", self.message),
            _ => self,
        }
    }

    /// The body of the answer, in STS's envelope.
    pub fn to_sts_xml(&self, request_id: &str) -> String {
        let mut out = String::with_capacity(256 + self.message.len());
        out.push_str(xml::DECLARATION);
        out.push_str("<ErrorResponse xmlns=\"");
        out.push_str(NAMESPACE);
        out.push_str("\"><Error>");
        xml::write_text_element(&mut out, "Type", if self.status() < 500 { "Sender" } else { "Receiver" });
        xml::write_text_element(&mut out, "Code", &self.code);
        xml::write_text_element(&mut out, "Message", &self.message);
        out.push_str("</Error>");
        xml::write_text_element(&mut out, "RequestId", request_id);
        out.push_str("</ErrorResponse>");
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(query: &str) -> Result<StsOperation, Ec2Error> {
        StsOperation::decode(&Parameters::parse(query, b"")?)
    }

    #[test]
    fn only_the_callers_identity_can_be_asked_for() {
        assert_eq!(decode("Action=GetCallerIdentity&Version=2011-06-15"), Ok(StsOperation::GetCallerIdentity));
        for (query, code, words) in [
            ("Action=AssumeRole&Version=2011-06-15", "InvalidAction", "Could not find operation AssumeRole for version 2011-06-15"),
            ("Action=DescribeVpcs&Version=2011-06-15", "InvalidAction", "DescribeVpcs"),
            ("Action=GetCallerIdentity&Version=2016-11-15", "InvalidAction", "2016-11-15"),
            ("Action=GetCallerIdentity&Version=2011-06-15&DryRun=true", "UnknownParameter", "DryRun"),
            ("Action=GetCallerIdentity", "MissingParameter", "Version"),
        ] {
            let error = decode(query).unwrap_err();
            assert!(error.code == code && error.message.contains(words), "{query}: {error}");
        }
    }

    #[test]
    fn the_reply_is_inside_a_result_in_the_namespace_of_sts() {
        let identity = CallerIdentity { arn: "arn:aws:iam::000000000001:root".to_owned(), user_id: "1".to_owned(), account: "2".to_owned() };
        assert_eq!(
            encode_caller_identity(&identity, "r").unwrap(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
             <GetCallerIdentityResult><Arn>arn:aws:iam::000000000001:root</Arn><UserId>1</UserId><Account>2</Account></GetCallerIdentityResult>\
             <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
        );
    }

    #[test]
    fn an_error_has_the_envelope_and_the_codes_of_sts() {
        let error = Ec2Error::new("AuthFailure", "").in_sts();
        assert_eq!((error.status(), &*error.code), (403, "InvalidClientTokenId"));
        assert_eq!(
            Ec2Error::internal().in_sts().to_sts_xml("r"),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Receiver\
             </Type><Code>InternalError</Code><Message>An internal error has occurred</Message></Error><RequestId>r</RequestId></ErrorResponse>"
        );
    }
}
