-- What VPCs and subnets consist of beside their first block: further blocks, attributes, network ACLs and DHCP options.
-- Rows that were there before get what they would have come with, under ids with the digits of their own.

-- A set without a key in it does not say anything about that key. Several values are separated by commas.
CREATE TABLE dhcp_options (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    is_default BOOLEAN NOT NULL,
    domain_name TEXT,
    domain_name_servers TEXT,
    ntp_servers TEXT,
    netbios_name_servers TEXT,
    netbios_node_type TEXT,
    created BIGINT NOT NULL,
    generation BIGINT NOT NULL
);
CREATE INDEX dhcp_options_of_account ON dhcp_options (account, region, id);
CREATE UNIQUE INDEX one_default_dhcp_options ON dhcp_options (account, region) WHERE is_default;

ALTER TABLE vpcs ADD COLUMN dns_support BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE vpcs ADD COLUMN network_address_usage_metrics BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE vpcs ADD COLUMN dhcp_options TEXT REFERENCES dhcp_options (id);
CREATE INDEX vpcs_of_dhcp_options ON vpcs (dhcp_options) WHERE dhcp_options IS NOT NULL;

ALTER TABLE subnets ADD COLUMN ipv6_cidr TEXT;
ALTER TABLE subnets ADD COLUMN ipv6_association TEXT;
ALTER TABLE subnets ADD COLUMN default_for_zone BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE subnets ADD COLUMN map_public_ip_on_launch BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE subnets ADD COLUMN assign_ipv6_address_on_creation BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE subnets ADD COLUMN dns64 BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE subnets ADD COLUMN hostname_type TEXT NOT NULL DEFAULT 'ip-name';
ALTER TABLE subnets ADD COLUMN resource_name_dns_a_record BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE subnets ADD COLUMN resource_name_dns_aaaa_record BOOLEAN NOT NULL DEFAULT FALSE;
CREATE UNIQUE INDEX subnets_by_ipv6_cidr ON subnets (ipv6_cidr);
CREATE UNIQUE INDEX subnets_by_ipv6_association ON subnets (ipv6_association);
CREATE UNIQUE INDEX one_default_subnet ON subnets (account, region, zone) WHERE default_for_zone;

-- The primary block of a VPC is the one that the VPC's own row names.
CREATE TABLE vpc_blocks (
    id TEXT PRIMARY KEY,
    vpc TEXT NOT NULL REFERENCES vpcs (id),
    cidr TEXT NOT NULL,
    created BIGINT NOT NULL,
    UNIQUE (vpc, cidr)
);
INSERT INTO vpc_blocks (id, vpc, cidr, created) SELECT 'vpc-cidr-assoc-' || substr(id, 5), id, cidr, created FROM vpcs;

-- No two VPCs have the same: the cloud hands them out.
CREATE TABLE vpc_ipv6_blocks (
    id TEXT PRIMARY KEY,
    vpc TEXT NOT NULL REFERENCES vpcs (id),
    cidr TEXT NOT NULL UNIQUE,
    created BIGINT NOT NULL
);
CREATE INDEX ipv6_blocks_of_vpc ON vpc_ipv6_blocks (vpc);

CREATE TABLE network_acls (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    vpc TEXT NOT NULL REFERENCES vpcs (id),
    is_default BOOLEAN NOT NULL,
    created BIGINT NOT NULL,
    generation BIGINT NOT NULL
);
CREATE INDEX network_acls_of_account ON network_acls (account, region, id);
CREATE INDEX network_acls_of_vpc ON network_acls (vpc, id);
CREATE UNIQUE INDEX one_default_network_acl ON network_acls (vpc) WHERE is_default;

CREATE TABLE network_acl_entries (
    acl TEXT NOT NULL REFERENCES network_acls (id),
    egress BOOLEAN NOT NULL,
    number INTEGER NOT NULL,
    protocol INTEGER NOT NULL,
    action TEXT NOT NULL,
    peer TEXT NOT NULL,
    icmp_type INTEGER,
    icmp_code INTEGER,
    from_port INTEGER,
    to_port INTEGER,
    PRIMARY KEY (acl, egress, number)
);

-- A subnet has exactly one network ACL.
CREATE TABLE network_acl_associations (
    id TEXT PRIMARY KEY,
    acl TEXT NOT NULL REFERENCES network_acls (id),
    subnet TEXT NOT NULL UNIQUE REFERENCES subnets (id)
);
CREATE INDEX associations_of_network_acl ON network_acl_associations (acl);

INSERT INTO network_acls (id, account, region, vpc, is_default, created, generation)
    SELECT 'acl-' || substr(id, 5), account, region, id, TRUE, created, 1 FROM vpcs;
INSERT INTO network_acl_entries (acl, egress, number, protocol, action, peer)
    SELECT acl.id, entry.egress, entry.number, -1, entry.action, '0.0.0.0/0' FROM network_acls acl CROSS JOIN (
        SELECT TRUE AS egress, 100 AS number, 'allow' AS action UNION ALL SELECT FALSE, 100, 'allow'
        UNION ALL SELECT TRUE, 32767, 'deny' UNION ALL SELECT FALSE, 32767, 'deny'
    ) entry;
INSERT INTO network_acl_associations (id, acl, subnet)
    SELECT 'aclassoc-' || substr(s.id, 8), acl.id, s.id FROM subnets s JOIN network_acls acl ON acl.vpc = s.vpc;
