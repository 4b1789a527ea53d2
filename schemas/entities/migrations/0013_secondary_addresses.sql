-- Whoever shows an interface asks for its secondary addresses, and most have none: without reading the row of the primary one.
CREATE INDEX secondary_addresses_of_interface ON private_addresses (interface) WHERE NOT is_primary;
