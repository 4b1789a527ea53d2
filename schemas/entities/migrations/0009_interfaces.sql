-- A prefix is held as its sixteen addresses, each a row that names it: so it overlaps nothing, and counts as what it takes.
ALTER TABLE private_addresses ADD COLUMN prefix TEXT;
CREATE INDEX addresses_by_value ON private_addresses (address);
