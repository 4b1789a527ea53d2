-- What an instance is called: said at its launch, whatever its subnet says later.
ALTER TABLE instances ADD COLUMN hostname_type TEXT NOT NULL DEFAULT 'ip-name';
ALTER TABLE instances ADD COLUMN resource_name_dns_a_record BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE instances ADD COLUMN resource_name_dns_aaaa_record BOOLEAN NOT NULL DEFAULT FALSE;
