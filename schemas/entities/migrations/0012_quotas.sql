-- What an operator set for an account where that differs from what everybody has.
CREATE TABLE quotas (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    value BIGINT NOT NULL CHECK (value >= 0),
    PRIMARY KEY (account, region, name)
);
-- Of the gateways of a zone only those that are not over count.
CREATE INDEX nat_gateways_of_zone ON nat_gateways (account, region, zone) WHERE state IN ('pending', 'available', 'deleting');
