-- Accounts that an operator made, and the keys that act for them. Keys that the configuration names are not here.
CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created BIGINT NOT NULL
);

-- A secret is sealed with the operator's master key: what is here opens nothing by itself.
CREATE TABLE access_keys (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id),
    sealed_secret TEXT NOT NULL,
    status TEXT NOT NULL,
    created BIGINT NOT NULL,
    last_used BIGINT
);
CREATE INDEX access_keys_of_account ON access_keys (account);
