-- What the owner of an interface lets another account do with it.
CREATE TABLE interface_permissions (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    interface TEXT NOT NULL REFERENCES interfaces (id),
    grantee TEXT NOT NULL,
    kind TEXT NOT NULL,
    created BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    UNIQUE (interface, grantee, kind)
);
CREATE INDEX interface_permissions_of_account ON interface_permissions (account, region, id);
