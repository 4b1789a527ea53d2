-- A gateway is attached to one VPC or to none, and a VPC has one gateway or none.
CREATE TABLE internet_gateways (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    vpc TEXT UNIQUE REFERENCES vpcs (id),
    created BIGINT NOT NULL,
    generation BIGINT NOT NULL
);
CREATE INDEX internet_gateways_of_account ON internet_gateways (account, region, id);
