use std::{fmt::Write, time::Instant};

use hmac::{Hmac, Mac};
use multihome_runtime::Tasks;
use sha2::{Digest, Sha256};
use time::{OffsetDateTime, macros::format_description};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    sync::oneshot,
};

use super::*;
use crate::{
    accounts::{self, Keyring, MasterKey},
    testing::{self, ACCESS, SECRET},
};

/// A served api, until it is stopped.
struct Served {
    address: SocketAddr,
    stop: Stop,
    ended: tokio::task::JoinHandle<Result<(), Failure>>,
    _store: crate::test_store::TestStore,
}

async fn serve() -> Served {
    serve_with(testing::api().await, None).await
}

async fn serve_with(testing::TestApi { api, store }: testing::TestApi, keyring: Option<Keyring>) -> Served {
    let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let (address, stop) = (listener.local_addr().unwrap(), Stop::new());
    let ended = tokio::spawn(run(listener, Arc::new(Door::new(api, keyring)), stop.clone()));
    Served { address, stop, ended, _store: store }
}

struct Connection(BufReader<TcpStream>);

#[derive(Debug)]
struct Reply {
    status: u16,
    head: String,
    body: String,
}

impl Connection {
    async fn open(served: &Served) -> Self {
        Self(BufReader::new(TcpStream::connect(served.address).await.unwrap()))
    }

    async fn send(&mut self, request: &str) {
        self.0.write_all(request.as_bytes()).await.unwrap();
    }

    async fn reply(&mut self) -> Reply {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(self.0.read_line(&mut head).await.unwrap(), 0, "closed after: {head}");
        }
        let head = head.to_lowercase();
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()).map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await.unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Reply { status, head, body: String::from_utf8(body).unwrap() }
    }

    async fn ask(&mut self, request: &str) -> Reply {
        self.send(request).await;
        self.reply().await
    }
}

/// What a request is signed with.
#[derive(Clone, Copy)]
struct Signer<'s> {
    access: &'s str,
    secret: &'s str,
    region: &'s str,
    service: &'s str,
}

const SIGNER: Signer<'static> = Signer { access: ACCESS, secret: SECRET, region: "us-east-1", service: "ec2" };

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl Signer<'_> {
    /// The text of an HTTP request; `parameters` are sorted and need no encoding.
    fn sign(self, method: &str, parameters: &str) -> String {
        let moment = OffsetDateTime::now_utc().format(format_description!("[year][month][day]T[hour][minute][second]Z")).unwrap();
        let scope = format!("{}/{}/{}/aws4_request", &moment[..8], self.region, self.service);
        let (query, body) = if method == "GET" { (parameters, "") } else { ("", parameters) };
        let headers = format!("host:localhost\nx-amz-date:{moment}\n");
        let canonical = format!("{method}\n/\n{query}\n{headers}\nhost;x-amz-date\n{}", hex(Sha256::digest(body)));
        let text = format!("AWS4-HMAC-SHA256\n{moment}\n{scope}\n{}", hex(Sha256::digest(canonical)));
        let key = scope.split('/').fold(format!("AWS4{}", self.secret).into_bytes(), |key, part| hmac(&key, part));
        let signature = hex(hmac(&key, &text));
        format!(
            "{method} /{}{query} HTTP/1.1\r\nHost: localhost\r\nX-Amz-Date: {moment}\r\nContent-Length: {}\r\nAuthorization: AWS4-HMAC-SHA256 \
             Credential={}/{scope}, SignedHeaders=host;x-amz-date, Signature={signature}\r\n\r\n{body}",
            if query.is_empty() { "" } else { "?" },
            body.len(),
            self.access
        )
    }
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn post(parameters: &str) -> String {
    SIGNER.sign("POST", parameters)
}

#[tokio::test]
async fn a_connection_carries_one_request_after_the_other() {
    let served = serve().await;
    let mut connection = Connection::open(&served).await;
    let made = connection.ask(&post("Action=CreateVpc&CidrBlock=10.0.0.0%2F16&Version=2016-11-15")).await;
    assert_eq!(made.status, 200, "{made:?}");
    assert!(made.body.contains("<CreateVpcResponse xmlns=") && made.body.contains("<cidrBlock>10.0.0.0/16</cidrBlock>"), "{made:?}");
    let shown = connection.ask(&SIGNER.sign("GET", "Action=DescribeVpcs&Version=2016-11-15")).await;
    assert!(shown.status == 200 && shown.body.contains("<ownerId>000000000001</ownerId>"), "{shown:?}");
    let id = shown.head.split("x-amzn-requestid: ").nth(1).and_then(|rest| rest.lines().next()).unwrap();
    assert!(shown.body.contains(&format!("<requestId>{id}</requestId>")) && id.len() == 36, "{shown:?}");
}

#[tokio::test]
async fn requests_are_refused_in_ec2s_order() {
    let served = serve().await;
    let mut connection = Connection::open(&served).await;
    let stranger = Signer { access: "AKIAOTHER", ..SIGNER };
    let forger = Signer { secret: "guess", ..SIGNER };
    let elsewhere = Signer { region: "mars-1", ..SIGNER };
    for (request, status, code) in [
        ("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n".to_owned(), 403, "MissingAuthenticationToken"),
        (stranger.sign("POST", "Action=Nonsense"), 401, "AuthFailure"),
        (forger.sign("POST", "Action=Nonsense"), 403, "SignatureDoesNotMatch"),
        (elsewhere.sign("POST", "Action=Nonsense"), 403, "SignatureDoesNotMatch"),
        (post(""), 400, "MissingAction"),
        (post("Action=Nonsense&Version=1"), 400, "InvalidAction"),
        (post("Action=CreateVpc&Version=2017-01-01"), 400, "NoSuchVersion"),
        (post("Action=CreateVpc&Version=2016-11-15"), 400, "MissingParameter"),
        (post("Action=CreateVpc&CidrBlock=x&Colour=red&Version=2016-11-15"), 400, "UnknownParameter"),
        (post("Action=CreateVpc&CidrBlock=10.0.0.0%2F16&DryRun=true&Version=2016-11-15"), 412, "DryRunOperation"),
        (post("Action=CreateVpc&CidrBlock=10.0.0.0%2F8&Version=2014-06-15"), 400, "InvalidVpc.Range"),
        (post("Action=ModifyInstanceTypeAttribute&DryRun=true&Name=m1.small&Version=2016-11-15"), 403, "UnauthorizedOperation"),
    ] {
        let reply = connection.ask(&request).await;
        assert_eq!(reply.status, status, "{code}: {reply:?}");
        assert!(reply.body.contains(&format!("<Code>{code}</Code>")), "{code}: {reply:?}");
    }
}

#[tokio::test]
async fn a_request_that_is_signed_for_sts_is_answered_as_sts_does() {
    const WHO: &str = "Action=GetCallerIdentity&Version=2011-06-15";
    let served = serve().await;
    let mut connection = Connection::open(&served).await;
    let sts = Signer { service: "sts", ..SIGNER };
    for request in [sts.sign("POST", WHO), sts.sign("GET", WHO)] {
        let reply = connection.ask(&request).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        assert!(reply.body.contains("<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"), "{reply:?}");
        assert!(
            reply.body.contains("<Arn>arn:aws:iam::000000000001:root</Arn>") && reply.body.contains("<Account>000000000001</Account>"),
            "{reply:?}"
        );
    }
    for (request, status, code) in [
        (Signer { access: "AKIAOTHER", ..sts }.sign("POST", WHO), 403, "InvalidClientTokenId"),
        (Signer { secret: "guess", ..sts }.sign("POST", WHO), 403, "SignatureDoesNotMatch"),
        (Signer { region: "mars-1", ..sts }.sign("POST", WHO), 403, "SignatureDoesNotMatch"),
        (sts.sign("POST", "Action=GetSessionToken&Version=2011-06-15"), 400, "InvalidAction"),
        (sts.sign("POST", "Action=DescribeVpcs&Version=2016-11-15"), 400, "InvalidAction"),
    ] {
        let reply = connection.ask(&request).await;
        assert!(reply.status == status && reply.body.contains("<ErrorResponse xmlns=\"https://sts.amazonaws.com/"), "{code}: {reply:?}");
        assert!(reply.body.contains(&format!("<Code>{code}</Code>")), "{code}: {reply:?}");
    }
    // The other way round: EC2 does not know STS's actions.
    let reply = connection.ask(&post(WHO)).await;
    assert!(reply.body.contains("<Response><Errors><Error><Code>InvalidAction</Code>"), "{reply:?}");
}

#[tokio::test]
async fn a_key_in_the_database_acts_for_its_account_until_it_is_taken_back() {
    let api = testing::api().await;
    let store = api.api.store.clone();
    let master = MasterKey::parse(&"a1".repeat(32)).unwrap();
    let account = accounts::create(&store, None, "").await.unwrap();
    let key = accounts::create_key(&store, &master, account).await.unwrap();
    let keyring = Keyring::open(master, &store).await.unwrap();
    let served = serve_with(api, Some(keyring)).await;
    let mut connection = Connection::open(&served).await;
    let signer = Signer { access: &key.id, secret: &key.secret, ..SIGNER };
    let made = connection.ask(&signer.sign("POST", "Action=CreateVpc&CidrBlock=10.0.0.0%2F16&Version=2016-11-15")).await;
    assert!(made.status == 200 && made.body.contains(&format!("<ownerId>{account}</ownerId>")), "{made:?}");
    let forged = connection.ask(&Signer { secret: "guess", ..signer }.sign("POST", "Action=DescribeVpcs&Version=2016-11-15")).await;
    assert!(forged.status == 403 && forged.body.contains("<Code>SignatureDoesNotMatch</Code>"), "{forged:?}");
    // The keys of the configuration stay, and their accounts see nothing of this one.
    let others = connection.ask(&post("Action=DescribeVpcs&Version=2016-11-15")).await;
    assert!(others.status == 200 && !others.body.contains(&account.to_string()), "{others:?}");
    assert!(accounts::list_keys(&store, Some(account)).await.unwrap()[0].last_used.is_some());

    accounts::delete_key(&store, &key.id).await.unwrap();
    let begun = Instant::now();
    let refused = loop {
        let reply = connection.ask(&signer.sign("POST", "Action=DescribeVpcs&Version=2016-11-15")).await;
        if reply.status != 200 {
            break reply;
        }
        assert!(begun.elapsed() < Duration::from_secs(1), "still accepted");
        // Or the throttle refuses first.
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert!(refused.status == 401 && refused.body.contains("<Code>AuthFailure</Code>"), "{refused:?}");
}

#[tokio::test]
async fn bad_input_of_any_shape_is_a_clear_refusal() {
    let served = serve().await;
    let mut connection = Connection::open(&served).await;
    let many: String = (1..=5_000).map(|number| format!("&VpcId.{number}=vpc-00000001")).collect();
    for (parameters, code) in [
        ("&VpcId.1=%ff".to_owned(), "MalformedQueryString"),
        ("&VpcId.1=vpc-%00".to_owned(), "InvalidParameterValue"),
        ("&VpcId.1=a&VpcId.1=b".to_owned(), "InvalidParameterValue"),
        ("&VpcId.1=a&%56pcId%2e1=b".to_owned(), "InvalidParameterValue"),
        ("&VpcId.0=a".to_owned(), "InvalidQueryParameter"),
        ("&VpcId.01=a".to_owned(), "InvalidQueryParameter"),
        ("&VpcId.99999999999999999999=a".to_owned(), "InvalidQueryParameter"),
        ("&VpcId=a".to_owned(), "UnknownParameter"),
        ("&MaxResults=99999999999999999999".to_owned(), "InvalidParameterValue"),
        ("&MaxResults=-1".to_owned(), "InvalidParameterValue"),
        ("&DryRun=perhaps".to_owned(), "InvalidParameterValue"),
        (many, "InvalidQueryParameter"),
        (format!("&{}=x", "A.".repeat(50_000)), "InvalidQueryParameter"),
        (format!("&Colour={}", "x".repeat(900_000)), "UnknownParameter"),
        // A gap is no item, and an unknown id is only unknown.
        ("&VpcId.7=vpc-0badcafe&VpcId.4096=vpc-0badcafe".to_owned(), "InvalidVpcID.NotFound"),
    ] {
        let reply = connection.ask(&post(&format!("Action=DescribeVpcs&Version=2016-11-15{parameters}"))).await;
        let shown: String = parameters.chars().take(60).collect();
        assert!(reply.status == 400 && reply.body.contains(&format!("<Code>{code}</Code>")), "{shown}: {reply:?}");
        assert!(reply.body.len() < 2_000, "{shown}: {} bytes", reply.body.len());
    }
}

#[tokio::test]
async fn too_many_requests_are_told_to_come_back() {
    let mut api = testing::api().await;
    api.settings().throttling = crate::Throttling::Times(0.02);
    let served = serve_with(api, None).await;
    let mut connection = Connection::open(&served).await;
    let ask = post("Action=DescribeVpcs&Version=2016-11-15");
    // Two at once and two in five seconds: far fewer than are asked here.
    let mut statuses = Vec::new();
    for _ in 0..20 {
        let reply = connection.ask(&ask).await;
        if reply.status == 503 {
            assert!(reply.body.contains("<Code>RequestLimitExceeded</Code><Message>Request limit exceeded.</Message>"), "{reply:?}");
        }
        statuses.push(reply.status);
    }
    assert_eq!(statuses[..2], [200, 200]);
    assert!(statuses.contains(&503), "{statuses:?}");
    // Another action has a bucket of its own, and who one is may be asked at any time.
    assert_eq!(connection.ask(&post("Action=DescribeSubnets&Version=2016-11-15")).await.status, 200);
    let who = Signer { service: "sts", ..SIGNER }.sign("POST", "Action=GetCallerIdentity&Version=2011-06-15");
    assert_eq!(connection.ask(&who).await.status, 200);
}

const NUMBER: Signer<'static> = Signer { access: "123456789012", secret: "test", ..SIGNER };

#[tokio::test]
async fn in_the_embedded_run_a_number_is_a_key_and_every_region_of_ec2_is_served() {
    let (api, _) = testing::embedded(true).await;
    let store = api.api.store.clone();
    let served = serve_with(api, None).await;
    let mut connection = Connection::open(&served).await;
    let far = Signer { region: "ap-southeast-2", ..NUMBER };
    assert!(accounts::list(&store).await.unwrap().is_empty());
    let made = connection.ask(&far.sign("POST", "Action=CreateVpc&CidrBlock=10.0.0.0%2F16&Version=2016-11-15")).await;
    assert!(made.status == 200 && made.body.contains("<ownerId>123456789012</ownerId>"), "{made:?}");
    assert_eq!(accounts::list(&store).await.unwrap()[0].id.to_string(), "123456789012", "the account came into being");
    // Of another account in the same region, and of the same account in another one, nothing is seen.
    for elsewhere in [Signer { access: "210987654321", ..far }, Signer { region: "us-east-1", ..NUMBER }] {
        let shown = connection.ask(&elsewhere.sign("POST", "Action=DescribeVpcs&Version=2016-11-15")).await;
        // They begin with a default VPC of their own.
        assert!(shown.status == 200 && !shown.body.contains("10.0.0.0/16"), "{shown:?}");
        assert_eq!(shown.body.matches("<isDefault>true</isDefault>").count(), 1, "{shown:?}");
    }
    for (signer, status) in [
        (Signer { secret: "guess", ..NUMBER }, 403),
        (Signer { access: "12345678901", ..NUMBER }, 401),
        (Signer { access: "1234567890ab", ..NUMBER }, 401),
        (Signer { region: "mars-1", ..NUMBER }, 403),
    ] {
        assert_eq!(connection.ask(&signer.sign("POST", "Action=DescribeVpcs&Version=2016-11-15")).await.status, status);
    }
    // The configured keys go on working.
    assert_eq!(connection.ask(&post("Action=DescribeVpcs&Version=2016-11-15")).await.status, 200);
}

#[tokio::test]
async fn elsewhere_a_number_is_no_key_and_only_the_regions_of_the_clusters_are_served() {
    let (named, _) = testing::embedded(false).await;
    for (api, status) in [(testing::api().await, 403), (named, 200)] {
        let served = serve_with(api, None).await;
        let mut connection = Connection::open(&served).await;
        let number = connection.ask(&NUMBER.sign("POST", "Action=DescribeVpcs&Version=2016-11-15")).await;
        assert!(number.status == 401 && number.body.contains("<Code>AuthFailure</Code>"), "{number:?}");
        let far = connection.ask(&Signer { region: "eu-west-1", ..SIGNER }.sign("POST", "Action=DescribeVpcs&Version=2016-11-15")).await;
        assert_eq!(far.status, status, "{far:?}");
    }
}

#[tokio::test]
async fn what_http_refuses_is_an_ec2_document_too() {
    let served = serve().await;
    for (request, status, code) in [
        ("GET /latest HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(), 404, "InvalidURI"),
        ("DELETE / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(), 405, "MethodNotAllowed"),
        (
            format!("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {0}\r\n\r\n{1}", LARGEST_BODY + 1, "x".repeat(LARGEST_BODY + 1)),
            413,
            "RequestEntityTooLarge",
        ),
    ] {
        let reply = Connection::open(&served).await.ask(&request).await;
        assert!(reply.status == status && reply.body.contains(&format!("<Code>{code}</Code>")), "{code}: {reply:?}");
        assert!(reply.head.contains("x-amzn-requestid: "), "{reply:?}");
    }
}

#[tokio::test]
async fn a_request_that_has_begun_is_finished_when_told_to_stop() {
    let served = serve().await;
    let mut idle = Connection::open(&served).await;
    idle.ask(&post("Action=DescribeVpcs&Version=2016-11-15")).await;
    let mut busy = Connection::open(&served).await;
    let request = post("Action=DescribeSubnets&Version=2016-11-15");
    let (begin, end) = request.split_at(request.len() - 10);
    busy.send(begin).await;
    // Once this is answered, the server has taken the connections that were opened before it.
    Connection::open(&served).await.ask(&post("Action=DescribeVpcs&Version=2016-11-15")).await;
    served.stop.cancel();
    let mut rest = Vec::new();
    idle.0.read_to_end(&mut rest).await.unwrap();
    assert!(rest.is_empty(), "an idle connection is closed");
    busy.send(end).await;
    assert_eq!(busy.reply().await.status, 200);
    served.ended.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_taken_port_is_one_clear_sentence() {
    let served = serve().await;
    let why = bind(served.address).await.unwrap_err().to_string();
    assert!(why.starts_with(&format!("cannot listen on {} for EC2 requests: ", served.address)), "{why}");
}

#[tokio::test]
async fn it_starts_and_stops_with_its_process() {
    let testing::TestApi { api, store } = testing::api().await;
    let mut tasks = Tasks::new();
    let args = testing::args(&["--listen", "127.0.0.1:0"]);
    let address = crate::start(&mut tasks, api.bus, api.store, args).await.unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(tasks.run(async { drop(stopped.await) }));
    let mut connection = Connection(BufReader::new(TcpStream::connect(address).await.unwrap()));
    assert_eq!(connection.ask(&post("Action=DescribeAvailabilityZones&Version=2016-11-15")).await.status, 200);
    stop.send(()).unwrap();
    running.await.unwrap().unwrap();
    drop(store);
}
