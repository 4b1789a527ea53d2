-- Rules of security groups may be about IPv6 blocks and have descriptions. They are shown by themselves, hence account and region.
-- The same rule cannot be in a group twice, and a group that a rule refers to cannot go away.

CREATE TABLE group_rules_next (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    group_id TEXT NOT NULL REFERENCES groups (id),
    egress BOOLEAN NOT NULL,
    protocol INTEGER NOT NULL,
    from_port INTEGER,
    to_port INTEGER,
    cidr TEXT,
    cidr6 TEXT,
    peer_group TEXT REFERENCES groups (id),
    peer_account TEXT,
    description TEXT,
    CHECK (
        CASE WHEN cidr IS NULL THEN 0 ELSE 1 END + CASE WHEN cidr6 IS NULL THEN 0 ELSE 1 END + CASE WHEN peer_group IS NULL THEN 0 ELSE 1 END = 1
    ),
    CHECK ((peer_group IS NULL) = (peer_account IS NULL))
);
INSERT INTO group_rules_next (id, account, region, group_id, egress, protocol, from_port, to_port, cidr, peer_group, peer_account)
    SELECT rule.id, owner.account, owner.region, rule.group_id, rule.egress, rule.protocol, rule.from_port, rule.to_port, rule.cidr,
        rule.peer_group, rule.peer_account
    FROM group_rules rule JOIN groups owner ON owner.id = rule.group_id;
DROP TABLE group_rules;
ALTER TABLE group_rules_next RENAME TO group_rules;
CREATE INDEX rules_of_group ON group_rules (group_id);
CREATE INDEX rules_of_account ON group_rules (account, region, id);
CREATE INDEX rules_by_peer ON group_rules (peer_group) WHERE peer_group IS NOT NULL;
-- No port is below -1, which means all types of ICMP.
CREATE UNIQUE INDEX one_rule_of_a_kind ON group_rules (
    group_id, egress, protocol, (COALESCE(from_port, -2)), (COALESCE(to_port, -2)), (COALESCE(cidr, cidr6, peer_group))
);
