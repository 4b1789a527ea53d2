-- IPv6 addresses and prefixes of interfaces. `block` is the block of 80 bits that the value is in, or is.
CREATE TABLE ipv6_addresses (
    subnet TEXT NOT NULL REFERENCES subnets (id),
    value TEXT NOT NULL,
    block TEXT NOT NULL,
    interface TEXT NOT NULL REFERENCES interfaces (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (subnet, value)
);
CREATE INDEX ipv6_addresses_of_interface ON ipv6_addresses (interface);
CREATE INDEX ipv6_addresses_in_block ON ipv6_addresses (subnet, block);
CREATE INDEX ipv6_addresses_by_value ON ipv6_addresses (value);
