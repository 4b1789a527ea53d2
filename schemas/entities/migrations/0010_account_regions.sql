-- Where an account was heard of: there it was given a default VPC, once. It may have deleted it since.
CREATE TABLE account_regions (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (account, region)
);
