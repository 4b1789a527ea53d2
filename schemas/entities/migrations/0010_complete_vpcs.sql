-- VPCs and subnets that were made since 0003 may lack what that gave to those before it.

INSERT INTO vpc_blocks (id, vpc, cidr, created)
    SELECT 'vpc-cidr-assoc-' || substr(v.id, 5), v.id, v.cidr, v.created FROM vpcs v
    WHERE NOT EXISTS (SELECT 1 FROM vpc_blocks b WHERE b.vpc = v.id);

INSERT INTO network_acls (id, account, region, vpc, is_default, created, generation)
    SELECT 'acl-' || substr(v.id, 5), v.account, v.region, v.id, TRUE, v.created, 1 FROM vpcs v
    WHERE NOT EXISTS (SELECT 1 FROM network_acls a WHERE a.vpc = v.id AND a.is_default);
INSERT INTO network_acl_entries (acl, egress, number, protocol, action, peer)
    SELECT acl.id, entry.egress, entry.number, -1, entry.action, '0.0.0.0/0' FROM network_acls acl CROSS JOIN (
        SELECT TRUE AS egress, 100 AS number, 'allow' AS action UNION ALL SELECT FALSE, 100, 'allow'
        UNION ALL SELECT TRUE, 32767, 'deny' UNION ALL SELECT FALSE, 32767, 'deny'
    ) entry
    WHERE NOT EXISTS (SELECT 1 FROM network_acl_entries e WHERE e.acl = acl.id);
INSERT INTO network_acl_associations (id, acl, subnet)
    SELECT 'aclassoc-' || substr(s.id, 8), acl.id, s.id FROM subnets s JOIN network_acls acl ON acl.vpc = s.vpc AND acl.is_default
    WHERE NOT EXISTS (SELECT 1 FROM network_acl_associations a WHERE a.subnet = s.id);
