-- Removes the gate of joblease from the database that it is in, with its roles:
--   psql --dbname joblease --set ON_ERROR_STOP=1 --file gate-remove.sql
-- Afterwards: dropdb joblease
-- It refuses while there are leases: end those first, role by role, and sweep until none is left.
--   SELECT joblease.drop_role(name, and_leases => true) FROM joblease.roles();
--   CALL joblease.tick();

BEGIN;
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL client_min_messages = warning;

DO $remove$
DECLARE
  lease text;
  member name;
BEGIN
  SELECT string_agg(rolname, ', ') INTO lease FROM pg_roles r WHERE pg_has_role('joblease_porter', r.oid, 'MEMBER')
    AND rolname ~ '^jl_[0-9a-z]{7}_[a-z0-9]{1,7}_[0-9a-z]{13}$';
  IF lease IS NOT NULL THEN
    RAISE EXCEPTION 'there are leases: %', lease
      USING HINT = 'SELECT joblease.drop_role(name, and_leases => true) FROM joblease.roles(); then CALL joblease.tick();';
  END IF;
  DROP SCHEMA joblease CASCADE;
  FOR member IN SELECT rolname FROM pg_roles WHERE rolname IN ('joblease_definer', 'joblease_porter', 'joblease_gate', 'joblease_clock') LOOP
    EXECUTE format('DROP OWNED BY %I', member);
  END LOOP;
  DROP ROLE joblease_clock, joblease_porter, joblease_gate, joblease_definer;
END $remove$;

COMMIT;
