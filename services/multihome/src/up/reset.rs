//! Resetting an embedded run: `POST /reset` on its operator port, with a token that lies in the state folder, and the command that sends
//! it. No other run has either.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    routing::post,
};
use clap::Args;
use multihome_api::Embedded;
use multihome_runtime::Store;
use multihome_types::AccountId;
use subtle::ConstantTimeEq;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::state;
use crate::healthcheck::reachable;

#[derive(Clone, Debug, Args)]
#[command(after_help = "Networks, instances and whatever else belongs to accounts is deleted at once; accounts, access keys, clusters, instance \
                        types and the change log stay.\nAlso by HTTP: POST /reset or /reset?account=NUMBER on the address in operator-address of \
                        the state folder, with 'Authorization: Bearer' and what is in operator-token there.")]
pub struct ResetArgs {
    /// Only what this account has
    #[arg(long)]
    account: Option<AccountId>,
    /// The state folder of the running 'multihome up'
    #[arg(long, env = "MULTIHOME_STATE", default_value = ".state")]
    state: PathBuf,
}

/// More than the largest embedded world takes.
const PATIENCE: Duration = Duration::from_secs(120);

fn token_file(state: &Path) -> PathBuf {
    state.join("operator-token")
}

fn address_file(state: &Path) -> PathBuf {
    state.join("operator-address")
}

struct Door {
    store: Store,
    embedded: Arc<Embedded>,
    token: String,
}

/// What the operator port of an embedded run answers besides what every operator port does. Its address and token are left in the state
/// folder.
pub fn router(state: &state::State, address: SocketAddr, (store, embedded): (Store, Arc<Embedded>)) -> anyhow::Result<Router> {
    let token = fs::read_to_string(state.secret(token_file)?).context("cannot read the operator's token")?;
    let path = address_file(state.path());
    fs::write(&path, format!("{address}\n")).with_context(|| format!("cannot write {}", path.display()))?;
    let door = Door { store, embedded, token: token.trim().to_owned() };
    Ok(Router::new().route("/reset", post(reset)).with_state(Arc::new(door)))
}

async fn reset(State(door): State<Arc<Door>>, uri: Uri, headers: HeaderMap) -> (StatusCode, String) {
    if !is_authorized(&headers, &door.token) {
        return (StatusCode::UNAUTHORIZED, "The operator's token is missing or wrong.\n".to_owned());
    }
    let account = match account_of(uri.query().unwrap_or_default()) {
        Ok(account) => account,
        Err(why) => return (StatusCode::BAD_REQUEST, format!("{why}\n")),
    };
    match door.embedded.reset(&door.store, account).await {
        Ok(deleted) => (StatusCode::OK, format!("{deleted} deleted\n")),
        Err(why) => {
            tracing::error!(error = %why, "The reset failed");
            (StatusCode::INTERNAL_SERVER_ERROR, "The database failed; nothing was deleted.\n".to_owned())
        }
    }
}

/// Takes the same time for every wrong token of the right length.
fn is_authorized(headers: &HeaderMap, token: &str) -> bool {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| value.strip_prefix("Bearer "));
    !token.is_empty() && given.is_some_and(|given| given.as_bytes().ct_eq(token.as_bytes()).into())
}

/// Whatever is not understood is refused: it could have been meant to spare somebody.
fn account_of(query: &str) -> Result<Option<AccountId>, String> {
    match query.split_once('=') {
        None if query.is_empty() => Ok(None),
        Some(("account", account)) => account.parse().map(Some),
        _ => Err(format!("'{query}' is not account=NUMBER")),
    }
}

pub async fn run(args: ResetArgs) -> anyhow::Result<()> {
    let [address, token] = [address_file(&args.state), token_file(&args.state)].map(|path| {
        fs::read_to_string(&path).with_context(|| format!("cannot read {}: is that the state folder of a running 'multihome up'?", path.display()))
    });
    let address: SocketAddr = address?.trim().parse().context("the operator's address in the state folder is not one")?;
    let query = args.account.map(|account| format!("?account={account}")).unwrap_or_default();
    let request = format!(
        "POST /reset{query} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        token?.trim()
    );
    let answer = tokio::time::timeout(PATIENCE, ask(reachable(address), &request)).await??;
    let said = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body.trim_end());
    anyhow::ensure!(answer.starts_with("HTTP/1.1 200"), "the reset was refused: {said}");
    println!("{said}");
    Ok(())
}

async fn ask(address: SocketAddr, request: &str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(address).await.with_context(|| format!("no 'multihome up' answers at {address}"))?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_the_token_opens() {
        let with = |value: &'static str| HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(value))]);
        assert!(is_authorized(&with("Bearer hush"), "hush"));
        for (headers, token) in
            [(with("Bearer hus"), "hush"), (with("Bearer husH"), "hush"), (with("hush"), "hush"), (with("Bearer "), ""), (HeaderMap::new(), "hush")]
        {
            assert!(!is_authorized(&headers, token), "{headers:?}");
        }
    }

    #[test]
    fn what_is_not_understood_is_not_everything() {
        assert_eq!(account_of(""), Ok(None));
        assert_eq!(account_of("account=000000000001"), Ok(Some("000000000001".parse().unwrap())));
        for query in ["account=", "account=1", "account", "acount=000000000001", "account=000000000001&account=000000000002"] {
            assert!(account_of(query).is_err(), "{query}");
        }
    }
}
