-- What a type allows of IPv6, what a user sets of an instance, images and key pairs.

-- Nobody but the register of types sets it: it fills in rows that were there before.
ALTER TABLE instance_types ADD COLUMN ipv6_addresses_per_interface INTEGER NOT NULL DEFAULT 0;

ALTER TABLE instances ADD COLUMN disable_api_termination BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE instances ADD COLUMN disable_api_stop BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE instances ADD COLUMN shutdown_behavior TEXT NOT NULL DEFAULT 'stop';
ALTER TABLE instances ADD COLUMN ebs_optimized BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE instances ADD COLUMN monitoring BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE instances ADD COLUMN unlimited_credits BOOLEAN;
ALTER TABLE instances ADD COLUMN metadata_tokens TEXT NOT NULL DEFAULT 'optional';
ALTER TABLE instances ADD COLUMN metadata_hop_limit INTEGER NOT NULL DEFAULT 1;
ALTER TABLE instances ADD COLUMN metadata_endpoint BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE instances ADD COLUMN metadata_ipv6 BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE instances ADD COLUMN metadata_tags BOOLEAN NOT NULL DEFAULT FALSE;
-- Of the image and of the key pair, which may be gone before the instance is.
ALTER TABLE instances ADD COLUMN architecture TEXT NOT NULL DEFAULT 'x86_64';
ALTER TABLE instances ADD COLUMN root_device TEXT NOT NULL DEFAULT '/dev/sda1';
ALTER TABLE instances ADD COLUMN public_key TEXT;
ALTER TABLE instances ADD COLUMN rebooted_at BIGINT;
CREATE INDEX instances_of_image ON instances (image);

-- Images that accounts registered. Those that everybody has are no rows.
CREATE TABLE images (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    location TEXT,
    architecture TEXT NOT NULL,
    root_device TEXT NOT NULL,
    ena_support BOOLEAN NOT NULL,
    boot_mode TEXT,
    tpm_support BOOLEAN NOT NULL,
    imds_v2 BOOLEAN NOT NULL,
    created BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    UNIQUE (account, region, name)
);
CREATE INDEX images_of_account ON images (account, region, id);

-- A private key is nobody's but the caller's and is never here.
CREATE TABLE key_pairs (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    public_key TEXT NOT NULL,
    created BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    UNIQUE (account, region, name)
);
CREATE INDEX key_pairs_of_account ON key_pairs (account, region, id);
