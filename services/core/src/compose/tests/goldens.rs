//! The seed's documented examples, byte for byte.

use super::*;

#[test]
fn the_seeds_example_is_composed_byte_for_byte() {
    let golden = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/broadcast/golden/seed.xml"));
    let (world, mut composer, mut bytes) = (seed(), Composer::new(Scope::Region, settings()), Vec::new());
    let composition = composer.compose(&world);
    composition.write(None, &mut bytes);
    assert_eq!(String::from_utf8(bytes).unwrap(), golden.trim_end());
    assert_eq!((composition.invalid_routes.as_slice(), composition.omitted.as_slice()), ([].as_slice(), [].as_slice()));
}

/// The seed's NAT gateway with its network, beside the seed's instance with a public address: what `golden/nat-gateway.xml` says.
fn nat_gateway_world() -> World {
    let mut world = seed();
    let owner = of("000476990416");
    let primary = seed_interface();
    let ids = (of("eipalloc-00000001"), of("eipassoc-00000001"));
    let public = multihome_types::ElasticAddress { address: of("10.116.132.21"), ..crate::automatic::given(&primary, ids, primary.created) };
    world.put_interface(&Interface { public: vec![public], ..primary });
    world.put_vpc(Vpc { account: owner, cidr: of("10.10.0.0/16"), dhcp_options: Some(of("dopt-f6703e05")), ..vpc("vpc-7377904f") });
    let inside = subnet("subnet-3e787e00", "vpc-7377904f");
    world.put_subnet(multihome_types::Subnet { account: owner, cidr: of("10.10.10.0/24"), ..inside });
    let ping =
        NetworkAclEntry { protocol: 1, action: AclAction::Deny, icmp: Some(IcmpTypeCode { kind: 8, code: -1 }), ..entry(false, 90, "0.0.0.0/0") };
    let web = NetworkAclEntry { protocol: 6, ports: Some(PortRange { from: 80, to: 443 }), ..entry(false, 95, "0.0.0.0/0") };
    let every = |egress| {
        let last = NetworkAclEntry { action: AclAction::Deny, ..entry(egress, 32_767, "0.0.0.0/0") };
        [last, entry(egress, 100, "0.0.0.0/0")]
    };
    let entries = every(false).into_iter().chain([web, ping]).chain(every(true)).collect();
    let acl = network_acl("acl-1a2b3c4d", "vpc-7377904f", "subnet-3e787e00", entries);
    world.put_network_acl(multihome_types::NetworkAcl { account: owner, ..acl });
    let local = route("10.10.0.0/16", "local");
    let through = vec![local.clone(), route("1.1.1.1/32", "nat-99528bb072b83cf9f")];
    let main = route_table("rtb-0d6760e5", "vpc-7377904f", vec![]);
    world.put_route_table(RouteTable { account: owner, routes: through, ..main });
    let other = route_table("rtb-380d260d", "vpc-7377904f", vec![]);
    world.put_route_table(RouteTable { account: owner, main: None, routes: vec![local], ..other });
    world.put_nat_gateway(nat_gateway(NatGatewayState::Available, 1));
    world.put_internet_gateway(multihome_types::InternetGateway { account: owner, ..internet_gateway("igw-993ae7e7", Some("vpc-7377904f")) });
    let options: [(DhcpOption, &[&str]); 2] =
        [(DhcpOption::DomainName, &["eucalyptus.internal"]), (DhcpOption::DomainNameServers, &["10.111.1.1", "10.111.1.2"])];
    world.put_dhcp_options(multihome_types::DhcpOptions { account: owner, ..dhcp_options("dopt-f6703e05", &options) });
    world
}

#[test]
fn the_seeds_nat_gateway_is_composed_byte_for_byte() {
    let golden = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/broadcast/golden/nat-gateway.xml"));
    let gateway =
        broadcast::MidoGateway::Host { gateway_host: "gateway.example".into(), gateway_ip: of("10.116.133.77"), gateway_interface: "em1.116".into() };
    let mido = Mido {
        gateways: vec![gateway],
        eucanetd_host: Some("controller.example".into()),
        bgp_asn: None,
        public_network_cidr: Some(of("10.116.0.0/17")),
        public_gateway_ip: Some(of("10.116.133.67")),
    };
    let public_addresses = vec![of("10.116.132.1"), of("10.116.132.10-10.116.132.200")];
    let (world, mut bytes) = (nat_gateway_world(), Vec::new());
    let mut composer = Composer::new(Scope::Region, Settings { public_addresses, mido: Some(mido), ..settings() });
    let composition = composer.compose(&world);
    composition.write(None, &mut bytes);
    assert_eq!(String::from_utf8(bytes).unwrap(), golden.trim_end());
    assert_eq!((composition.invalid_routes.as_slice(), composition.omitted.as_slice()), ([].as_slice(), [].as_slice()));
}
