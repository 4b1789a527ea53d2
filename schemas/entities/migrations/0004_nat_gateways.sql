-- A NAT gateway that has failed or was deleted is shown for a while after its network may have gone: it refers to nothing.
CREATE TABLE nat_gateways (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    zone TEXT NOT NULL,
    vpc TEXT NOT NULL,
    subnet TEXT NOT NULL,
    connectivity TEXT NOT NULL,
    allocation TEXT,
    wanted_address TEXT,
    state TEXT NOT NULL,
    interface TEXT,
    private_address TEXT,
    association TEXT,
    public_address TEXT,
    failure_code TEXT,
    failure_message TEXT,
    since BIGINT NOT NULL,
    created BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    CHECK ((interface IS NULL) = (private_address IS NULL) AND (association IS NULL) = (public_address IS NULL)),
    CHECK ((failure_code IS NULL) = (failure_message IS NULL)),
    CHECK (state <> 'available' OR interface IS NOT NULL)
);
CREATE INDEX nat_gateways_of_account ON nat_gateways (account, region, id);
CREATE INDEX nat_gateways_of_vpc ON nat_gateways (vpc);
CREATE INDEX nat_gateways_of_subnet ON nat_gateways (subnet);
CREATE INDEX nat_gateways_with_tasks ON nat_gateways (since) WHERE state <> 'available';
