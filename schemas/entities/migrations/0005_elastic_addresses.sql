-- Public addresses in use. No address is twice in the whole cloud, and a private address has one at most.
CREATE TABLE elastic_addresses (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    address TEXT NOT NULL UNIQUE,
    automatic BOOLEAN NOT NULL,
    association TEXT UNIQUE,
    interface TEXT REFERENCES interfaces (id),
    private_address TEXT,
    created BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    UNIQUE (interface, private_address),
    CHECK ((association IS NULL) = (interface IS NULL) AND (association IS NULL) = (private_address IS NULL)),
    CHECK (NOT automatic OR association IS NOT NULL)
);
CREATE INDEX elastic_addresses_of_account ON elastic_addresses (account, region, id) WHERE NOT automatic;

-- Whether the cloud gives the interface a public address while its instance runs.
ALTER TABLE interfaces ADD COLUMN automatic_public_address BOOLEAN NOT NULL DEFAULT FALSE;
