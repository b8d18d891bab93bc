-- The gate of joblease for PostgreSQL 15 and newer: it checks GitHub's token itself and mints, so no root credential is
-- stored anywhere. What it is and how to use it: docs/keyless.md
--
-- Run it as an administrator in a database of its own, and run it again to upgrade. It keeps roles, keys and leases:
--   createdb joblease
--   psql --dbname joblease --set ON_ERROR_STOP=1 --file gate.sql
-- A superuser, or whoever may create roles and owns the database. To remove it: gate-remove.sql

BEGIN ISOLATION LEVEL READ COMMITTED;
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL standard_conforming_strings = on;
SET LOCAL client_min_messages = warning;
SET LOCAL lock_timeout = '10s';

-- 1. Whether this is the place for it.

DO $install$
DECLARE
  this constant int := 1; -- the version of this file
  there int;
  strange text;
BEGIN
  IF current_setting('server_version_num')::int < 150000 THEN
    RAISE EXCEPTION 'the gate needs PostgreSQL 15 or newer';
  END IF;
  IF current_setting('server_encoding') <> 'UTF8' THEN
    RAISE EXCEPTION 'the gate needs a database with the encoding UTF8'
      USING HINT = 'createdb --template template0 --encoding UTF8 joblease';
  END IF;
  IF to_regclass('joblease.settings') IS NOT NULL THEN
    EXECUTE 'SELECT version FROM joblease.settings' INTO there;
    IF there > this THEN
      RAISE EXCEPTION 'the gate in this database has version %, and this file is version %: nothing was changed', there, this
        USING HINT = 'Use the file of the release that the gate was installed from, or of a newer one.';
    END IF;
    RETURN;
  END IF;
  SELECT format('%I.%I', nspname, relname) INTO strange FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
      AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype IN ('e', 'i', 'a'))
    LIMIT 1;
  IF strange IS NOT NULL OR EXISTS (SELECT FROM pg_namespace WHERE nspname = 'joblease') THEN
    RAISE EXCEPTION 'the gate needs a database of its own, and this one holds %', coalesce(strange, 'a schema "joblease"')
      USING HINT = 'createdb joblease';
  END IF;
  -- Whoever made them would be in command of the gate.
  SELECT rolname INTO strange FROM pg_roles
    WHERE rolname IN ('joblease_definer', 'joblease_porter', 'joblease_gate', 'joblease_clock') LIMIT 1;
  IF strange IS NOT NULL THEN
    RAISE EXCEPTION 'there is a role "%" already: is a gate in another database of this server?', strange
      USING HINT = 'A server has one gate. To install it anew, remove the old one with gate-remove.sql first.';
  END IF;
END $install$;

-- 2. Its roles.

DO $install$
DECLARE
  is_new constant boolean := NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'joblease_definer');
  has_options constant boolean := current_setting('server_version_num')::int >= 160000;
BEGIN
  IF is_new THEN
    IF has_options THEN PERFORM set_config('createrole_self_grant', '', true); END IF;
    -- Owns the gate and creates the leases. It inherits nothing: not the groups that it hands out, nor the gate's login.
    CREATE ROLE joblease_definer NOLOGIN CREATEROLE;
    -- Ends sessions of leases and of the gate's login, at any moment: so it is a member of them, and can do nothing else.
    CREATE ROLE joblease_porter NOLOGIN;
    -- What every job logs in as. It may call the gate.
    CREATE ROLE joblease_gate LOGIN CONNECTION LIMIT 20;
    -- What a scheduler on the server logs in as, without a password: its sweeps are what makes the end certain.
    CREATE ROLE joblease_clock LOGIN CONNECTION LIMIT 4;
  END IF;
  IF has_options THEN
    EXECUTE 'GRANT joblease_gate TO joblease_definer WITH ADMIN TRUE, INHERIT FALSE, SET FALSE';
    EXECUTE 'GRANT joblease_gate TO joblease_porter WITH ADMIN FALSE, INHERIT TRUE, SET FALSE';
  ELSE
    GRANT joblease_gate TO joblease_porter;
  END IF;
  IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    GRANT USAGE ON LANGUAGE plpgsql TO joblease_definer, joblease_porter;
  ELSE
    GRANT joblease_definer, joblease_porter TO CURRENT_USER;
  END IF;
  IF is_new THEN
    CREATE SCHEMA joblease AUTHORIZATION joblease_definer;
  END IF;
END $install$;
GRANT USAGE, CREATE ON SCHEMA joblease TO joblease_porter;

-- 3. What it keeps. Nobody but its owner has any right on these.

SET LOCAL ROLE joblease_definer;

CREATE TABLE IF NOT EXISTS joblease.settings (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  version int NOT NULL,
  -- the audience of a token begins with it, so that a token for one gate is of no use at another
  name text NOT NULL CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$'),
  issuer text NOT NULL CHECK (issuer ~ '^https://[^ ]+$'),
  skew_seconds int NOT NULL DEFAULT 30 CHECK (skew_seconds BETWEEN 0 AND 300),
  -- a token is taken for so long after it was issued, whatever it says itself
  token_seconds int NOT NULL DEFAULT 600 CHECK (token_seconds BETWEEN 60 AND 3600),
  -- leases at a time for one repository
  max_live int NOT NULL DEFAULT 200 CHECK (max_live > 0),
  audit_days int NOT NULL DEFAULT 90 CHECK (audit_days > 0),
  -- which workflow may vouch for a new signing key, and how long such a key waits
  keeper jsonb,
  key_delay interval NOT NULL DEFAULT '1 day' CHECK (key_delay >= '0'),
  -- which workflow may list leases, end those of jobs that are over, and read the audit
  sweeper jsonb,
  -- of joblease_gate: no secret that protects anything, and what heals the login when somebody has changed it
  password text
);
INSERT INTO joblease.settings (version, name, issuer)
  VALUES (1, 'joblease:' || gen_random_uuid(), 'https://token.actions.githubusercontent.com')
  ON CONFLICT (one) DO UPDATE SET version = excluded.version;

CREATE TABLE IF NOT EXISTS joblease.signing_keys (
  kid text PRIMARY KEY CHECK (kid <> '' AND octet_length(kid) <= 200),
  -- 2048 to 4096 bits, odd; the exponent is 65537
  modulus bytea NOT NULL CHECK (octet_length(modulus) BETWEEN 256 AND 512 AND get_byte(modulus, 0) >= 128
    AND get_byte(modulus, octet_length(modulus) - 1) % 2 = 1),
  not_before timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- who vouched for it; NULL: an administrator
  vouched jsonb
);

CREATE TABLE IF NOT EXISTS joblease.role (
  name text PRIMARY KEY CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$'),
  groups text[] NOT NULL CHECK (cardinality(groups) BETWEEN 1 AND 20),
  max_ttl int NOT NULL CHECK (max_ttl BETWEEN 1 AND 86400),
  allow jsonb NOT NULL,
  connection_limit int NOT NULL CHECK (connection_limit BETWEEN -1 AND 10000)
);

CREATE TABLE IF NOT EXISTS joblease.lease (
  principal text PRIMARY KEY,
  oid oid NOT NULL,
  role text NOT NULL,
  groups text[] NOT NULL,
  verifier text NOT NULL,
  claims jsonb NOT NULL,
  repository_id text NOT NULL,
  minted timestamptz NOT NULL,
  expires timestamptz NOT NULL,
  latest timestamptz NOT NULL,
  -- seconds that a renewal is good for; 0: it cannot renew itself
  heartbeat int NOT NULL,
  record jsonb NOT NULL,
  -- why it ended, and by which transaction
  ended text,
  ended_by xid8,
  -- when its role was last tried to be dropped, and when it was seen to be gone
  tried timestamptz,
  gone timestamptz
);
CREATE INDEX IF NOT EXISTS lease_there ON joblease.lease (repository_id, expires) WHERE gone IS NULL;

CREATE TABLE IF NOT EXISTS joblease.audit (
  id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  what text NOT NULL,
  role text,
  principal text,
  until timestamptz,
  who jsonb,
  detail text
);
CREATE INDEX IF NOT EXISTS audit_at ON joblease.audit (at);
CREATE INDEX IF NOT EXISTS audit_refused ON joblease.audit (at) WHERE what LIKE '% refused';

-- The last two rounds of the scheduler on the server.
CREATE TABLE IF NOT EXISTS joblease.beat (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  at timestamptz NOT NULL,
  before timestamptz,
  -- whether it met nothing that it could not end
  able boolean NOT NULL
);

-- 4. RS256 (RFC 7518, RFC 8017). Everything here says no rather than fail.

-- The whole number that bytes are, the first one counting most.
CREATE OR REPLACE FUNCTION joblease.number(bytes bytea) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $f$
DECLARE
  hex text := encode(bytes, 'hex');
  n numeric := 0;
BEGIN
  IF current_setting('server_version_num')::int >= 160000 THEN RETURN ('0x0' || hex)::numeric; END IF;
  hex := lpad(hex, (length(hex) + 13) / 14 * 14, '0');
  FOR i IN 0 .. length(hex) / 14 - 1 LOOP
    n := n * 72057594037927936 + ('x' || lpad(substr(hex, i * 14 + 1, 14), 16, '0'))::bit(64)::bigint; -- 2^56
  END LOOP;
  RETURN n;
END $f$;

-- NULL for what is not base64url without padding.
CREATE OR REPLACE FUNCTION joblease.base64url(encoded text) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $f$
BEGIN
  IF encoded COLLATE "C" !~ '^[A-Za-z0-9_-]+$' OR length(encoded) % 4 = 1 THEN RETURN NULL; END IF;
  RETURN decode(rpad(translate(encoded, '-_', '+/'), (length(encoded) + 3) / 4 * 4, '='), 'base64');
END $f$;

-- Whether a token in compact form was signed by the key with this modulus, whatever its header says.
CREATE OR REPLACE FUNCTION joblease.rs256(token text, modulus bytea) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $f$
DECLARE
  size constant int := octet_length(modulus);
  n constant numeric := joblease.number(modulus);
  parts text[];
  signature bytea;
  s numeric;
  m numeric;
BEGIN
  IF octet_length(token) > 16384 OR token COLLATE "C" !~ '^[A-Za-z0-9_-]+[.][A-Za-z0-9_-]+[.][A-Za-z0-9_-]+$' THEN
    RETURN false;
  END IF;
  parts := string_to_array(token, '.');
  signature := joblease.base64url(parts[3]);
  IF signature IS NULL OR octet_length(signature) <> size THEN RETURN false; END IF;
  s := joblease.number(signature);
  IF s >= n THEN RETURN false; END IF;
  m := s;
  FOR i IN 1 .. 16 LOOP m := mod(m * m, n); END LOOP;
  m := mod(m * s, n);
  -- EMSA-PKCS1-v1_5: 00 01 ff… 00, the name of SHA-256, the hash. Compared whole, nothing in it is parsed.
  RETURN m = joblease.number(decode('0001' || repeat('ff', size - 54) || '003031300d060960864801650304020105000420', 'hex')
    || sha256(convert_to(parts[1] || '.' || parts[2], 'UTF8')));
END $f$;

-- The JSON object that a part of a token is; NULL for anything else, and where a name comes twice: two readers could
-- take different ones.
CREATE OR REPLACE FUNCTION joblease.object(part text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $f$
DECLARE
  body text;
  object jsonb;
BEGIN
  body := convert_from(joblease.base64url(part), 'UTF8'); -- not above: an error there would be nobody's to catch
  object := body::jsonb;
  IF jsonb_typeof(object) <> 'object'
    OR (SELECT count(*) FROM json_object_keys(body::json)) <> (SELECT count(*) FROM jsonb_object_keys(object)) THEN
    RETURN NULL;
  END IF;
  RETURN object;
EXCEPTION WHEN OTHERS THEN
  RETURN NULL;
END $f$;

-- 5. Tokens and rules.

-- Checks a token for one request, cheap things first, the signature last.
CREATE OR REPLACE FUNCTION joblease.verify(token text, request text[], OUT claims jsonb, OUT refusal text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on SET TimeZone = 'UTC' AS $f$
DECLARE
  s joblease.settings;
  header jsonb;
  c jsonb;
  modulus bytea;
  instant constant numeric := extract(epoch FROM clock_timestamp());
BEGIN
  -- A transaction that began before a rule was withdrawn would still see it.
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    refusal := 'the transaction must be READ COMMITTED';
    RETURN;
  END IF;
  IF array_position(request, NULL) IS NOT NULL OR octet_length(array_to_string(request, '')) > 65536
    OR EXISTS (SELECT FROM unnest(request) line WHERE position(E'\n' IN line) > 0) THEN
    refusal := 'the request is malformed';
    RETURN;
  END IF;
  refusal := 'it is not a token of GitHub''s';
  IF token IS NULL OR octet_length(token) > 16384
    OR token COLLATE "C" !~ '^[A-Za-z0-9_-]+[.][A-Za-z0-9_-]+[.][A-Za-z0-9_-]+$' THEN
    RETURN;
  END IF;
  header := joblease.object(split_part(token, '.', 1));
  c := joblease.object(split_part(token, '.', 2));
  IF header IS NULL OR c IS NULL OR header->'alg' IS DISTINCT FROM '"RS256"' OR header ? 'crit'
    OR jsonb_typeof(header->'kid') IS DISTINCT FROM 'string' THEN
    RETURN;
  END IF;
  SELECT * INTO STRICT s FROM joblease.settings;
  IF c->'iss' IS DISTINCT FROM to_jsonb(s.issuer) THEN
    refusal := 'the token is from another issuer than ' || s.issuer;
    RETURN;
  END IF;
  IF c->'aud' IS DISTINCT FROM
    to_jsonb(s.name || '#' || encode(sha256(convert_to(array_to_string(request, E'\n'), 'UTF8')), 'hex')) THEN
    refusal := 'the token is not for this request';
    RETURN;
  END IF;
  IF jsonb_typeof(c->'exp') IS DISTINCT FROM 'number' OR jsonb_typeof(c->'iat') IS DISTINCT FROM 'number'
    OR (c ? 'nbf' AND jsonb_typeof(c->'nbf') <> 'number')
    OR EXISTS (SELECT FROM unnest('{repository_id,run_id,run_attempt}'::text[]) name
      WHERE jsonb_typeof(c->name) IS DISTINCT FROM 'string' OR c->>name !~ '^[0-9]{1,15}$')
    OR (c ? 'check_run_id' AND (jsonb_typeof(c->'check_run_id') <> 'string' OR c->>'check_run_id' !~ '^[0-9]{1,15}$')) THEN
    refusal := 'the token lacks claims of a job';
    RETURN;
  END IF;
  IF (c->>'exp')::numeric <= instant OR (c->>'iat')::numeric > instant + s.skew_seconds
    OR coalesce((c->>'nbf')::numeric, 0) > instant + s.skew_seconds
    OR (c->>'iat')::numeric < instant - s.token_seconds THEN
    refusal := format('the token is not valid at %s, by the clock of the server', to_char(clock_timestamp(), 'HH24:MI:SS "UTC"'));
    RETURN;
  END IF;
  SELECT k.modulus INTO modulus FROM joblease.signing_keys k WHERE kid = header->>'kid' AND not_before <= clock_timestamp();
  IF NOT FOUND THEN
    refusal := format('the gate does not know the signing key %s', left(regexp_replace(header->>'kid', '[^A-Za-z0-9._-]', '?', 'g'), 100));
    RETURN;
  END IF;
  IF NOT joblease.rs256(token, modulus) THEN
    refusal := 'the signature is wrong';
    RETURN;
  END IF;
  claims := c;
  refusal := NULL;
END $f$;

-- Whether a claim fits a pattern. * stands for anything but / @ : and **, which must be asked for, for anything but @ :
-- otherwise a branch could be named so that it reads like another repository's ref.
CREATE OR REPLACE FUNCTION joblease.fits(value text, pattern text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $f$
  SELECT CASE WHEN position('*' IN pattern) = 0 THEN value = pattern COLLATE "C"
    ELSE value COLLATE "C" ~ ('^' || replace(replace(replace(
      regexp_replace(pattern, '([][\\^$.|?+(){}])', '\\\1', 'g'),
      '**', E'\x01'), '*', '[^/@:[:cntrl:]]*'), E'\x01', '[^@:[:cntrl:]]*') || '$') END
$f$;

-- Whether one of the rules holds for the claims. All parts of a rule must hold; a list holds where one of it does.
CREATE OR REPLACE FUNCTION joblease.allowed(claims jsonb, rules jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $f$
  SELECT EXISTS (SELECT FROM jsonb_array_elements(rules) rule WHERE NOT EXISTS (
    SELECT FROM jsonb_each(rule) want WHERE NOT coalesce(jsonb_typeof(claims->want.key) = 'string' AND EXISTS (
      SELECT FROM jsonb_array_elements_text(CASE jsonb_typeof(want.value) WHEN 'array' THEN want.value
        ELSE jsonb_build_array(want.value) END) pattern WHERE joblease.fits(claims->>want.key, pattern)), false)))
$f$;

-- What is wrong with rules, in words; NULL for nothing.
CREATE OR REPLACE FUNCTION joblease.fault(rules jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $f$
DECLARE
  rule jsonb;
  place int := 0;
  claim text;
  value jsonb;
BEGIN
  IF rules IS NULL OR jsonb_typeof(rules) <> 'array' OR jsonb_array_length(rules) = 0 THEN
    RETURN 'rules are a JSON list of at least one object';
  END IF;
  FOR rule IN SELECT * FROM jsonb_array_elements(rules) LOOP
    place := place + 1;
    IF jsonb_typeof(rule) <> 'object' THEN RETURN format('rule %s is not an object', place); END IF;
    FOR claim, value IN SELECT * FROM jsonb_each(rule) LOOP
      IF NOT (jsonb_typeof(value) = 'string' OR jsonb_typeof(value) = 'array' AND jsonb_array_length(value) > 0
        AND NOT EXISTS (SELECT FROM jsonb_array_elements(value) each WHERE jsonb_typeof(each) <> 'string')) THEN
        RETURN format('"%s" in rule %s is neither a text nor a list of texts: ids are texts too', claim, place);
      END IF;
    END LOOP;
    -- Anything else, a name or a subject say, is somebody else's after a rename, or everybody's.
    IF NOT EXISTS (SELECT FROM unnest('{repository_id,repository_owner_id,enterprise_id}'::text[]) id WHERE rule ? id
      AND NOT EXISTS (SELECT FROM jsonb_array_elements_text(CASE jsonb_typeof(rule->id) WHEN 'array' THEN rule->id
        ELSE jsonb_build_array(rule->id) END) pin WHERE pin !~ '^[0-9]+$')) THEN
      RETURN format('rule %s pins no repository_id, repository_owner_id or enterprise_id: it would let in strangers', place);
    END IF;
  END LOOP;
  RETURN NULL;
END $f$;

-- Why no job may be a member of some groups, in words; NULL where it may. Also whoever could act as the gate's own
-- owner could let himself in. Up to 15 CREATEROLE is enough for that.
CREATE OR REPLACE FUNCTION joblease.unfit(groups text[]) RETURNS text
LANGUAGE sql STABLE STRICT SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $f$
  SELECT CASE WHEN g.oid IS NULL THEN format('there is no role "%s"', name)
      ELSE format('a member of "%s" could act as "%s"', name, strong.rolname) END
    FROM unnest(groups) name LEFT JOIN pg_roles g ON g.rolname = name
      LEFT JOIN LATERAL (SELECT r.rolname FROM pg_roles r
        WHERE (r.rolsuper OR r.rolcreaterole AND current_setting('server_version_num')::int < 160000
            OR r.rolname IN ('joblease_definer', 'joblease_porter', 'joblease_gate', 'joblease_clock',
              'pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files'))
          AND pg_has_role(g.oid, r.oid, 'MEMBER') LIMIT 1) strong ON true
    WHERE g.oid IS NULL OR strong.rolname IS NOT NULL LIMIT 1
$f$;

-- Whether a lease is this job's: repository, run and attempt, and where GitHub says which job of it, that one.
CREATE OR REPLACE FUNCTION joblease.same_job(lease joblease.lease, claims jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $f$
  SELECT NOT EXISTS (SELECT FROM unnest('{repository_id,run_id,run_attempt,check_run_id}'::text[]) name
    WHERE lease.claims->>name IS DISTINCT FROM claims->>name)
$f$;

-- 6. The audit.

-- Who it was, of a token's claims.
CREATE OR REPLACE FUNCTION joblease.who(claims jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $f$
  SELECT jsonb_object_agg(key, left(value, 300)) FROM jsonb_each_text(claims)
    WHERE key IN ('repository', 'repository_id', 'run_id', 'run_attempt', 'check_run_id', 'actor', 'actor_id', 'ref', 'sha',
      'environment', 'event_name', 'workflow_ref', 'job_workflow_ref', 'runner_environment')
$f$;

-- Writes a refusal down, and is what the caller answers. It never raises an error: that would undo the row.
CREATE OR REPLACE FUNCTION joblease.refuse(what text, principal text, claims jsonb, reason text) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $f$
BEGIN
  -- The row is gone when the caller rolls back; the line in the server's log stays.
  RAISE LOG 'joblease: % refused: % (repository %, run %)', what, reason, coalesce(claims->>'repository_id', '?'),
    coalesce(claims->>'run_id', '?');
  -- Every job on GitHub can get a token that passes the signature: the table must not fill up with them.
  IF claims IS NOT NULL AND (SELECT count(*) FROM joblease.audit a
      WHERE a.what LIKE '% refused' AND a.at > clock_timestamp() - interval '1 hour') < 1000 THEN
    INSERT INTO joblease.audit (what, principal, who, detail)
      VALUES (refuse.what || ' refused', left(refuse.principal, 63), joblease.who(claims), left(reason, 1000));
  END IF;
  RETURN jsonb_build_object('ok', false, 'reason', reason);
END $f$;

-- 7. Ending sessions. These two act as joblease_porter, and only joblease_definer may call them.

RESET ROLE;
SET LOCAL ROLE joblease_porter;

-- Ends the sessions of roles, by oid: it stays when a session does SET ROLE, and when the role is dropped.
-- Returns the process ids of those that were told to end.
CREATE OR REPLACE FUNCTION joblease.end_sessions(roles oid[]) RETURNS int[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $f$
DECLARE
  session int;
  told int[] := '{}';
BEGIN
  PERFORM pg_stat_clear_snapshot();
  FOR session IN SELECT pid FROM pg_stat_activity WHERE usesysid = ANY (roles) AND pid <> pg_backend_pid() LOOP
    BEGIN
      IF pg_terminate_backend(session) THEN told := told || session; END IF;
    EXCEPTION WHEN insufficient_privilege THEN NULL; -- it is somebody else's since
    END;
  END LOOP;
  RETURN told;
END $f$;

-- The gate's login is for calls that take milliseconds, and everybody may know its password: nobody sits on its
-- connections, and nobody keeps a transaction open that holds locks which others need.
CREATE OR REPLACE FUNCTION joblease.end_holders() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $f$
BEGIN
  PERFORM pg_stat_clear_snapshot();
  PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE usename = 'joblease_gate' AND pid <> pg_backend_pid()
      AND (xact_start < clock_timestamp() - interval '10 seconds' OR backend_start < clock_timestamp() - interval '2 minutes');
END $f$;

REVOKE ALL ON FUNCTION joblease.end_sessions, joblease.end_holders FROM PUBLIC;
GRANT EXECUTE ON FUNCTION joblease.end_sessions, joblease.end_holders TO joblease_definer;

RESET ROLE;
SET LOCAL ROLE joblease_definer;

-- 8. Leases: how they begin and go on.

-- A transaction that was prepared for a later commit keeps its locks without any session that could be ended. One that
-- has notified cannot be prepared. To be called first by whatever takes locks for somebody else.
CREATE OR REPLACE FUNCTION joblease.stay_mortal() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $f$
BEGIN
  IF current_setting('max_prepared_transactions')::int > 0 THEN PERFORM pg_notify('joblease', ''); END IF;
END $f$;

-- Seconds within which the scheduler ends a session that is over; NULL where none was seen at work.
CREATE OR REPLACE FUNCTION joblease.clock_seconds() RETURNS int
LANGUAGE sql SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $f$
  SELECT round(extract(epoch FROM at - before))::int FROM joblease.beat
    WHERE able AND at - before <= interval '90 seconds' AND at > clock_timestamp() - interval '90 seconds'
$f$;

-- What a lease says of itself: the comment of its role, in the form that every joblease reads. ASCII, at most 1 KB.
CREATE OR REPLACE FUNCTION joblease.lease_record(role text, heir text, claims jsonb, minted timestamptz, expires timestamptz, latest timestamptz)
RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $f$
  SELECT jsonb_build_object('v', 1, 'role', role, 'heir', heir, 'gate', 'postgres', 'job', '',
    'repo', left(regexp_replace(coalesce(claims->>'repository', ''), '[^ -~]|["\\]', '?', 'g'), 140),
    'workflow', left(regexp_replace(coalesce(claims->>'workflow', ''), '[^ -~]|["\\]', '?', 'g'), 100),
    'actor', left(regexp_replace(coalesce(claims->>'actor', ''), '[^ -~]|["\\]', '?', 'g'), 60),
    'repoId', (claims->>'repository_id')::bigint, 'run', (claims->>'run_id')::bigint,
    'attempt', (claims->>'run_attempt')::bigint, 'checkRun', coalesce((claims->>'check_run_id')::bigint, 0),
    'iat', extract(epoch FROM minted)::bigint, 'exp', extract(epoch FROM expires)::bigint,
    'max', extract(epoch FROM latest)::bigint)
$f$;

CREATE OR REPLACE FUNCTION joblease.answer(lease joblease.lease) RETURNS jsonb
LANGUAGE sql SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $f$
  SELECT jsonb_build_object('ok', true, 'principal', lease.principal, 'iat', extract(epoch FROM lease.minted)::bigint,
    'exp', extract(epoch FROM lease.expires)::bigint, 'max', extract(epoch FROM lease.latest)::bigint,
    'heartbeat', lease.heartbeat, 'groups', to_jsonb(lease.groups), 'clock', joblease.clock_seconds())
$f$;

-- Mints a lease. ttl: seconds, 0 for all that the role allows. heartbeat: seconds that the lease lives without a
-- renewal of its own, 0 for none; then ttl is the end that no renewal passes.
-- The same request of the same job again gets the same answer: its first one may have been lost.
CREATE OR REPLACE FUNCTION joblease.mint(token text, role text, principal text, verifier text, ttl int, heartbeat int)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on
SET DateStyle = 'ISO' SET TimeZone = 'UTC' SET lock_timeout = '3s' SET client_min_messages = warning AS $f$
DECLARE
  c jsonb;
  refusal text;
  r joblease.role;
  l joblease.lease;
  s joblease.settings;
  span int;
  member text;
  has_options constant boolean := current_setting('server_version_num')::int >= 160000;
BEGIN
  PERFORM joblease.stay_mortal();
  SELECT v.claims, v.refusal INTO c, refusal
    FROM joblease.verify(token, ARRAY['mint', role, principal, verifier, ttl::text, heartbeat::text]) v;
  IF c IS NULL THEN RETURN joblease.refuse('mint', principal, NULL, refusal); END IF;
  IF principal COLLATE "C" !~ '^jl_[0-9a-z]{7}_[a-z0-9]{1,7}_[0-9a-z]{13}$' THEN
    RETURN joblease.refuse('mint', NULL, c, 'the name of the login is malformed');
  END IF;
  -- PostgreSQL takes anything else for a plaintext password.
  IF verifier COLLATE "C" !~ '^SCRAM-SHA-256[$]4096:[A-Za-z0-9+/]{22}==[$][A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$' THEN
    RETURN joblease.refuse('mint', principal, c, 'the verifier of the password is malformed');
  END IF;
  SELECT * INTO r FROM joblease.role x WHERE x.name = mint.role;
  IF r.name IS NULL OR joblease.fault(r.allow) IS NOT NULL OR NOT joblease.allowed(c, r.allow) THEN
    RETURN joblease.refuse('mint', principal, c, format('no rule lets this job have the role "%s"', left(mint.role, 63)));
  END IF;
  span := CASE ttl WHEN 0 THEN r.max_ttl ELSE ttl END;
  IF span NOT BETWEEN 1 AND r.max_ttl THEN
    RETURN joblease.refuse('mint', principal, c, format('the role "%s" allows a ttl of up to %s seconds', r.name, r.max_ttl));
  END IF;
  IF heartbeat <> 0 AND heartbeat NOT BETWEEN 60 AND 3600 THEN
    RETURN joblease.refuse('mint', principal, c, 'a heartbeat is good for 60 to 3600 seconds');
  END IF;
  refusal := joblease.unfit(r.groups);
  IF refusal IS NOT NULL THEN RETURN joblease.refuse('mint', principal, c, refusal); END IF;
  SELECT * INTO STRICT s FROM joblease.settings;
  IF (SELECT count(*) FROM joblease.lease x WHERE x.gone IS NULL AND x.repository_id = c->>'repository_id'
      AND x.ended IS NULL AND x.expires > clock_timestamp() AND x.principal <> mint.principal) >= s.max_live THEN
    RETURN joblease.refuse('mint', principal, c, format('the repository has %s leases already', s.max_live));
  END IF;

  l.minted := to_timestamp(ceil(extract(epoch FROM clock_timestamp())));
  l.latest := l.minted + make_interval(secs => span);
  l.expires := CASE heartbeat WHEN 0 THEN l.latest ELSE least(l.latest, l.minted + make_interval(secs => heartbeat)) END;
  l.record := joblease.lease_record(r.name, r.groups[1], c, l.minted, l.expires, l.latest);
  FOR attempt IN 1 .. 2 LOOP
    BEGIN
      -- The name is taken first: whoever mints it at the same time waits here, and then finds it.
      INSERT INTO joblease.lease (principal, oid, role, groups, verifier, claims, repository_id, minted, expires, latest, heartbeat, record)
        VALUES (mint.principal, 0, r.name, r.groups, mint.verifier, c, c->>'repository_id', l.minted, l.expires, l.latest, mint.heartbeat, l.record)
        ON CONFLICT DO NOTHING;
      IF NOT FOUND THEN
        SELECT * INTO STRICT l FROM joblease.lease x WHERE x.principal = mint.principal;
        IF joblease.same_job(l, c) AND l.verifier = mint.verifier AND l.role = r.name AND l.heartbeat = mint.heartbeat
          AND l.ended IS NULL AND l.expires > clock_timestamp() THEN
          RETURN joblease.answer(l) || '{"again": true}';
        END IF;
        RETURN joblease.refuse('mint', principal, c, 'the name of the login is taken');
      END IF;
      EXECUTE format('CREATE ROLE %I LOGIN PASSWORD %L VALID UNTIL %L CONNECTION LIMIT %s',
        principal, verifier, l.expires::text, r.connection_limit);
      EXECUTE format('COMMENT ON ROLE %I IS %L', principal, l.record::text);
      -- Whatever the lease locks later, its sessions can be ended without any further statement.
      EXECUTE format('GRANT %I TO joblease_porter%s', principal, CASE WHEN has_options THEN ' WITH INHERIT TRUE, SET FALSE' ELSE '' END);
      -- In one order for all: two mints never wait for each other.
      FOR member IN SELECT DISTINCT g FROM unnest(r.groups) g ORDER BY g LOOP
        EXECUTE format('GRANT %I TO %I', member, principal);
      END LOOP;
      -- ALTER ROLE … SET role cannot be said here (a function of another owner may not touch that setting): a lease with
      -- one group says it of itself, when the action tries the login. Then it owns nothing that could keep it from being dropped.
      UPDATE joblease.lease x SET oid = (SELECT p.oid FROM pg_roles p WHERE p.rolname = mint.principal)
        WHERE x.principal = mint.principal RETURNING * INTO STRICT l;
      INSERT INTO joblease.audit (what, role, principal, until, who) VALUES ('mint', r.name, mint.principal, l.expires, joblease.who(c));
      RETURN joblease.answer(l);
    EXCEPTION
      WHEN lock_not_available THEN
        -- From 16 on GRANT locks the group until the end of the transaction, which somebody keeps open.
        PERFORM joblease.end_holders();
      WHEN duplicate_object THEN
        RETURN joblease.refuse('mint', principal, c, 'the name of the login is taken');
      WHEN insufficient_privilege OR undefined_object THEN
        RETURN joblease.refuse('mint', principal, c, format('joblease_definer cannot grant the groups of "%s": %s', r.name, sqlerrm));
    END;
  END LOOP;
  RETURN joblease.refuse('mint', principal, c, 'busy: another transaction holds a lock on a group of the role')
    || '{"busy": true}';
END $f$;

-- The lease moves its own end on, as long as its job lives; to have logged in as the lease is proof enough. Never past
-- what was promised at the mint, and not when the rule that let it in is no more.
CREATE OR REPLACE FUNCTION joblease.renew_me() RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on
SET DateStyle = 'ISO' SET TimeZone = 'UTC' SET lock_timeout = '3s' SET client_min_messages = warning AS $f$
DECLARE
  l joblease.lease;
  reason text;
  until timestamptz;
BEGIN
  PERFORM joblease.stay_mortal();
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RETURN jsonb_build_object('ok', false, 'reason', 'the transaction must be READ COMMITTED');
  END IF;
  SELECT * INTO l FROM joblease.lease x WHERE x.principal = session_user AND x.gone IS NULL FOR UPDATE;
  IF NOT FOUND THEN RETURN jsonb_build_object('ok', false, 'reason', 'this login is no lease'); END IF;
  reason := CASE WHEN l.heartbeat = 0 THEN 'the lease was minted without a heartbeat'
    WHEN l.ended IS NOT NULL OR l.expires <= clock_timestamp() THEN 'the lease is over'
    WHEN NOT EXISTS (SELECT FROM joblease.role r WHERE r.name = l.role AND joblease.fault(r.allow) IS NULL
      AND joblease.allowed(l.claims, r.allow)) THEN format('no rule lets this job have the role "%s" any more', l.role) END;
  IF reason IS NOT NULL THEN RETURN joblease.refuse('renew', l.principal, l.claims, reason); END IF;
  until := least(l.latest, to_timestamp(ceil(extract(epoch FROM clock_timestamp()))) + make_interval(secs => l.heartbeat));
  UPDATE joblease.lease x SET expires = until, record = x.record || jsonb_build_object('exp', extract(epoch FROM until)::bigint)
    WHERE x.principal = l.principal RETURNING * INTO STRICT l;
  EXECUTE format('ALTER ROLE %I VALID UNTIL %L', l.principal, until::text);
  EXECUTE format('COMMENT ON ROLE %I IS %L', l.principal, l.record::text);
  INSERT INTO joblease.audit (what, role, principal, until, who) VALUES ('renew', l.role, l.principal, until, joblease.who(l.claims));
  RETURN joblease.answer(l);
END $f$;

-- 9. Leases: how they end. Disable is one transaction, committed by its own statement; ending sessions and dropping the
-- role is sweep()'s, later.

-- No new login. What the lease itself locked goes with its sessions. Groups are not taken away: from 16 on that would
-- lock the group for as long as this transaction is kept open, for every other mint.
CREATE OR REPLACE FUNCTION joblease.disable(lease joblease.lease, why text, by jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $f$
BEGIN
  FOR attempt IN 1 .. 3 LOOP
    BEGIN
      EXECUTE format('ALTER ROLE %I NOLOGIN PASSWORD NULL VALID UNTIL ''-infinity'' CONNECTION LIMIT 0', lease.principal);
      EXIT;
    EXCEPTION
      WHEN undefined_object THEN EXIT; -- somebody has dropped it
      WHEN lock_not_available OR internal_error THEN -- "tuple concurrently updated" is an internal error
        IF attempt = 3 THEN RAISE; END IF;
        PERFORM joblease.end_sessions(ARRAY[lease.oid]);
    END;
  END LOOP;
  UPDATE joblease.lease x SET ended = why, ended_by = pg_current_xact_id() WHERE x.principal = lease.principal;
  INSERT INTO joblease.audit (what, role, principal, who, detail) VALUES ('end', lease.role, lease.principal, joblease.who(by), why);
END $f$;

-- The lease ends itself; to have logged in as the lease is proof enough. sweep() does the rest.
CREATE OR REPLACE FUNCTION joblease.end_me() RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on
SET TimeZone = 'UTC' SET lock_timeout = '1s' SET client_min_messages = warning AS $f$
DECLARE
  l joblease.lease;
BEGIN
  PERFORM joblease.stay_mortal();
  FOR attempt IN 1 .. 3 LOOP
    BEGIN
      SELECT * INTO l FROM joblease.lease x WHERE x.principal = session_user AND x.gone IS NULL FOR UPDATE;
      EXIT;
    EXCEPTION WHEN lock_not_available THEN
      -- Another session of the lease's own may hold it, and the sweep.
      IF attempt = 3 THEN RAISE; END IF;
      PERFORM joblease.end_sessions(ARRAY[(SELECT x.oid FROM joblease.lease x WHERE x.principal = session_user)]);
    END;
  END LOOP;
  IF l.principal IS NULL THEN RETURN jsonb_build_object('ok', false, 'reason', 'this login is no lease'); END IF;
  IF l.ended IS NULL THEN PERFORM joblease.disable(l, 'ended itself', l.claims); END IF;
  RETURN jsonb_build_object('ok', true, 'state', 'disabled');
END $f$;

-- Ends leases by a token: those of the token's own job, or any by a workflow that the sweeper's rule lets in.
CREATE OR REPLACE FUNCTION joblease.end_leases(token text, principals text[]) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on
SET TimeZone = 'UTC' SET lock_timeout = '1s' SET client_min_messages = warning AS $f$
DECLARE
  c jsonb;
  refusal text;
  l joblease.lease;
  name text;
  is_sweeper boolean;
  ended text[] := '{}';
  failed jsonb := '{}';
BEGIN
  PERFORM joblease.stay_mortal();
  SELECT v.claims, v.refusal INTO c, refusal FROM joblease.verify(token, 'end'::text || principals) v;
  IF c IS NULL THEN RETURN joblease.refuse('end', NULL, NULL, refusal); END IF;
  is_sweeper := coalesce((SELECT joblease.fault(s.sweeper) IS NULL AND joblease.allowed(c, s.sweeper) FROM joblease.settings s), false);
  FOREACH name IN ARRAY coalesce(principals[1:500], '{}') LOOP
    BEGIN
      SELECT * INTO l FROM joblease.lease x WHERE x.principal = name AND x.gone IS NULL FOR UPDATE;
      IF NOT FOUND THEN
        ended := ended || name; -- gone, and so ended
      ELSIF is_sweeper OR joblease.same_job(l, c) THEN
        IF l.ended IS NULL THEN PERFORM joblease.disable(l, CASE WHEN is_sweeper THEN 'its job is over' ELSE 'its job ended it' END, c); END IF;
        ended := ended || name;
      ELSE
        PERFORM joblease.refuse('end', name, c, 'it is not a lease of this job, and this job is not the sweeper');
        failed := failed || jsonb_build_object(name, 'it is not a lease of this job, and this job is not the sweeper');
      END IF;
    EXCEPTION WHEN lock_not_available THEN
      failed := failed || jsonb_build_object(name, 'another transaction holds a lock on it');
    END;
  END LOOP;
  RETURN jsonb_build_object('ok', failed = '{}', 'ended', to_jsonb(ended), 'failed', failed)
    || CASE WHEN failed = '{}' THEN '{}'::jsonb ELSE jsonb_build_object('reason', (SELECT min(value) FROM jsonb_each_text(failed))) END;
END $f$;

-- Ends the sessions of all leases that are over, then drops their roles: those that an earlier transaction has
-- disabled, and where nobody is left, so nobody can have come in since. Acts on nothing that is not over, so no token is
-- needed. principal: this one only, and what has become of it.
CREATE OR REPLACE FUNCTION joblease.sweep(principal text DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on
SET TimeZone = 'UTC' SET lock_timeout = '1s' SET client_min_messages = warning AS $f$
DECLARE
  is_clock constant boolean := session_user = 'joblease_clock';
  has_options constant boolean := current_setting('server_version_num')::int >= 160000;
  began constant timestamptz := clock_timestamp();
  over oid[];
  busy int[];
  told int[] := '{}';
  here int;
  left_over int := 0;
  removed int := 0;
  l joblease.lease;
  member text;
  why text;
  shells jsonb := '{}';
  state jsonb := '{}';
BEGIN
  PERFORM joblease.stay_mortal();
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RETURN jsonb_build_object('ok', false, 'reason', 'the transaction must be READ COMMITTED');
  END IF;
  PERFORM joblease.end_holders();
  IF is_clock THEN
    BEGIN
      PERFORM joblease.heal();
    EXCEPTION WHEN OTHERS THEN
      RAISE LOG 'joblease: the login of the gate could not be put right: %', sqlerrm; -- and the leases go on
    END;
  END IF;

  -- Sessions. No lock is waited for here: a lease that keeps a transaction open is ended like any other.
  SELECT array_agg(x.oid) INTO over FROM joblease.lease x WHERE x.gone IS NULL AND x.oid <> 0
    AND (x.ended IS NOT NULL OR x.expires <= clock_timestamp()) AND (sweep.principal IS NULL OR x.principal = sweep.principal);
  IF over IS NOT NULL THEN
    LOOP
      told := told || joblease.end_sessions(over);
      PERFORM pg_stat_clear_snapshot();
      SELECT count(*) INTO left_over FROM pg_stat_activity WHERE usesysid = ANY (over) AND pid <> pg_backend_pid();
      EXIT WHEN left_over = 0 OR clock_timestamp() > began + interval '3 seconds';
      PERFORM pg_sleep(0.01);
    END LOOP;
    -- Logins under way. The server shows them to nobody as the role's, also when a client makes it sleep there
    -- (post_auth_delay); but from before the password is asked for they are transactions, whose locks everybody sees.
    -- Only whoever is a member may end them: joblease_definer is one of leases that are over, and of nothing else.
    SELECT array_agg(pid) INTO busy FROM pg_locks WHERE locktype = 'virtualxid' AND pid IS NOT NULL;
    PERFORM pg_stat_clear_snapshot();
    SELECT array_agg(b) INTO busy FROM unnest(busy) b
      WHERE b NOT IN (SELECT pid FROM pg_stat_activity WHERE usesysid IS NOT NULL OR datid IS NOT NULL);
    IF busy IS NOT NULL THEN
      FOR member IN SELECT rolname FROM pg_roles WHERE oid = ANY (over) LOOP
        BEGIN
          EXECUTE format('GRANT %I TO joblease_definer%s', member, CASE WHEN has_options THEN ' WITH INHERIT TRUE, SET FALSE' ELSE '' END);
        EXCEPTION WHEN lock_not_available OR insufficient_privilege OR undefined_object THEN NULL;
        END;
      END LOOP;
      -- After this time a login that is the lease's has either come so far that it was ended here, or is refused.
      FOR attempt IN 1 .. 10 LOOP
        FOREACH here IN ARRAY busy LOOP
          BEGIN
            IF pg_terminate_backend(here) AND here <> ALL (told) THEN told := told || here; END IF;
          EXCEPTION WHEN insufficient_privilege THEN NULL; -- somebody else's
          END;
        END LOOP;
        EXIT WHEN NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'virtualxid' AND pid = ANY (busy));
        PERFORM pg_sleep(0.01);
      END LOOP;
    END IF;
  END IF;

  -- Roles.
  FOR l IN SELECT * FROM joblease.lease x WHERE x.gone IS NULL AND (x.ended IS NOT NULL OR x.expires <= clock_timestamp())
      AND CASE WHEN sweep.principal IS NULL THEN x.tried IS NULL OR x.tried < clock_timestamp() - interval '10 minutes'
        ELSE x.principal = sweep.principal END
      ORDER BY x.tried NULLS FIRST, x.expires LIMIT 500 FOR UPDATE SKIP LOCKED LOOP
    EXIT WHEN clock_timestamp() > began + interval '6 seconds';
    why := NULL;
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE oid = l.oid) THEN
        UPDATE joblease.lease x SET gone = clock_timestamp(), ended = coalesce(ended, 'it was dropped') WHERE x.principal = l.principal;
      ELSIF l.ended IS NULL THEN
        PERFORM joblease.disable(l, 'expired', NULL);
        why := 'it was disabled just now: sweep again to have it dropped';
      ELSIF l.ended_by = pg_current_xact_id() THEN
        why := 'it was disabled in the same transaction: sweep again to have it dropped';
      ELSE
        PERFORM pg_stat_clear_snapshot();
        SELECT count(*) INTO here FROM pg_stat_activity WHERE usesysid = l.oid;
        IF here > 0 THEN
          why := format('%s of its sessions did not end', here);
        ELSIF EXISTS (SELECT FROM pg_prepared_xacts WHERE owner = l.principal) THEN
          why := (SELECT format('the transaction %s that it has prepared in the database "%s" keeps its locks', quote_literal(gid), database)
            FROM pg_prepared_xacts WHERE owner = l.principal LIMIT 1);
        ELSE
          EXECUTE format('DROP ROLE %I', l.principal);
          UPDATE joblease.lease x SET gone = clock_timestamp() WHERE x.principal = l.principal;
          removed := removed + 1;
        END IF;
      END IF;
    EXCEPTION
      WHEN dependent_objects_still_exist THEN
        GET STACKED DIAGNOSTICS why = PG_EXCEPTION_DETAIL;
        why := 'it cannot be dropped: ' || replace(why, E'\n', '; ');
      WHEN lock_not_available THEN
        why := 'another transaction holds a lock on it';
        -- Groups are taken away where the login cannot be, as a transaction that it has prepared can bring about. Only
        -- the scheduler may: nobody can make it keep the lock on the group.
        IF is_clock THEN
          FOREACH member IN ARRAY l.groups LOOP
            BEGIN
              EXECUTE format('REVOKE %I FROM %I', member, l.principal);
            EXCEPTION WHEN OTHERS THEN NULL;
            END;
          END LOOP;
        END IF;
      WHEN OTHERS THEN
        why := sqlerrm; -- whatever one lease can bring about concerns no other
    END;
    IF why IS NOT NULL THEN
      shells := shells || jsonb_build_object(l.principal, why);
      IF l.ended IS NOT NULL AND l.ended_by <> pg_current_xact_id() THEN
        UPDATE joblease.lease x SET tried = clock_timestamp() WHERE x.principal = l.principal;
      END IF;
    END IF;
  END LOOP;

  IF sweep.principal IS NOT NULL THEN
    SELECT * INTO l FROM joblease.lease x WHERE x.principal = sweep.principal;
    state := CASE WHEN l.principal IS NULL THEN '{"state": "unknown"}'
      WHEN l.gone IS NOT NULL THEN '{"state": "gone"}'
      WHEN l.ended IS NULL AND l.expires > clock_timestamp() THEN '{"state": "live"}'
      ELSE jsonb_strip_nulls(jsonb_build_object('state', 'disabled', 'reason', shells->>(l.principal))) END;
  ELSE
    DELETE FROM joblease.audit WHERE at < clock_timestamp() - make_interval(days => (SELECT audit_days FROM joblease.settings));
    DELETE FROM joblease.lease x WHERE x.gone < clock_timestamp() - interval '1 day';
  END IF;
  IF is_clock THEN
    -- Both sweeps of a round are one beat.
    INSERT INTO joblease.beat (at, able) VALUES (began, true) ON CONFLICT DO NOTHING;
    UPDATE joblease.beat SET before = at, at = began WHERE began > at + interval '5 seconds';
    UPDATE joblease.beat SET able = (left_over = 0);
  END IF;
  RETURN jsonb_build_object('ok', true, 'sessions', cardinality(ARRAY(SELECT DISTINCT unnest(told))), 'left', left_over,
    'removed', removed, 'shells', shells) || state;
END $f$;

-- What a scheduler on the server calls each minute, as joblease_clock: CALL joblease.tick()
-- It commits between disabling and dropping, which no function can, so one round does both.
CREATE OR REPLACE PROCEDURE joblease.tick() LANGUAGE plpgsql AS $f$
BEGIN
  PERFORM joblease.sweep();
  COMMIT;
  PERFORM joblease.sweep();
END $f$;

-- Puts the gate's login right again when somebody who knows its password has changed that, or has left settings that
-- shut everybody out. The scheduler calls it with each round.
CREATE OR REPLACE FUNCTION joblease.heal() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on
SET lock_timeout = '1s' SET client_min_messages = warning AS $f$
DECLARE
  place text;
  secret constant text := (SELECT password FROM joblease.settings);
BEGIN
  FOR place IN SELECT CASE WHEN setdatabase = 0 THEN '' ELSE format(' IN DATABASE %I', datname) END
      FROM pg_db_role_setting LEFT JOIN pg_database d ON d.oid = setdatabase
      WHERE setrole = (SELECT oid FROM pg_roles WHERE rolname = 'joblease_gate') LOOP
    EXECUTE format('ALTER ROLE joblease_gate%s RESET ALL', place);
  END LOOP;
  IF secret IS NOT NULL THEN EXECUTE format('ALTER ROLE joblease_gate PASSWORD %L', secret); END IF;
END $f$;

-- 10. What the workflows of the gate's owner may ask for, by their tokens.

-- Leases that are there, a page of 200 at a time.
CREATE OR REPLACE FUNCTION joblease.list(token text, after text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on
SET TimeZone = 'UTC' SET lock_timeout = '3s' AS $f$
DECLARE
  c jsonb;
  refusal text;
BEGIN
  SELECT v.claims, v.refusal INTO c, refusal FROM joblease.verify(token, ARRAY['list', after]) v;
  IF c IS NULL THEN RETURN joblease.refuse('list', NULL, NULL, refusal); END IF;
  IF NOT coalesce((SELECT joblease.fault(s.sweeper) IS NULL AND joblease.allowed(c, s.sweeper) FROM joblease.settings s), false) THEN
    RETURN joblease.refuse('list', NULL, c, 'no rule makes this job the sweeper');
  END IF;
  RETURN jsonb_build_object('ok', true, 'leases', coalesce((SELECT jsonb_agg(page.lease ORDER BY page.principal) FROM (
    SELECT x.principal, jsonb_build_object('principal', x.principal, 'record', x.record, 'exp', extract(epoch FROM x.expires)::bigint,
        'over', x.ended IS NOT NULL OR x.expires <= clock_timestamp()) AS lease
      FROM joblease.lease x WHERE x.gone IS NULL AND x.principal > after COLLATE "C" ORDER BY x.principal COLLATE "C" LIMIT 200) page), '[]'));
END $f$;

-- Rows of the audit, a page of 500 at a time.
CREATE OR REPLACE FUNCTION joblease.read_audit(token text, after bigint) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on
SET DateStyle = 'ISO' SET TimeZone = 'UTC' SET lock_timeout = '3s' AS $f$
DECLARE
  c jsonb;
  refusal text;
BEGIN
  SELECT v.claims, v.refusal INTO c, refusal FROM joblease.verify(token, ARRAY['audit', after::text]) v;
  IF c IS NULL THEN RETURN joblease.refuse('audit', NULL, NULL, refusal); END IF;
  IF NOT coalesce((SELECT joblease.fault(s.sweeper) IS NULL AND joblease.allowed(c, s.sweeper) FROM joblease.settings s), false) THEN
    RETURN joblease.refuse('audit', NULL, c, 'no rule makes this job the sweeper');
  END IF;
  RETURN jsonb_build_object('ok', true, 'rows', coalesce((SELECT jsonb_agg(to_jsonb(page) ORDER BY page.id) FROM (
    SELECT * FROM joblease.audit a WHERE a.id > after ORDER BY a.id LIMIT 500) page), '[]'));
END $f$;

-- GitHub vouches for its own next key: by a token that a known key has signed, from the keeper's workflow, which has read
-- the published keys. It is good after a delay, in which somebody can look.
CREATE OR REPLACE FUNCTION joblease.add_key(token text, kid text, modulus text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on
SET TimeZone = 'UTC' SET lock_timeout = '3s' SET client_min_messages = warning AS $f$
DECLARE
  c jsonb;
  refusal text;
  s joblease.settings;
  k joblease.signing_keys;
  bytes bytea;
BEGIN
  PERFORM joblease.stay_mortal();
  SELECT v.claims, v.refusal INTO c, refusal FROM joblease.verify(token, ARRAY['key', kid, modulus]) v;
  IF c IS NULL THEN RETURN joblease.refuse('key', NULL, NULL, refusal); END IF;
  SELECT * INTO STRICT s FROM joblease.settings FOR UPDATE; -- one at a time
  IF s.keeper IS NULL OR joblease.fault(s.keeper) IS NOT NULL OR NOT joblease.allowed(c, s.keeper) THEN
    RETURN joblease.refuse('key', NULL, c, 'no rule makes this job the keeper of the keys');
  END IF;
  bytes := joblease.base64url(modulus);
  SELECT * INTO k FROM joblease.signing_keys x WHERE x.kid = add_key.kid;
  IF FOUND THEN
    IF k.modulus IS DISTINCT FROM bytes THEN RETURN joblease.refuse('key', NULL, c, 'the gate knows another key by this id'); END IF;
  ELSE
    IF (SELECT count(*) FROM joblease.signing_keys) >= 16 THEN RETURN joblease.refuse('key', NULL, c, 'the gate has 16 keys already'); END IF;
    BEGIN
      INSERT INTO joblease.signing_keys (kid, modulus, not_before, vouched)
        VALUES (add_key.kid, bytes, clock_timestamp() + s.key_delay, c) RETURNING * INTO STRICT k;
    EXCEPTION WHEN check_violation OR not_null_violation THEN
      RETURN joblease.refuse('key', NULL, c, 'it is not an RSA key of 2048 to 4096 bits');
    END;
    INSERT INTO joblease.audit (what, until, who, detail)
      VALUES ('key', k.not_before, joblease.who(c), format('%s, SHA-256 %s', left(add_key.kid, 200), encode(sha256(bytes), 'hex')));
  END IF;
  RETURN jsonb_build_object('ok', true, 'from', extract(epoch FROM k.not_before)::bigint, 'sha256', encode(sha256(k.modulus), 'hex'));
END $f$;

-- What a job has to know before it asks GitHub for a token, and the keys, to compare them with those that are published.
CREATE OR REPLACE FUNCTION joblease.hello() RETURNS jsonb
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $f$
  SELECT jsonb_build_object('v', version, 'name', name, 'issuer', issuer,
    'keys', (SELECT coalesce(jsonb_object_agg(kid, encode(sha256(modulus), 'hex')), '{}') FROM joblease.signing_keys
      WHERE not_before < 'infinity'))
    FROM joblease.settings
$f$;

-- 11. What administrators call: superusers, and members of joblease_definer.

-- A rule, from the ids of GitHub: gh api repos/OWNER/NAME --jq .id
CREATE OR REPLACE FUNCTION joblease.rule(repository_id bigint DEFAULT NULL, repository_owner_id bigint DEFAULT NULL,
  ref text DEFAULT NULL, environment text DEFAULT NULL, event_name text[] DEFAULT NULL, job_workflow_ref text DEFAULT NULL)
RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $f$
  SELECT jsonb_build_array(jsonb_strip_nulls(jsonb_build_object('repository_id', repository_id::text,
    'repository_owner_id', repository_owner_id::text, 'ref', ref, 'environment', environment, 'event_name', to_jsonb(event_name),
    'job_workflow_ref', job_workflow_ref)))
$f$;

-- Makes a role, or changes it: what a job may have that one of the rules lets in.
CREATE OR REPLACE FUNCTION joblease.define_role(name text, groups text[], max_ttl interval, allow jsonb, connection_limit int DEFAULT 20)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $f$
DECLARE
  reason text := coalesce(joblease.fault(allow), joblease.unfit(groups));
  seconds constant int := extract(epoch FROM max_ttl);
  member text;
BEGIN
  IF reason IS NOT NULL THEN RAISE EXCEPTION '%', reason USING ERRCODE = 'invalid_parameter_value'; END IF;
  IF seconds IS NULL OR seconds NOT BETWEEN 1 AND 86400 THEN
    RAISE EXCEPTION 'the longest ttl must be from one second to 24 hours' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF EXISTS (SELECT FROM jsonb_array_elements(allow) rule WHERE NOT rule ? 'event_name') THEN
    RAISE WARNING 'a rule of "%" names no event_name: where the branch is the only other condition, pull_request_target fits too', name;
  END IF;
  FOREACH member IN ARRAY groups LOOP
    IF current_setting('server_version_num')::int >= 160000
      AND NOT pg_has_role('joblease_definer', member, 'MEMBER WITH ADMIN OPTION') THEN
      EXECUTE format('GRANT %I TO joblease_definer WITH ADMIN TRUE, INHERIT FALSE, SET FALSE', member);
    END IF;
    -- A lease comes back here to renew and to end itself.
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), member);
  END LOOP;
  INSERT INTO joblease.role (name, groups, max_ttl, allow, connection_limit)
    VALUES (define_role.name, define_role.groups, seconds, define_role.allow, define_role.connection_limit)
    ON CONFLICT ON CONSTRAINT role_pkey DO UPDATE SET groups = excluded.groups, max_ttl = excluded.max_ttl, allow = excluded.allow,
      connection_limit = excluded.connection_limit;
  INSERT INTO joblease.audit (what, role, detail) VALUES ('define role', define_role.name, session_user);
END $f$;

-- No more mints and renewals of a role; its leases go on to their end, or end with it. Returns how many leases ended.
CREATE OR REPLACE FUNCTION joblease.drop_role(name text, and_leases boolean DEFAULT false) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on
SET lock_timeout = '3s' AS $f$
DECLARE
  l joblease.lease;
  ended int := 0;
BEGIN
  DELETE FROM joblease.role r WHERE r.name = drop_role.name;
  IF NOT FOUND AND NOT and_leases THEN
    RAISE EXCEPTION 'there is no role "%"', name USING ERRCODE = 'undefined_object';
  END IF;
  INSERT INTO joblease.audit (what, role, detail) VALUES ('drop role', drop_role.name, session_user);
  IF and_leases THEN
    FOR l IN SELECT * FROM joblease.lease x WHERE x.role = drop_role.name AND x.gone IS NULL AND x.ended IS NULL FOR UPDATE LOOP
      PERFORM joblease.disable(l, 'its role was dropped', NULL);
      ended := ended + 1;
    END LOOP;
  END IF;
  RETURN ended;
END $f$;

CREATE OR REPLACE FUNCTION joblease.roles()
RETURNS TABLE (name text, groups text[], max_ttl interval, allow jsonb, connection_limit int, live bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $f$
  SELECT r.name, r.groups, make_interval(secs => r.max_ttl), r.allow, r.connection_limit,
      (SELECT count(*) FROM joblease.lease l WHERE l.role = r.name AND l.gone IS NULL AND l.ended IS NULL AND l.expires > clock_timestamp())
    FROM joblease.role r ORDER BY r.name
$f$;

-- The signing keys; sha256 is that of the modulus, to compare with what GitHub publishes.
CREATE OR REPLACE FUNCTION joblease.keys()
RETURNS TABLE (kid text, bits int, sha256 text, good_from timestamptz, vouched_by text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $f$
  SELECT k.kid, octet_length(k.modulus) * 8, encode(pg_catalog.sha256(k.modulus), 'hex'), k.not_before,
      coalesce(k.vouched->>'job_workflow_ref', 'an administrator')
    FROM joblease.signing_keys k WHERE k.not_before < 'infinity' ORDER BY k.kid
$f$;

-- Admits a key at once, or lets go of the delay of one.
CREATE OR REPLACE FUNCTION joblease.add_key(kid text, modulus text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $f$
DECLARE
  bytes constant bytea := joblease.base64url(modulus);
BEGIN
  INSERT INTO joblease.signing_keys AS k (kid, modulus) VALUES (add_key.kid, bytes)
    ON CONFLICT ON CONSTRAINT signing_keys_pkey DO UPDATE SET modulus = excluded.modulus, not_before = clock_timestamp(), vouched = NULL
      WHERE k.modulus = excluded.modulus OR k.not_before = 'infinity';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the gate knows another key by this id: drop_key first' USING ERRCODE = 'unique_violation';
  END IF;
  INSERT INTO joblease.audit (what, detail) VALUES ('key', format('%s, SHA-256 %s, by %s', kid, encode(sha256(bytes), 'hex'), session_user));
  RETURN encode(sha256(bytes), 'hex');
END $f$;

CREATE OR REPLACE FUNCTION joblease.drop_key(kid text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $f$
BEGIN
  -- Its row stays, so that no upgrade brings it back.
  UPDATE joblease.signing_keys k SET not_before = 'infinity' WHERE k.kid = drop_key.kid;
  IF NOT FOUND THEN RAISE EXCEPTION 'there is no key "%"', kid USING ERRCODE = 'undefined_object'; END IF;
  INSERT INTO joblease.audit (what, detail) VALUES ('drop key', format('%s, by %s', kid, session_user));
END $f$;

-- Changes a setting: name, issuer, keeper, sweeper, key_delay, token_seconds, skew_seconds, max_live, audit_days.
CREATE OR REPLACE FUNCTION joblease.configure(setting text, value text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $f$
DECLARE
  reason text;
BEGIN
  IF setting IS NULL OR setting NOT IN ('name', 'issuer', 'keeper', 'sweeper', 'key_delay', 'token_seconds', 'skew_seconds', 'max_live', 'audit_days') THEN
    RAISE EXCEPTION 'there is no setting "%"', setting USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF setting IN ('keeper', 'sweeper') AND value IS NOT NULL THEN
    reason := joblease.fault(value::jsonb);
    -- A key is every role of this gate. So not any workflow of a repository, but one, by its file.
    IF reason IS NULL AND EXISTS (SELECT FROM jsonb_array_elements(value::jsonb) rule
        WHERE NOT coalesce(jsonb_typeof(rule->'job_workflow_ref') = 'string' AND rule->>'job_workflow_ref' !~ '[*]', false)) THEN
      reason := 'a rule for it must name one job_workflow_ref, without *';
    END IF;
    IF reason IS NOT NULL THEN RAISE EXCEPTION '%', reason USING ERRCODE = 'invalid_parameter_value'; END IF;
  END IF;
  EXECUTE format('UPDATE joblease.settings SET %I = CAST(%L AS %s)', setting, value,
    (SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'joblease.settings'::regclass AND attname = setting));
  INSERT INTO joblease.audit (what, detail) VALUES ('configure', format('%s = %s, by %s', setting, value, session_user));
END $f$;

-- Gives the gate's login a new password, which is shown once. It is not for keeping secret things: whoever has it can
-- call the gate, and get nothing without a token.
CREATE OR REPLACE FUNCTION joblease.new_password() RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on AS $f$
DECLARE
  secret constant text := 'Gate-' || replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
BEGIN
  UPDATE joblease.settings SET password = secret;
  PERFORM joblease.heal();
  RETURN secret;
END $f$;

-- 12. Who may call what.

DO $install$
DECLARE
  f text;
BEGIN
  -- A creator of roles may set for itself what it gets of each role that it creates.
  IF current_setting('server_version_num')::int >= 160000 THEN
    ALTER FUNCTION joblease.mint(text, text, text, text, int, int) SET createrole_self_grant = '';
  END IF;
  FOR f IN SELECT oid::regprocedure FROM pg_proc
    WHERE pronamespace = 'joblease'::regnamespace AND proowner = (SELECT oid FROM pg_roles WHERE rolname = current_user) LOOP
    EXECUTE format('REVOKE ALL ON ROUTINE %s FROM PUBLIC', f);
  END LOOP;
END $install$;

GRANT USAGE ON SCHEMA joblease TO PUBLIC;
GRANT EXECUTE ON FUNCTION joblease.renew_me(), joblease.end_me() TO PUBLIC;
GRANT EXECUTE ON FUNCTION joblease.hello(), joblease.mint(text, text, text, text, int, int), joblease.end_leases(text, text[]),
  joblease.sweep(text), joblease.list(text, text), joblease.read_audit(text, bigint), joblease.add_key(text, text, text)
  TO joblease_gate;
GRANT EXECUTE ON FUNCTION joblease.sweep(text) TO joblease_clock;
GRANT EXECUTE ON PROCEDURE joblease.tick() TO joblease_clock;

-- 13. GitHub's signing keys: https://token.actions.githubusercontent.com/.well-known/jwks
-- Compare: SELECT * FROM joblease.keys();

INSERT INTO joblease.signing_keys (kid, modulus)
  SELECT kid, joblease.base64url(n) FROM (VALUES
    ('cc413527-173f-5a05-976e-9c52b1d7b431',
      'w4M936N3ZxNaEblcUoBm-xu0-V9JxNx5S7TmF0M3SBK-2bmDyAeDdeIOTcIVZHG-ZX9N9W0u1yWafgWewHrsz66BkxXq3bscvQUTAw7W3s6TEeYY7o9shPkFfOiU3x_KYgOo06SpiFdymwJflRs9cnbaU88i5fZJmUepUHVllP2tpPWTi-7UA3AdP3cdcCs5bnFfTRKzH2W0xqKsY_jIG95aQJRBDpbiesefjuyxcQnOv88j9tCKWzHpJzRKYjAUM6OPgN4HYnaSWrPJj1v41eEkFM1kORuj-GSH2qMVD02VklcqaerhQHIqM-RjeHsN7G05YtwYzomE5G-fZuwgvQ'),
    ('38826b17-6a30-5f9b-b169-8beb8202f723',
      '5Manmy-zwsk3wEftXNdKFZec4rSWENW4jTGevlvAcU9z3bgLBogQVvqYLtu9baVm2B3rfe5onadobq8po5UakJ0YsTiiEfXWdST7YI2Sdkvv-hOYMcZKYZ4dFvuSO1vQ2DgEkw_OZNiYI1S518MWEcNxnPU5u67zkawAGsLlmXNbOylgVfBRJrG8gj6scr-sBs4LaCa3kg5IuaCHe1pB-nSYHovGV_z0egE83C098FfwO1dNZBWeo4Obhb5Z-ZYFLJcZfngMY0zJnCVNmpHQWOgxfGikh3cwi4MYrFrbB4NTlxbrQ3bL-rGKR5X318veyDlo8Dyz2KWMobT4wB9U1Q'),
    ('38E9B30B3A023A1B72309921A69A42FCC496C42C',
      'tEq2Fp9HcdT5MwMsB_UTm8j_woJJLi3sA-y0RX2tioTm581seyfvOH6lJ5JmHVtS-_fb8B2tRT1pznHQSNq14PsJdu9bp5egbWmIz-5RvhqoM-oKem_MJENCNFuqXijRLT47FRdfH3inqde1vJlA_JJHCqYMKIpHH7kqNFYcCpwr0vk80Hc2rTyL0uBXI7NqBZbtUgNoyucWO5O7QQrPNOmlr-GI8aFckFRfobCaCOiH9qW02FtkV74fwBGVCNhNf3a1CK81-O8xEGimvVydI_pQA5B8QqVuQjY_ntOu555HdirA0hKkY6fsE9eZCMFmWDHZ2kSWLjhabxWxIzSzXQ'),
    ('4F3E9AD8C9A6F5EB3173006F4FA630E28F43DCE9',
      'tGevqhkBGn8NB0dKxs8Ddxhn-xZPm55svcSlkJZEOwDOXDLl_0-iVOVKNJfcHHLHvMqa6zh2DDcpAWZi2FpeBAJupsrymqwzllxOODWKWoVIoaIjOO7h1JLiF9Knwuq-o6BPtKdwOT-bOrXRzChMtQsc5C1Auex-D0Z6loObBuK1Lkm0RK9ISQsLqBEwq8g0OOupI_shU1r2rT2G0nkZ0CvxVlQeUGShFi8Mdys2s5LPqBwjC4LKwjk8moWQV32KEccbTPKxnG_539DxRglHJgHPHisSVGsfZIUXi2chtXdQHZPdVve8ZRmknCykZtkJ6K87llSUXi7oyzhCIZdiUQ')
  ) AS github (kid, n)
  ON CONFLICT DO NOTHING;

-- 14. The database around it.

RESET ROLE;
REVOKE CREATE ON SCHEMA joblease FROM joblease_porter;

DO $install$
DECLARE
  f regprocedure;
BEGIN
  EXECUTE format('REVOKE CONNECT, TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO joblease_gate, joblease_clock', current_database());
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    RAISE WARNING 'only a superuser can keep the gate''s login from functions that wear the server down, such as advisory locks: they stay as they are';
    RETURN;
  END IF;
  REVOKE ALL ON SCHEMA public FROM PUBLIC;
  REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;
  -- What whoever knows the password could fill the server's memory with, hold its sessions by, or end others' with.
  FOR f IN SELECT p.oid FROM pg_proc p WHERE pronamespace = 'pg_catalog'::regnamespace
      AND (proname ~ '^(pg_(try_)?advisory_|lo_|pg_sleep|pg_(terminate|cancel)_backend$)' OR proname IN
        ('loread', 'lowrite', 'pg_notify', 'generate_series', 'repeat', 'pg_export_snapshot', 'pg_logical_emit_message')) LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO joblease_definer, joblease_porter', f);
  END LOOP;
END $install$;

COMMIT;
