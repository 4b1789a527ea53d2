-- Every user-visible row belongs to an account and a region. Uniqueness lives here and not in code paths.
-- Moments are milliseconds since the Unix epoch. {serial} is the database's own rising 64-bit key.

CREATE TABLE clusters (
    name TEXT PRIMARY KEY,
    region TEXT NOT NULL,
    zone TEXT NOT NULL,
    address TEXT NOT NULL,
    nodes TEXT NOT NULL,
    applied_version TEXT,
    applied_revision BIGINT,
    applied_at BIGINT,
    reported_at BIGINT,
    generation BIGINT NOT NULL
);

CREATE TABLE instance_types (
    name TEXT PRIMARY KEY,
    cpu INTEGER NOT NULL,
    disk_gb INTEGER NOT NULL,
    memory_mib INTEGER NOT NULL,
    interfaces INTEGER NOT NULL,
    addresses_per_interface INTEGER NOT NULL,
    generation BIGINT NOT NULL
);

CREATE TABLE vpcs (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    cidr TEXT NOT NULL,
    is_default BOOLEAN NOT NULL,
    dns_hostnames BOOLEAN NOT NULL,
    created BIGINT NOT NULL,
    generation BIGINT NOT NULL
);
CREATE INDEX vpcs_of_account ON vpcs (account, region, id);
CREATE UNIQUE INDEX one_default_vpc ON vpcs (account, region) WHERE is_default;

CREATE TABLE subnets (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    zone TEXT NOT NULL,
    vpc TEXT NOT NULL REFERENCES vpcs (id),
    cidr TEXT NOT NULL,
    created BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    UNIQUE (vpc, cidr)
);
CREATE INDEX subnets_of_account ON subnets (account, region, id);

CREATE TABLE groups (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    vpc TEXT NOT NULL REFERENCES vpcs (id),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    created BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    UNIQUE (vpc, name)
);
CREATE INDEX groups_of_account ON groups (account, region, id);

CREATE TABLE group_rules (
    id TEXT PRIMARY KEY,
    group_id TEXT NOT NULL REFERENCES groups (id),
    egress BOOLEAN NOT NULL,
    protocol INTEGER NOT NULL,
    from_port INTEGER,
    to_port INTEGER,
    cidr TEXT,
    peer_group TEXT,
    peer_account TEXT,
    CHECK ((cidr IS NULL) <> (peer_group IS NULL))
);
CREATE INDEX rules_of_group ON group_rules (group_id);

CREATE TABLE interfaces (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    zone TEXT NOT NULL,
    vpc TEXT NOT NULL REFERENCES vpcs (id),
    subnet TEXT NOT NULL REFERENCES subnets (id),
    kind TEXT NOT NULL,
    mac TEXT NOT NULL UNIQUE,
    address TEXT NOT NULL,
    description TEXT NOT NULL,
    source_dest_check BOOLEAN NOT NULL,
    created BIGINT NOT NULL,
    generation BIGINT NOT NULL
);
CREATE INDEX interfaces_of_account ON interfaces (account, region, id);
CREATE INDEX interfaces_of_subnet ON interfaces (subnet, id);
CREATE INDEX interfaces_of_vpc ON interfaces (vpc, id);

CREATE TABLE interface_groups (
    interface TEXT NOT NULL REFERENCES interfaces (id),
    group_id TEXT NOT NULL REFERENCES groups (id),
    PRIMARY KEY (interface, group_id)
);
CREATE INDEX interfaces_of_group ON interface_groups (group_id);

CREATE TABLE instances (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    zone TEXT NOT NULL,
    cluster TEXT NOT NULL REFERENCES clusters (name),
    node TEXT NOT NULL,
    reservation TEXT NOT NULL,
    launch_index INTEGER NOT NULL,
    image TEXT NOT NULL,
    instance_type TEXT NOT NULL REFERENCES instance_types (name),
    key_name TEXT,
    user_data TEXT,
    client_token TEXT,
    vpc TEXT NOT NULL,
    subnet TEXT NOT NULL,
    state TEXT NOT NULL,
    reason_code TEXT,
    reason_message TEXT,
    launched_at BIGINT NOT NULL,
    since BIGINT NOT NULL,
    deadline BIGINT,
    change BIGINT NOT NULL,
    generation BIGINT NOT NULL
);
CREATE INDEX instances_of_account ON instances (account, region, id);
CREATE INDEX instances_of_reservation ON instances (reservation);
CREATE INDEX instances_awaited ON instances (cluster) WHERE state IN ('pending', 'stopping', 'shutting-down');
CREATE INDEX instances_terminated ON instances (since) WHERE state = 'terminated';
CREATE INDEX instances_with_deadline ON instances (deadline) WHERE deadline IS NOT NULL;

-- One live attachment per interface, one interface per device index.
CREATE TABLE attachments (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    interface TEXT NOT NULL UNIQUE REFERENCES interfaces (id),
    instance TEXT NOT NULL REFERENCES instances (id),
    instance_account TEXT NOT NULL,
    cluster TEXT NOT NULL REFERENCES clusters (name),
    device_index INTEGER NOT NULL,
    state TEXT NOT NULL,
    delete_on_termination BOOLEAN NOT NULL,
    attached_at BIGINT NOT NULL,
    since BIGINT NOT NULL,
    deadline BIGINT,
    reason TEXT,
    change BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    UNIQUE (instance, device_index)
);
CREATE INDEX attachments_awaited ON attachments (cluster) WHERE state <> 'attached';
CREATE INDEX attachments_with_deadline ON attachments (deadline) WHERE deadline IS NOT NULL;

-- An address belongs to exactly one of an interface or an instance, and is handed out once.
CREATE TABLE private_addresses (
    subnet TEXT NOT NULL REFERENCES subnets (id),
    address TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    vpc TEXT NOT NULL REFERENCES vpcs (id),
    is_primary BOOLEAN NOT NULL,
    interface TEXT REFERENCES interfaces (id) DEFERRABLE INITIALLY DEFERRED,
    instance TEXT REFERENCES instances (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (subnet, address),
    CHECK ((interface IS NULL) <> (instance IS NULL))
);
CREATE INDEX addresses_of_interface ON private_addresses (interface);
CREATE INDEX addresses_of_instance ON private_addresses (instance) WHERE instance IS NOT NULL;

CREATE TABLE route_tables (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    vpc TEXT NOT NULL REFERENCES vpcs (id),
    created BIGINT NOT NULL,
    generation BIGINT NOT NULL
);
CREATE INDEX route_tables_of_account ON route_tables (account, region, id);
CREATE INDEX route_tables_of_vpc ON route_tables (vpc, id);

CREATE TABLE routes (
    route_table TEXT NOT NULL REFERENCES route_tables (id),
    destination TEXT NOT NULL,
    position INTEGER NOT NULL,
    target TEXT NOT NULL,
    origin TEXT NOT NULL,
    state TEXT NOT NULL,
    instance TEXT,
    instance_account TEXT,
    PRIMARY KEY (route_table, destination)
);
CREATE INDEX routes_by_target ON routes (target);

-- A VPC has one main table, a subnet at most one of its own.
CREATE TABLE route_table_associations (
    id TEXT PRIMARY KEY,
    route_table TEXT NOT NULL REFERENCES route_tables (id),
    vpc TEXT NOT NULL REFERENCES vpcs (id),
    subnet TEXT UNIQUE REFERENCES subnets (id)
);
CREATE UNIQUE INDEX one_main_route_table ON route_table_associations (vpc) WHERE subnet IS NULL;
CREATE INDEX associations_of_route_table ON route_table_associations (route_table);

CREATE TABLE tags (
    resource TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    PRIMARY KEY (resource, key)
);
CREATE INDEX tags_of_account ON tags (account, region, resource);

-- What a create that was given a client token made.
CREATE TABLE client_tokens (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    action TEXT NOT NULL,
    token TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    resource TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (account, region, action, token)
);

-- What a request from another service was answered.
CREATE TABLE requests (
    scope TEXT NOT NULL,
    id TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    answer TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (scope, id)
);
CREATE INDEX requests_by_age ON requests (at);

CREATE TABLE changes (
    id {serial},
    entity TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    generation BIGINT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    what TEXT NOT NULL,
    why TEXT NOT NULL,
    at BIGINT NOT NULL,
    who TEXT NOT NULL,
    traceparent TEXT,
    sent BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX changes_unsent ON changes (id) WHERE NOT sent;
CREATE INDEX changes_of_entity ON changes (entity_id, id);
