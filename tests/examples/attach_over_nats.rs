//! How another service attaches an interface over NATS: postcard, as [`multihome_messages`] has it.
//!
//! ```sh
//! cargo run --package multihome-tests --example attach_over_nats -- eni-a2f151a8 i-1b5c4503 1
//! ```
//!
//! The answer comes after the commit. The interface is `attaching` then; that it is `attached` is said by the event
//! `vpc.event.interface-changed.<interface>`.

use std::error::Error;

use multihome_messages::{Answer, AttachReply, AttachRequest, Encoding, RequestName, Subject, decode, encode};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [interface, instance, index] = arguments.as_slice() else {
        return Err("usage: attach_over_nats <interface> <instance> <device index>".into());
    };
    let (interface, instance, device_index) = (interface.parse()?, instance.parse()?, index.parse()?);
    let request = AttachRequest { interface, instance, device_index, account: None, region: None, request_id: None };

    let server = std::env::var("MULTIHOME_NATS").unwrap_or_else(|_| "nats://127.0.0.1:4222".to_owned());
    let nats = async_nats::connect(server).await?;
    let subject = Subject::Request(RequestName::Attach).to_string();
    let answer = nats.request(subject, encode(&request, Encoding::Postcard).into()).await?;
    match decode::<Answer<AttachReply>>(&answer.payload, Encoding::Postcard)? {
        Answer::Done(reply) => println!("{} is {}", reply.attachment_id, reply.state),
        Answer::Refused(refusal) => return Err(format!("{}: {}", refusal.code, refusal.message).into()),
    }
    Ok(())
}
