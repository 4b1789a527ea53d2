//! Over real sockets: what guests see, and what hostile ones do not get.

use multihome_runtime::Tasks;
use multihome_types::{Instance, InstanceAttributes, MetadataOptions, MetadataTokens};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpSocket,
    task::JoinHandle,
};

use super::*;
use crate::{
    identity::{GUEST, SIGNATURE},
    samples::{self, of},
};

const SECRET: &[u8] = b"a secret of more than thirty-two characters";

struct Served {
    address: SocketAddr,
    stop: Stop,
    door: Arc<Door>,
    running: JoinHandle<Result<(), Failure>>,
}

/// Who asks without saying from where: one of the two addresses that `i-00000001` has on the loopback device.
const GUEST_ADDRESS: &str = "127.0.0.1";
const SAME_GUEST_ADDRESS: &str = "127.0.0.2";
/// That of `i-00000003`, in the same VPC.
const OTHER_GUEST_ADDRESS: &str = "127.0.0.3";
/// Nobody's.
const STRANGER_ADDRESSES: [&str; 2] = ["127.0.0.4", "127.0.0.5"];

/// A door on a loopback port.
async fn serve_as(source: identity::Door, arguments: &[&str]) -> Served {
    serve_at(source, door(arguments)).await
}

async fn serve_at(source: identity::Door, door: Arc<Door>) -> Served {
    let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = Tasks::new().stop();
    Served { address, running: tokio::spawn(run(listener, source, door.clone(), stop.clone())), stop, door }
}

fn door(arguments: &[&str]) -> Arc<Door> {
    Arc::new(plain_door(arguments))
}

fn plain_door(arguments: &[&str]) -> Door {
    let views = samples::views();
    let mut local = samples::interface("00000007", "00000001", GUEST_ADDRESS, Some(("i-00000001", 7)));
    local.assigned.addresses = vec![of(SAME_GUEST_ADDRESS)];
    let other = samples::interface("00000008", "00000001", OTHER_GUEST_ADDRESS, Some(("i-00000003", 0)));
    views.take(samples::instances(vec![samples::instance("i-00000003", "00000001")]));
    views.take(samples::interfaces(vec![local, other]));
    let args = arguments.iter().copied();
    let args = <crate::args::tests::Line as clap::Parser>::try_parse_from(["metadata"].into_iter().chain(args)).unwrap_or_else(|why| panic!("{why}"));
    Door::new(Arc::new(views), Secret::new(SECRET).unwrap(), &args.metadata)
}

impl Door {
    /// From now on `i-00000001` has these options.
    fn set(&self, metadata: MetadataOptions) {
        let attributes = InstanceAttributes { metadata, ..InstanceAttributes::default() };
        self.views.take(samples::instances(vec![Instance { attributes, ..samples::instance("i-00000001", "00000001") }]));
    }
}

impl Served {
    async fn connect(&self, from: &str) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(from.parse().unwrap(), 0)).unwrap();
        socket.connect(self.address).await.unwrap()
    }

    async fn say(&self, request: &str) -> String {
        self.say_from(GUEST_ADDRESS, request).await
    }

    async fn say_from(&self, from: &str, request: &str) -> String {
        let mut connection = self.connect(from).await;
        // It may answer and close before all of a hostile request is sent.
        drop(connection.write_all(request.as_bytes()).await);
        let mut answer = Vec::new();
        drop(tokio::time::timeout(Duration::from_secs(20), connection.read_to_end(&mut answer)).await.expect("an end"));
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Status and body.
    async fn ask(&self, method: &str, path: &str, headers: &str) -> (u16, String) {
        self.ask_from(GUEST_ADDRESS, method, path, headers).await
    }

    async fn ask_from(&self, from: &str, method: &str, path: &str, headers: &str) -> (u16, String) {
        let request = format!("{method} {path} HTTP/1.1\r\nHost: 169.254.169.254\r\nConnection: close\r\n{headers}\r\n");
        let answer = self.say_from(from, &request).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        (head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0), body.to_owned())
    }

    async fn get(&self, path: &str) -> (u16, String) {
        self.ask("GET", path, "").await
    }

    /// The status of an answer on a connection of its own; 0: it was let go.
    async fn status_from(&self, from: &str) -> u16 {
        self.ask_from(from, "GET", "/", "").await.0
    }

    /// As many open connections as that, whether or not the door lets them go.
    async fn open(&self, from: &str, count: usize) -> Vec<TcpStream> {
        let mut opened = Vec::with_capacity(count);
        for _ in 0..count {
            opened.push(self.connect(from).await);
        }
        opened
    }

    async fn end(self) {
        self.stop.cancel();
        self.running.await.unwrap().unwrap();
    }
}

async fn in_vpc() -> Served {
    in_vpc_with(&[]).await
}

async fn in_vpc_with(flags: &[&str]) -> Served {
    serve_as(identity::Door::Vpc(of("vpc-00000001")), flags).await
}

fn signed(guest: &str) -> String {
    let signature = Secret::new(SECRET).unwrap().sign_guest(guest);
    format!("{GUEST}: {guest}\r\n{SIGNATURE}: {signature}\r\n")
}

#[tokio::test]
async fn a_guest_is_who_its_address_says_whatever_headers_it_writes() {
    let served = in_vpc().await;
    assert_eq!(served.get("/latest/meta-data/instance-id").await, (200, "i-00000001".to_owned()));
    let other = signed("i-00000002");
    for headers in [&*other, "X-Forwarded-For: 10.0.1.5\r\n", "X-Multihome-Guest: i-00000002\r\n"] {
        assert_eq!(served.ask("GET", "/latest/meta-data/instance-id", headers).await, (200, "i-00000001".to_owned()), "{headers}");
    }
    served.end().await;
    let elsewhere = serve_as(identity::Door::Vpc(of("vpc-00000002")), &[]).await;
    assert_eq!(elsewhere.get("/latest/meta-data/instance-id").await.0, 404, "nobody has the address in that VPC");
    elsewhere.end().await;
}

#[tokio::test]
async fn a_front_is_believed_if_it_signed() {
    let served = serve_as(identity::Door::Front, &[]).await;
    let id = |headers: String| {
        let served = &served;
        async move { served.ask("GET", "/latest/meta-data/instance-id", &headers).await }
    };
    assert_eq!(id(signed("i-00000002")).await, (200, "i-00000002".to_owned()));
    assert_eq!(id(signed("vpc-00000002/10.0.1.5")).await, (200, "i-00000002".to_owned()));
    assert_eq!(id(signed("vpc-00000001/10.0.1.5")).await, (200, "i-00000001".to_owned()));
    assert_eq!(id(signed("vpc-00000001/10.0.1.6")).await.0, 404);
    assert_eq!(id(signed("nonsense")).await.0, 404);
    assert_eq!(id(String::new()).await.0, 403);
    assert_eq!(id(signed("i-00000001").replace("i-00000001", "i-00000002")).await.0, 403);
    assert_eq!(id(format!("{}{GUEST}: i-00000002\r\n", signed("i-00000001"))).await.0, 403, "two of them are nobody's");
    assert_eq!(id(format!("{GUEST}: i-00000001\r\n{SIGNATURE}: zz\r\n")).await.0, 403);
    served.end().await;
}

#[tokio::test]
async fn versions_one_and_two_are_served() {
    let served = in_vpc().await;
    let (status, versions) = served.get("/").await;
    assert!(status == 200 && versions.lines().any(|line| line == "2009-04-04") && versions.ends_with("latest"), "{versions}");
    for path in ["/latest/user-data", "/2009-04-04/user-data", "/2021-03-23/user-data"] {
        assert_eq!(served.get(path).await, (200, "#!/bin/sh\n".to_owned()), "{path}");
    }
    let (status, token) = served.ask("PUT", "/latest/api/token", "X-aws-ec2-metadata-token-ttl-seconds: 60\r\n").await;
    assert_eq!(status, 200);
    let with = |token: &str| format!("X-aws-ec2-metadata-token: {token}\r\n");
    assert_eq!(served.ask("GET", "/latest/meta-data/instance-id", &with(&token)).await.0, 200);
    for bad in ["", "x", &token[1..]] {
        assert_eq!(served.ask("GET", "/latest/meta-data/instance-id", &with(bad)).await.0, 401, "{bad}");
    }
    for (headers, status) in [
        ("", 400),
        ("X-aws-ec2-metadata-token-ttl-seconds: 0\r\n", 400),
        ("X-aws-ec2-metadata-token-ttl-seconds: 21601\r\n", 400),
        ("X-aws-ec2-metadata-token-ttl-seconds: x\r\n", 400),
        ("X-aws-ec2-metadata-token-ttl-seconds: 60\r\nX-Forwarded-For: 10.0.0.1\r\n", 403),
    ] {
        assert_eq!(served.ask("PUT", "/latest/api/token", headers).await.0, status, "{headers}");
    }
    served.end().await;
}

#[tokio::test]
async fn what_is_not_there_is_not_there_however_it_is_spelt() {
    let served = in_vpc().await;
    for path in [
        "/latest/nothing",
        "/9999-99-99/meta-data/",
        "/latest/meta-data/../meta-data/instance-id",
        "/latest/meta-data/%2e%2e/instance-id",
        "/latest%2Fmeta-data/instance-id",
        "/latest/meta-data%2Finstance-id",
        "//latest/meta-data/instance-id",
        "/latest//meta-data/instance-id",
        "/latest/meta-data/instance-id/",
        "/etc/passwd",
    ] {
        assert_eq!(served.get(path).await.0, 404, "{path}");
    }
    assert_eq!(served.ask("POST", "/latest/meta-data/", "Content-Length: 0\r\n").await.0, 405);
    assert_eq!(served.ask("DELETE", "/latest/meta-data/", "").await.0, 405);
    served.end().await;
}

#[tokio::test]
async fn hostile_requests_cost_little_and_harm_nobody() {
    let served = in_vpc().await;
    let huge = format!("GET /latest/ HTTP/1.1\r\nHost: x\r\nX-Large: {}\r\n\r\n", "x".repeat(1 << 20));
    assert!(!served.say(&huge).await.contains(" 200 "));
    let many = format!("GET /latest/ HTTP/1.1\r\nHost: x\r\n{}\r\n", "a: b\r\n".repeat(1_000));
    assert!(!served.say(&many).await.contains(" 200 "));
    let body = "PUT /latest/api/token HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\nX-aws-ec2-metadata-token-ttl-seconds: 60\r\n\r\n";
    assert!(served.say(body).await.contains(" 413 "));
    assert!(!served.say("\u{0}\u{1}nonsense\r\n\r\n").await.contains(" 200 "));
    assert_eq!(served.get("/latest/meta-data/instance-id").await.0, 200);
    served.end().await;
}

/// How many of these connections are served.
async fn served_of(connections: &mut [TcpStream]) -> usize {
    let mut served = 0;
    for connection in connections {
        drop(connection.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await);
        served += usize::from(connection.read(&mut [0; 1024]).await.is_ok_and(|length| length > 0));
    }
    served
}

#[tokio::test]
async fn connections_of_one_guest_are_limited_whatever_its_address_and_come_back() {
    let served = in_vpc_with(&["--metadata-connections-per-guest", "4"]).await;
    let mut idle = served.open(GUEST_ADDRESS, 2).await;
    idle.extend(served.open(SAME_GUEST_ADDRESS, 2).await);
    assert_eq!(served_of(&mut idle).await, 4);
    assert_eq!(served.status_from(GUEST_ADDRESS).await, 0, "a fifth is let go");
    assert_eq!(served.status_from(SAME_GUEST_ADDRESS).await, 0, "and from the other address, too");
    assert_eq!(served.status_from(OTHER_GUEST_ADDRESS).await, 200);
    idle.clear();
    let back = async {
        while served.get("/").await.0 != 200 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), back).await.expect("places come back");
    served.end().await;
}

#[tokio::test]
async fn strangers_have_together_what_one_guest_has() {
    let served = in_vpc_with(&["--metadata-connections-per-guest", "4"]).await;
    let mut idle = Vec::new();
    for stranger in STRANGER_ADDRESSES {
        idle.extend(served.open(stranger, 3).await);
    }
    assert_eq!(served_of(&mut idle).await, 4);
    assert_eq!(served.status_from(GUEST_ADDRESS).await, 200);
    served.end().await;
}

#[tokio::test]
async fn a_thousand_connections_of_one_guest_leave_room_for_another() {
    let served = in_vpc_with(&["--metadata-connections", "1000"]).await;
    let mut held = Vec::new();
    for from in [GUEST_ADDRESS, SAME_GUEST_ADDRESS].repeat(500) {
        let mut opened = served.open(from, 1).await;
        // Those that the door let go are not kept here either: a process may have no more than 1,024 files.
        if served_of(&mut opened).await == 1 {
            held.extend(opened);
        }
    }
    assert_eq!(held.len(), 64);
    assert_eq!(served.status_from(OTHER_GUEST_ADDRESS).await, 200);
    assert_eq!(served_of(&mut held).await, 64, "those that it has remain");
    served.end().await;
}

#[tokio::test]
async fn a_guest_that_never_finishes_its_request_is_let_go_and_others_are_served_meanwhile() {
    let door = Arc::new(Door { patience: Duration::from_millis(300), ..plain_door(&[]) });
    let served = serve_at(identity::Door::Vpc(of("vpc-00000001")), door).await;
    let mut silent = served.connect(GUEST_ADDRESS).await;
    let mut slow = served.connect(GUEST_ADDRESS).await;
    slow.write_all(b"GET / HTTP/1.1\r\nHost: ").await.unwrap();
    // One letter after the other does not buy it more time.
    let let_go = async {
        let mut answers = 0;
        while slow.write_all(b"x").await.is_ok() {
            let begun = Instant::now();
            assert_eq!(served.status_from(OTHER_GUEST_ADDRESS).await, 200);
            answers += 1;
            let pause = Duration::from_millis(20).saturating_sub(begun.elapsed());
            if let Ok(read) = tokio::time::timeout(pause, slow.read(&mut [0; 1024])).await {
                assert!(read.is_err() || read.is_ok_and(|length| length == 0), "it asked for nothing yet");
                break;
            }
        }
        answers
    };
    let answers = tokio::time::timeout(Duration::from_secs(5), let_go).await.expect("the slow one is let go");
    assert!(answers > 1);
    let end = tokio::time::timeout(Duration::from_secs(5), silent.read(&mut [0; 1024])).await.expect("the silent one is let go");
    assert!(end.is_err() || end.is_ok_and(|length| length == 0));
    served.end().await;
}

#[tokio::test]
async fn a_guest_that_asks_too_much_is_told_to_wait_and_another_is_not() {
    let served = in_vpc_with(&["--metadata-rate", "3"]).await;
    let mut statuses = Vec::new();
    for from in [GUEST_ADDRESS, SAME_GUEST_ADDRESS].repeat(10) {
        statuses.push(served.status_from(from).await);
    }
    assert!(statuses.starts_with(&[200, 200, 200]) && statuses.contains(&503), "{statuses:?}");
    assert_eq!(served.status_from(OTHER_GUEST_ADDRESS).await, 200);
    served.end().await;
}

#[tokio::test]
async fn a_token_is_good_at_every_replica_and_after_a_restart() {
    let source = identity::Door::Vpc(of("vpc-00000001"));
    let (first, second) = (in_vpc().await, in_vpc().await);
    let (status, token) = first.ask("PUT", TOKEN_PATH, "X-aws-ec2-metadata-token-ttl-seconds: 60\r\n").await;
    assert_eq!(status, 200);
    let with = format!("X-aws-ec2-metadata-token: {token}\r\n");
    let path = "/latest/meta-data/instance-id";
    first.end().await;
    let again = in_vpc().await;
    let strange = Door { secret: Secret::new(&[7; 32]).unwrap(), ..plain_door(&[]) };
    let strange = serve_at(source, Arc::new(strange)).await;
    for (place, expected) in [(&second, 200), (&again, 200), (&strange, 401)] {
        place.door.set(MetadataOptions { tokens: MetadataTokens::Required, ..MetadataOptions::default() });
        assert_eq!(place.get(path).await.0, 401);
        assert_eq!(place.ask("GET", path, &with).await.0, expected);
        assert_eq!(place.ask_from(OTHER_GUEST_ADDRESS, "GET", path, &with).await.0, 401, "it is another guest's");
    }
    for served in [second, again, strange] {
        served.end().await;
    }
}

#[tokio::test]
async fn options_decide_who_is_answered_and_are_followed() {
    let served = in_vpc().await;
    let usual = MetadataOptions::default();
    let path = "/latest/meta-data/instance-id";
    assert_eq!(served.get(path).await.0, 200);
    served.door.set(MetadataOptions { tokens: MetadataTokens::Required, ..usual });
    assert_eq!(served.get(path).await.0, 401);
    for path in ["/", "/latest/", "/latest/user-data", "/latest/dynamic/instance-identity/document"] {
        assert_eq!(served.get(path).await.0, 401, "{path}");
    }
    let (status, token) = served.ask("PUT", TOKEN_PATH, "X-aws-ec2-metadata-token-ttl-seconds: 60\r\n").await;
    assert_eq!(status, 200);
    let with = format!("X-aws-ec2-metadata-token: {token}\r\n");
    assert_eq!(served.ask("GET", path, &with).await, (200, "i-00000001".to_owned()));
    served.door.set(MetadataOptions { endpoint: false, ..usual });
    assert_eq!((served.get(path).await.0, served.ask("GET", path, &with).await.0), (403, 403));
    assert_eq!(served.ask("PUT", TOKEN_PATH, "X-aws-ec2-metadata-token-ttl-seconds: 60\r\n").await.0, 403);
    served.door.set(usual);
    assert_eq!(served.get(path).await.0, 200);
    served.end().await;
}

#[test]
fn a_token_goes_as_many_hops_as_the_options_say_and_everything_else_any_way() {
    let door = door(&[]);
    let peer = "127.0.0.1:1".parse().unwrap();
    let mut headers = HeaderMap::new();
    headers.insert(TOKEN_TTL, HeaderValue::from(60));
    let vpc = identity::Door::Vpc(of("vpc-00000001"));
    let hops = |method: &Method, path: &str| answer(&door, vpc, peer, method, path, &headers, 0).hops;
    for limit in [1, 2, 64] {
        door.set(MetadataOptions { hop_limit: limit, ..MetadataOptions::default() });
        assert_eq!(hops(&Method::PUT, TOKEN_PATH), u32::try_from(limit).ok());
        assert_eq!(hops(&Method::GET, "/latest/meta-data/"), None);
    }
}

#[tokio::test]
async fn the_time_to_live_of_the_socket_is_that_of_its_last_answer() {
    let door = door(&[]);
    door.set(MetadataOptions { hop_limit: 3, ..MetadataOptions::default() });
    let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let mut guest = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (connection, peer) = listener.accept().await.unwrap();
    let socket = handle(&connection).unwrap();
    let tasks = Tasks::new();
    let serving = tokio::spawn(serve(connection, peer, identity::Door::Vpc(of("vpc-00000001")), door, tasks.stop()));
    let token = "PUT /latest/api/token HTTP/1.1\r\nHost: x\r\nX-aws-ec2-metadata-token-ttl-seconds: 60\r\n\r\n";
    for (request, expected) in [(token, 3), ("GET /latest/ HTTP/1.1\r\nHost: x\r\n\r\n", FAR), (token, 3)] {
        guest.write_all(request.as_bytes()).await.unwrap();
        assert!(guest.read(&mut [0; 4096]).await.unwrap() > 0);
        assert_eq!(socket.ttl().unwrap(), expected);
    }
    drop(guest);
    serving.await.unwrap();
}
