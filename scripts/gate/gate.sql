-- The gate of joblease on --[mysql]MySQL 8.0.22 and newer--[mariadb]MariaDB 10.6 and newer--[end]: the server checks the token that GitHub signs for a job, and mints. Nothing else
-- is trusted and no secret of ours is stored. With it comes the switch, an event that ends every lease that is over.
-- Run it as an administrator: --[mysql]mysql < sql/mysql/gate.sql--[mariadb]mariadb < sql/mariadb/gate.sql--[end]. Run a newer one over it to upgrade: roles, keys, live leases and the
-- audit stay. sql/--[mysql]mysql--[mariadb]mariadb--[end]/gate-remove.sql takes it away. Written by scripts/generate-gate.ts.
SET NAMES utf8mb4 COLLATE utf8mb4_bin; -- a routine keeps the character set, the collation and the mode that it was created under
SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES';

CREATE DATABASE IF NOT EXISTS joblease;
ALTER DATABASE joblease CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS joblease.settings (
  one TINYINT UNSIGNED PRIMARY KEY,
  version INT NOT NULL COMMENT 'of the gate that is installed',
  name VARCHAR(100) NOT NULL COMMENT 'the audience of a token begins with it, so that a token for one gate is of no use at another',
  issuer VARCHAR(255) NOT NULL,
  skew_seconds INT NOT NULL DEFAULT 30 COMMENT 'how far ahead the clock of the issuer may be',
  token_seconds INT NOT NULL DEFAULT 600 COMMENT 'a token is taken for so long after it was issued, whatever it says itself',
  max_live INT NOT NULL DEFAULT 200 COMMENT 'leases at a time for one repository',
  audit_days INT NOT NULL DEFAULT 90,
  keeper LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'JSON, the rules for who may vouch for a new signing key',
  key_delay_seconds INT NOT NULL DEFAULT 86400 COMMENT 'how long such a key waits',
  sweeper LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
    COMMENT 'JSON, the rules for who may list leases, end those of jobs that are over, and read the audit',
  login_plugin VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin COMMENT 'of joblease_gate: what the clock sets it back to',
  login_hash VARBINARY(255)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

DROP PROCEDURE IF EXISTS joblease.check_install;
DELIMITER //
CREATE PROCEDURE joblease.check_install()
SQL SECURITY INVOKER
BEGIN
  IF EXISTS (SELECT * FROM joblease.settings WHERE version > --[version]) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'joblease: a newer gate is installed; this file would downgrade it';
  END IF;
  -- Whoever calls may choose the time of NOW(). That of SYSDATE() it may not, unless the server was told so.
  SET SESSION timestamp = 1;
  IF UNIX_TIMESTAMP(SYSDATE()) < 1000 THEN
    SET SESSION timestamp = DEFAULT;
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'joblease: the server runs with --sysdate-is-now, so a caller could choose the time';
  END IF;
  SET SESSION timestamp = DEFAULT;
END//
DELIMITER ;
CALL joblease.check_install();
DROP PROCEDURE joblease.check_install;

--[reaper]
SET NAMES utf8mb4 COLLATE utf8mb4_bin;
SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES';

INSERT INTO joblease.settings (one, version, name, issuer)
  VALUES (1, --[version], CONCAT('joblease:', UUID()), 'https://token.actions.githubusercontent.com')
  ON DUPLICATE KEY UPDATE version = --[version];

CREATE TABLE IF NOT EXISTS joblease.signing_keys (
  kid VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  n_hex VARCHAR(512) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'the modulus',
  n VARCHAR(640) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'the same, in limbs of 32 decimal digits',
  q DECIMAL(32,0) NOT NULL COMMENT '-1/n modulo 2^104',
  r2 VARCHAR(640) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT '2^4160 modulo n',
  not_before BIGINT NOT NULL COMMENT 'epoch seconds, like all times here',
  vouched LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'JSON, the claims of the job that vouched for it; NULL: an administrator'
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS joblease.role (
  name VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  group_roles VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'quoted, separated by commas',
  max_ttl INT NOT NULL COMMENT 'seconds',
  allow LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'JSON, the rules'
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS joblease.lease (
  principal VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  role VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  verifier VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'the hash of its password, as it was minted',
  claims LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'JSON, as GitHub signed them',
  repository_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  run_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  run_attempt VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  check_run_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'empty where GitHub names none',
  minted BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  latest BIGINT NOT NULL COMMENT 'no renewal goes past this',
  heartbeat INT NOT NULL COMMENT 'seconds that a renewal is good for; 0: it cannot renew itself',
  record VARCHAR(1024) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'JSON, what the lease says of itself',
  ended VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin COMMENT 'why it was disabled',
  gone BIGINT COMMENT 'when it was seen that there is no such account any more',
  INDEX (repository_id, gone),
  INDEX (gone, expires)
) ENGINE = InnoDB;

-- No AUTO_INCREMENT: a caller may choose the next one.
CREATE TABLE IF NOT EXISTS joblease.audit (
  id BIGINT PRIMARY KEY COMMENT 'the time, in microseconds',
  what VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  role VARCHAR(63) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
  principal VARCHAR(63) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
  until BIGINT,
  who LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'JSON, of the claims',
  detail VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS joblease.visitors (
  id BIGINT UNSIGNED PRIMARY KEY COMMENT 'a session of the gate''s login',
  since BIGINT NOT NULL
) ENGINE = InnoDB;
INSERT IGNORE INTO joblease.round (id, session) VALUES (2, 0);

-- Nobody logs in as it. The routines below, which have its rights, are all that it does.
--[mysql]
SET @joblease_sql = CONCAT(
  'CREATE USER IF NOT EXISTS ''joblease_definer''@''localhost'' IDENTIFIED WITH caching_sha2_password AS ''$A$005$',
  LEFT(SHA2(RANDOM_BYTES(32), 256), 63), ''' ACCOUNT LOCK');
PREPARE creating FROM @joblease_sql; EXECUTE creating; DEALLOCATE PREPARE creating;
GRANT CREATE USER ON *.* TO 'joblease_definer'@'localhost';
GRANT SELECT (User, Host) ON mysql.user TO 'joblease_definer'@'localhost';
GRANT SELECT (plugin, authentication_string, account_locked, password_expired) ON mysql.user TO 'joblease_reaper'@'localhost';
CREATE ROLE IF NOT EXISTS 'joblease_lease';
GRANT 'joblease_lease' TO 'joblease_definer'@'localhost' WITH ADMIN OPTION;
--[mariadb]
CREATE USER IF NOT EXISTS 'joblease_definer'@'localhost' IDENTIFIED VIA mysql_native_password USING 'invalid' ACCOUNT LOCK;
GRANT CREATE USER ON *.* TO 'joblease_definer'@'localhost';
-- Without it the server sets nobody's default role. It adds nothing to CREATE USER, which may set any password.
GRANT SELECT, UPDATE ON mysql.* TO 'joblease_definer'@'localhost';
GRANT SELECT ON mysql.* TO 'joblease_reaper'@'localhost';
--[end]
GRANT SELECT, INSERT, UPDATE, DELETE, EXECUTE--[mariadb], GRANT OPTION--[end] ON joblease.* TO 'joblease_definer'@'localhost';

-- What every job logs in as. It may call the gate, and gets nothing there without a token. joblease.new_password() gives it
-- the password that it is used by.
--[mysql]
SET @joblease_sql = CONCAT(
  'CREATE USER IF NOT EXISTS ''joblease_gate''@''%'' IDENTIFIED WITH caching_sha2_password AS ''$A$005$',
  LEFT(SHA2(RANDOM_BYTES(32), 256), 63), ''' WITH MAX_USER_CONNECTIONS 40');
PREPARE creating FROM @joblease_sql; EXECUTE creating; DEALLOCATE PREPARE creating;
--[mariadb]
CREATE USER IF NOT EXISTS 'joblease_gate'@'%' IDENTIFIED VIA mysql_native_password USING 'invalid' WITH MAX_USER_CONNECTIONS 40;
--[end]

DROP EVENT IF EXISTS joblease.clock;
--[mysql]
--[drops]
--[end]

DELIMITER //
--[rs256]

-- The beginning of every call: the session as it has to be, whatever the caller has set, and the time.
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.pin(OUT p_now BIGINT)
SQL SECURITY INVOKER MODIFIES SQL DATA
BEGIN
  DECLARE v_any BIGINT;
  SET SESSION completion_type = 'NO_CHAIN', SESSION sql_big_selects = 1, SESSION sql_safe_updates = 0, SESSION time_zone = '+00:00',
    SESSION lock_wait_timeout = 10, SESSION innodb_lock_wait_timeout = 10, SESSION sql_auto_is_null = 0,
    SESSION group_concat_max_len = 16777216;
  -- A SET TRANSACTION that was meant for one is spent on this.
  SELECT version INTO v_any FROM joblease.settings WHERE one = 1;
  -- Ends what the caller has begun, and with it what it has seen before; an XA transaction refuses. From here on each
  -- statement commits by itself, so nothing of ours stays locked, however the call ends.
  COMMIT;
--[mysql]
  SET SESSION autocommit = 1, SESSION transaction_read_only = 0, SESSION transaction_isolation = 'REPEATABLE-READ',
    SESSION div_precision_increment = 4;
--[mariadb]
  SET SESSION autocommit = 1, SESSION tx_read_only = 0, SESSION tx_isolation = 'REPEATABLE-READ', SESSION max_statement_time = 60,
    SESSION check_constraint_checks = 1, SESSION div_precision_increment = 4;
--[end]
  -- Somebody with CREATE TEMPORARY TABLES on everything could have put tables of its own before ours.
  DROP TEMPORARY TABLE IF EXISTS joblease.settings, joblease.signing_keys, joblease.role, joblease.lease,
    joblease.audit, joblease.visitors, joblease.heartbeat, joblease.round--[mariadb], joblease.leases--[end];
  CALL joblease.clock_time(p_now);
END//

-- The time by the server, not by the caller's SET timestamp.
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.clock_time(OUT p_now BIGINT)
SQL SECURITY INVOKER MODIFIES SQL DATA
BEGIN
  BEGIN
    -- Where the server lets nobody set it there is nothing to undo.
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
    SET SESSION timestamp = DEFAULT;
  END;
  SET p_now = UNIX_TIMESTAMP(SYSDATE());
END//

-- Reads a part of a token. @param p_object NULL unless it is a JSON object that names nothing twice
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.read_object(
  IN p_part MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, OUT p_object LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)
SQL SECURITY INVOKER NO SQL
reading: BEGIN
  DECLARE v_bytes MEDIUMBLOB;
  DECLARE v_text, v_rest MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  -- What is no base64 is an error to some servers.
  DECLARE EXIT HANDLER FOR SQLEXCEPTION SET p_object = NULL;
  SET p_object = NULL;
  SET v_bytes = FROM_BASE64(RPAD(REPLACE(REPLACE(p_part, '-', '+'), '_', '/'), 4 * CEIL(CHAR_LENGTH(p_part) / 4), '='));
  SET v_text = CONVERT(v_bytes USING utf8mb4);
  -- Not UTF-8: the server makes something else of it.
  IF v_text IS NULL OR CAST(v_text AS BINARY) <> v_bytes OR LOCATE('\u0000', v_text) > 0 THEN LEAVE reading; END IF;
  CALL joblease.count_names(v_text, v_rest);
  IF v_rest IS NULL THEN LEAVE reading; END IF;
  IF JSON_TYPE(v_text) <> 'OBJECT' THEN LEAVE reading; END IF;
  -- What lies deeper has colons of its own.
  SET v_rest = SUBSTR(v_rest, LOCATE('{', v_rest) + 1);
  WHILE v_rest REGEXP '[{\[]' DO
    SET v_rest = REGEXP_REPLACE(v_rest, '[{\[][^{}\[\]]*[}\]]', '0');
  END WHILE;
  IF CHAR_LENGTH(v_rest) - CHAR_LENGTH(REPLACE(v_rest, ':', '')) <> JSON_LENGTH(JSON_KEYS(v_text)) THEN LEAVE reading; END IF;
  SET p_object = v_text;
END//

-- JSON without its strings: what is left of them is a 0, and a colon for each name. NULL when it is not JSON, or when a
-- name is written with escapes, which not every server reads as the same name.
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.count_names(
  IN p_text MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, OUT p_rest MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)
SQL SECURITY INVOKER NO SQL
BEGIN
  SET p_rest = NULL;
  IF JSON_VALID(p_text) THEN
    SET p_rest = REGEXP_REPLACE(p_text, '"[^"\\]*+(?:\\.[^"\\]*+)*+"', '0');
    IF COALESCE(LOCATE(CHAR(92), JSON_KEYS(p_text)), 0) > 0 THEN SET p_rest = NULL; END IF;
  END IF;
END//

-- A claim as text. @param p_text NULL unless it is there and is a string
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.read_claim(
  IN p_object LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, IN p_name VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
  OUT p_text MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)
SQL SECURITY INVOKER NO SQL
BEGIN
  DECLARE v_value LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT JSON_EXTRACT(p_object, CONCAT('$."', p_name, '"'));
  SET p_text = IF(JSON_TYPE(v_value) = 'STRING', JSON_UNQUOTE(v_value), NULL);
END//

-- A claim as a whole number. @param p_number p_default where it is not there, NULL where it is something else
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.read_number(
  IN p_object LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, IN p_name VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
  IN p_default BIGINT, OUT p_number BIGINT)
SQL SECURITY INVOKER NO SQL
BEGIN
  DECLARE v_value LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT JSON_EXTRACT(p_object, CONCAT('$."', p_name, '"'));
  SET p_number = IF(v_value IS NULL, p_default, IF(v_value REGEXP '\A[0-9]{1,12}\z', CAST(v_value AS SIGNED), NULL));
END//

-- A number that a claim holds as text. @param p_id p_default where it is not there, NULL where it is something else
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.read_id(
  IN p_object LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, IN p_name VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
  IN p_default VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin, OUT p_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin)
SQL SECURITY INVOKER NO SQL
BEGIN
  DECLARE v_text MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  CALL joblease.read_claim(p_object, p_name, v_text);
  SET p_id = IF(NOT JSON_CONTAINS_PATH(p_object, 'one', CONCAT('$."', p_name, '"')), p_default,
    IF(v_text REGEXP '\A[0-9]{1,15}\z', v_text, NULL));
END//

-- Verifies a token: what is cheap first, the signature last. @param p_request what the caller asks for, which GitHub has
-- signed in the audience @param p_claims NULL when it is refused @param p_refusal why
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.verify(
  IN p_token MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, IN p_request TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
  IN p_now BIGINT, OUT p_claims LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
  OUT p_refusal VARCHAR(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)
SQL SECURITY INVOKER READS SQL DATA
verifying: BEGIN
  DECLARE v_header, v_body LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_iss, v_aud, v_alg, v_kid MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_repository_id, v_run_id, v_run_attempt, v_check_run_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_issuer, v_audience VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_skew, v_age INT;
  DECLARE v_exp, v_iat, v_nbf BIGINT;
  DECLARE v_n_hex VARCHAR(512) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_n, v_r2 VARCHAR(640) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_q DECIMAL(32,0);
  DECLARE v_valid BOOLEAN DEFAULT FALSE;
  SET p_claims = NULL;
  SET p_refusal = 'it is not a token of GitHub''s';
  IF p_token IS NULL OR CHAR_LENGTH(p_token) > 16384 OR p_token REGEXP '[^A-Za-z0-9_.-]'
    OR CHAR_LENGTH(p_token) - CHAR_LENGTH(REPLACE(p_token, '.', '')) <> 2 THEN LEAVE verifying; END IF;
  CALL joblease.read_object(SUBSTRING_INDEX(p_token, '.', 1), v_header);
  IF v_header IS NULL OR JSON_CONTAINS_PATH(v_header, 'one', '$.crit') THEN LEAVE verifying; END IF;
  CALL joblease.read_claim(v_header, 'alg', v_alg);
  CALL joblease.read_claim(v_header, 'kid', v_kid);
  IF v_alg IS NULL OR CAST(v_alg AS BINARY) <> CAST('RS256' AS BINARY) OR v_kid IS NULL THEN LEAVE verifying; END IF;
  CALL joblease.read_object(SUBSTRING_INDEX(SUBSTRING_INDEX(p_token, '.', 2), '.', -1), v_body);
  IF v_body IS NULL THEN LEAVE verifying; END IF;

  SELECT issuer, CONCAT(name, '#', SHA2(p_request, 256)), skew_seconds, token_seconds
    INTO v_issuer, v_audience, v_skew, v_age FROM joblease.settings WHERE one = 1;
  SET p_refusal = CONCAT('the token is from another issuer than ', v_issuer);
  CALL joblease.read_claim(v_body, 'iss', v_iss);
  IF v_iss IS NULL OR CAST(v_iss AS BINARY) <> CAST(v_issuer AS BINARY) THEN LEAVE verifying; END IF;
  SET p_refusal = 'the token is not for this request';
  CALL joblease.read_claim(v_body, 'aud', v_aud);
  IF v_aud IS NULL OR CAST(v_aud AS BINARY) <> CAST(v_audience AS BINARY) THEN LEAVE verifying; END IF;

  SET p_refusal = 'the token lacks claims of a job';
  CALL joblease.read_number(v_body, 'exp', NULL, v_exp);
  CALL joblease.read_number(v_body, 'iat', NULL, v_iat);
  CALL joblease.read_number(v_body, 'nbf', 0, v_nbf);
  CALL joblease.read_id(v_body, 'repository_id', NULL, v_repository_id);
  CALL joblease.read_id(v_body, 'run_id', NULL, v_run_id);
  CALL joblease.read_id(v_body, 'run_attempt', NULL, v_run_attempt);
  CALL joblease.read_id(v_body, 'check_run_id', '', v_check_run_id);
  IF v_exp IS NULL OR v_iat IS NULL OR v_nbf IS NULL OR v_repository_id IS NULL OR v_run_id IS NULL OR v_run_attempt IS NULL
    OR v_check_run_id IS NULL THEN LEAVE verifying; END IF;
  SET p_refusal = CONCAT('the token is not valid at ', FROM_UNIXTIME(p_now, '%H:%i:%s UTC'), ', by the clock of the server');
  IF v_exp <= p_now OR v_iat > p_now + v_skew OR v_nbf > p_now + v_skew OR v_iat < p_now - v_age THEN LEAVE verifying; END IF;

  SET p_refusal = CONCAT('the gate does not know the signing key ', LEFT(REGEXP_REPLACE(v_kid, '[^A-Za-z0-9_.-]', '?'), 100));
  SELECT n_hex, n, q, r2 INTO v_n_hex, v_n, v_q, v_r2 FROM joblease.signing_keys
    WHERE CAST(kid AS BINARY) = CAST(v_kid AS BINARY) AND not_before <= p_now;
  IF v_q IS NULL THEN LEAVE verifying; END IF;
  SET p_refusal = 'the signature is wrong';
  CALL joblease.rs256(p_token, v_n_hex, v_n, v_q, v_r2, v_valid);
  IF NOT v_valid THEN LEAVE verifying; END IF;
  SET p_claims = v_body;
  SET p_refusal = NULL;
END//

-- Whether one of the rules admits these claims: all that it names must hold. A * stays within what
-- / @ and : separate, ** within what @ and : do: else a branch could be named like another repository's ref.
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.is_allowed(
  IN p_claims LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, IN p_rules LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
  OUT p_allowed BOOLEAN)
SQL SECURITY INVOKER NO SQL
BEGIN
  DECLARE v_rule, v_names, v_patterns LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_name, v_pattern, v_claim MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_r, v_n, v_p INT DEFAULT 0;
  DECLARE v_holds BOOLEAN;
  SET p_allowed = FALSE;
  WHILE NOT p_allowed AND v_r < COALESCE(JSON_LENGTH(p_rules), 0) DO
    SET v_rule = JSON_EXTRACT(p_rules, CONCAT('$[', v_r, ']')), v_r = v_r + 1;
    SET v_names = JSON_KEYS(v_rule), v_n = 0, v_holds = COALESCE(JSON_LENGTH(v_rule), 0) > 0;
    WHILE v_holds AND v_n < JSON_LENGTH(v_names) DO
      SET v_name = JSON_UNQUOTE(JSON_EXTRACT(v_names, CONCAT('$[', v_n, ']'))), v_n = v_n + 1;
      SET v_patterns = JSON_EXTRACT(v_rule, CONCAT('$."', v_name, '"')), v_p = 0, v_holds = FALSE;
      IF JSON_TYPE(v_patterns) <> 'ARRAY' THEN SET v_patterns = CONCAT('[', v_patterns, ']'); END IF;
      CALL joblease.read_claim(p_claims, v_name, v_claim);
      WHILE NOT v_holds AND v_claim IS NOT NULL AND v_p < JSON_LENGTH(v_patterns) DO
        SET v_pattern = JSON_UNQUOTE(JSON_EXTRACT(v_patterns, CONCAT('$[', v_p, ']'))), v_p = v_p + 1;
        -- Bytes, because = would ignore blanks at the end; \z, because $ would ignore a line end.
        SET v_holds = IF(LOCATE('*', v_pattern) = 0, CAST(v_claim AS BINARY) = CAST(v_pattern AS BINARY),
          CHAR_LENGTH(v_claim) <= 1000 AND v_claim REGEXP CONCAT('\A\Q', REPLACE(REPLACE(REPLACE(v_pattern, '**', CHAR(1 USING utf8mb4)),
            '*', '\E[^/@:[:cntrl:]]*\Q'), CHAR(1 USING utf8mb4), '\E[^@:[:cntrl:]]*\Q'), '\E\z'));
      END WHILE;
    END WHILE;
    SET p_allowed = v_holds;
  END WHILE;
END//

-- Refuses rules that would admit all of GitHub, or that do not mean what they seem to.
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.check_rules(
  IN p_rules LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)
SQL SECURITY INVOKER NO SQL
BEGIN
  DECLARE v_rule, v_names, v_patterns LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_rest MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_name, v_pattern TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_r, v_n, v_p, v_total INT DEFAULT 0;
  DECLARE v_pinned BOOLEAN;
  IF LOCATE(CHAR(92), p_rules) > 0 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'joblease: rules have no backslash';
  END IF;
  CALL joblease.count_names(p_rules, v_rest);
  IF v_rest IS NULL OR JSON_TYPE(p_rules) <> 'ARRAY' OR JSON_LENGTH(p_rules) = 0 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'joblease: the rules must be a JSON array of objects';
  END IF;
  WHILE v_r < JSON_LENGTH(p_rules) DO
    SET v_rule = JSON_EXTRACT(p_rules, CONCAT('$[', v_r, ']')), v_r = v_r + 1, v_pinned = FALSE, v_n = 0;
    IF JSON_TYPE(v_rule) <> 'OBJECT' THEN
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'joblease: the rules must be a JSON array of objects';
    END IF;
    SET v_names = JSON_KEYS(v_rule);
    SET v_total = v_total + JSON_LENGTH(v_names);
    WHILE v_n < JSON_LENGTH(v_names) DO
      SET v_name = JSON_UNQUOTE(JSON_EXTRACT(v_names, CONCAT('$[', v_n, ']'))), v_n = v_n + 1, v_p = 0;
      IF v_name NOT REGEXP '\A[a-z][a-z0-9_]*\z' THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'joblease: a rule names a claim that does not exist';
      END IF;
      SET v_patterns = JSON_EXTRACT(v_rule, CONCAT('$."', v_name, '"'));
      IF JSON_TYPE(v_patterns) <> 'ARRAY' THEN SET v_patterns = CONCAT('[', v_patterns, ']'); END IF;
      IF JSON_LENGTH(v_patterns) = 0 THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'joblease: a claim in a rule must be text, or a list of texts';
      END IF;
      WHILE v_p < JSON_LENGTH(v_patterns) DO
        IF JSON_TYPE(JSON_EXTRACT(v_patterns, CONCAT('$[', v_p, ']'))) <> 'STRING' THEN
          SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'joblease: a claim in a rule must be text, or a list of texts';
        END IF;
        SET v_pattern = JSON_UNQUOTE(JSON_EXTRACT(v_patterns, CONCAT('$[', v_p, ']'))), v_p = v_p + 1;
        IF CHAR_LENGTH(v_pattern) NOT BETWEEN 1 AND 400 THEN
          SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'joblease: a text in a rule has 1 to 400 characters';
        END IF;
        IF v_name IN ('repository_id', 'repository_owner_id', 'enterprise_id') THEN
          SET v_pinned = TRUE;
          IF v_pattern NOT REGEXP '\A[0-9]{1,15}\z' THEN
            SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'joblease: an id in a rule is a number in quotes, without *';
          END IF;
        END IF;
      END WHILE;
    END WHILE;
    IF NOT v_pinned THEN
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'joblease: each rule must pin repository_id, repository_owner_id or enterprise_id: else all of GitHub may';
    END IF;
  END WHILE;
  IF CHAR_LENGTH(v_rest) - CHAR_LENGTH(REPLACE(v_rest, ':', '')) <> v_total THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'joblease: a rule names a claim twice';
  END IF;
END//

-- Writes down what happened. @param p_claims of the token; NULL for none
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.note(
  IN p_what VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_role TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, IN p_principal TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
  IN p_until BIGINT, IN p_claims LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
  IN p_detail TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)
SQL SECURITY INVOKER MODIFIES SQL DATA
BEGIN
  DECLARE v_id BIGINT DEFAULT CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED);
  DECLARE v_taken BOOLEAN DEFAULT TRUE;
  DECLARE CONTINUE HANDLER FOR 1062 SET v_taken = TRUE, v_id = v_id + 1;
  WHILE v_taken DO
    SET v_taken = FALSE;
    INSERT INTO joblease.audit (id, what, role, principal, until, who, detail)
      VALUES (v_id, p_what, LEFT(p_role, 63), LEFT(p_principal, 63), p_until, IF(p_claims IS NULL, NULL, JSON_OBJECT(
        'repository', JSON_EXTRACT(p_claims, '$.repository'), 'repository_id', JSON_EXTRACT(p_claims, '$.repository_id'),
        'run_id', JSON_EXTRACT(p_claims, '$.run_id'), 'run_attempt', JSON_EXTRACT(p_claims, '$.run_attempt'),
        'check_run_id', JSON_EXTRACT(p_claims, '$.check_run_id'), 'actor', JSON_EXTRACT(p_claims, '$.actor'),
        'actor_id', JSON_EXTRACT(p_claims, '$.actor_id'), 'ref', JSON_EXTRACT(p_claims, '$.ref'), 'sha', JSON_EXTRACT(p_claims, '$.sha'),
        'environment', JSON_EXTRACT(p_claims, '$.environment'), 'event_name', JSON_EXTRACT(p_claims, '$.event_name'),
        'workflow_ref', JSON_EXTRACT(p_claims, '$.workflow_ref'), 'job_workflow_ref', JSON_EXTRACT(p_claims, '$.job_workflow_ref'),
        'runner_environment', JSON_EXTRACT(p_claims, '$.runner_environment'))), LEFT(p_detail, 1000));
  END WHILE;
END//

-- Answers a call that is refused. What passed the signature is written down.
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.refuse(
  IN p_now BIGINT, IN p_what VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_principal TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, IN p_claims LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
  IN p_reason TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)
SQL SECURITY INVOKER MODIFIES SQL DATA
BEGIN
  -- Every job on GitHub can get a token that passes the signature: the table must not fill up with them.
  IF p_claims IS NOT NULL
    AND (SELECT COUNT(*) FROM joblease.audit WHERE id > (p_now - 3600) * 1000000 AND what LIKE '% refused') < 1000 THEN
    CALL joblease.note(CONCAT(p_what, ' refused'), NULL, p_principal, NULL, p_claims, p_reason);
  END IF;
  SELECT JSON_OBJECT('ok', FALSE, 'reason', p_reason) AS result;
END//

-- Why a lease may outlive its end on this server; '' for nothing.
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.look_at_switch(
  IN p_now BIGINT, OUT p_problem VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)
SQL SECURITY INVOKER READS SQL DATA
BEGIN
  DECLARE v_at BIGINT;
  DECLARE v_server VARCHAR(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_able BOOLEAN;
  SELECT MAX(at), MAX(server), MAX(able) INTO v_at, v_server, v_able FROM joblease.heartbeat;
  SET p_problem = CASE
    WHEN @@global.event_scheduler <> 'ON' THEN CONCAT('event_scheduler is ', @@global.event_scheduler, ' on this server')
    WHEN v_at IS NULL THEN 'the reaper has never run'
    WHEN v_at > p_now + 1 THEN CONCAT('the reaper''s last round is ', v_at - p_now, ' s ahead of the server''s clock, which was set back')
    WHEN v_at < p_now - 30 THEN CONCAT('the reaper last ran ', p_now - v_at, ' s ago')
    WHEN CAST(v_server AS BINARY) <> CAST(CONCAT(@@hostname, ':', @@server_id) AS BINARY) THEN 'the reaper runs on another server than this one'
    WHEN NOT v_able THEN 'the account joblease_reaper lacks a privilege'
--[mariadb]
    WHEN EXISTS (SELECT * FROM information_schema.plugins
        WHERE plugin_type = 'AUTHENTICATION' AND plugin_status = 'ACTIVE' AND plugin_name = 'pam')
      THEN 'the plugin "pam" lets accounts log in as others, and the reaper cannot see which sessions are the lease then'
--[end]
    ELSE '' END;
END//

-- Runs a statement with the rights of whoever calls it, which is a routine of ours; its text is made of what was checked.
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.run(IN p_statement TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)
SQL SECURITY INVOKER MODIFIES SQL DATA
BEGIN
--[mysql]
  SET @joblease_sql = p_statement;
  PREPARE joblease_statement FROM @joblease_sql;
  EXECUTE joblease_statement;
  DEALLOCATE PREPARE joblease_statement;
--[mariadb]
  EXECUTE IMMEDIATE p_statement;
--[end]
END//

-- Makes the account of a lease. It may be called again where it was cut off, and by several at once.
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.create_account(
  IN p_principal VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin, IN p_verifier VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_groups VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, IN p_expires BIGINT,
  IN p_record VARCHAR(1024) CHARACTER SET ascii COLLATE ascii_bin)
SQL SECURITY INVOKER MODIFIES SQL DATA
BEGIN
  DECLARE v_account VARCHAR(60) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT CONCAT('''', p_principal, '''@''%''');
--[mysql]
  CALL joblease.run(CONCAT('CREATE USER IF NOT EXISTS ', v_account, ' IDENTIFIED WITH caching_sha2_password AS ''', p_verifier, ''' DEFAULT ROLE ', p_groups,
    ', `joblease_lease` WITH MAX_USER_CONNECTIONS 20 PASSWORD REQUIRE CURRENT OPTIONAL ATTRIBUTE ''{"joblease": ', p_record, '}'''));
--[mariadb]
  -- The reaper goes by this record, so it stands before the account does.
  INSERT INTO joblease.leases (name, exp, reap, record) VALUES (p_principal, p_expires, p_expires, p_record)
    ON DUPLICATE KEY UPDATE name = p_principal;
  CALL joblease.run(CONCAT('CREATE USER IF NOT EXISTS ', v_account, ' IDENTIFIED BY PASSWORD ''', p_verifier, ''' WITH MAX_USER_CONNECTIONS 20'));
  CALL joblease.run(CONCAT('GRANT ', p_groups, ' TO ', v_account));
  CALL joblease.run(CONCAT('SET DEFAULT ROLE ', p_groups, ' FOR ', v_account));
  -- A session has one role at a time there, so these cannot come by another.
  CALL joblease.run(CONCAT('GRANT EXECUTE ON PROCEDURE joblease.end_me TO ', v_account));
  CALL joblease.run(CONCAT('GRANT EXECUTE ON PROCEDURE joblease.renew_me TO ', v_account));
--[end]
END//

-- No new login. It is recorded first, so that the clock goes on where this is cut off; each statement commits by itself.
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.disable(
  IN p_principal VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin, IN p_why VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_now BIGINT, IN p_by LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)
SQL SECURITY INVOKER MODIFIES SQL DATA
BEGIN
  DECLARE v_role VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;
  UPDATE joblease.lease SET ended = p_why WHERE principal = p_principal AND ended IS NULL;
  IF ROW_COUNT() > 0 THEN
    SELECT role INTO v_role FROM joblease.lease WHERE principal = p_principal;
    CALL joblease.note('end', v_role, p_principal, NULL, p_by, p_why);
  END IF;
--[mysql]
  CALL joblease.run(CONCAT('ALTER USER IF EXISTS ''', p_principal, '''@''%'' ACCOUNT LOCK ATTRIBUTE ''{"joblease": {"exp": 0, "reap": ', p_now, '}}'''));
--[mariadb]
  UPDATE joblease.leases SET exp = 0, reap = p_now WHERE name = p_principal;
  CALL joblease.run(CONCAT('ALTER USER IF EXISTS ''', p_principal, '''@''%'' ACCOUNT LOCK'));
--[end]
END//

-- What a mint and a renewal answer.
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.answer(
  IN p_principal VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin, IN p_groups VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
  IN p_now BIGINT, IN p_again BOOLEAN)
SQL SECURITY INVOKER READS SQL DATA
BEGIN
  DECLARE v_problem VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  CALL joblease.look_at_switch(p_now, v_problem);
  SELECT JSON_OBJECT('ok', TRUE, 'principal', principal, 'iat', minted, 'exp', expires, 'max', latest, 'heartbeat', heartbeat,
      'groups', JSON_EXTRACT(CONCAT('["', REPLACE(REPLACE(p_groups, '`', ''), ', ', '", "'), '"]'), '$'),
      'clock', IF(v_problem = '', 10, NULL), 'problem', v_problem, 'again', JSON_EXTRACT(IF(p_again, 'true', 'false'), '$')) AS result
    FROM joblease.lease WHERE principal = p_principal;
END//

-- Mints a lease. @param p_verifier the hash of its password: that itself never comes here @param p_ttl seconds, 0 for all
-- that the role allows @param p_heartbeat seconds that the lease lives without a renewal of its own, 0 for none; then p_ttl
-- is the end that no renewal passes. The same request of the same job again gets the same answer: its first may have been lost.
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.mint(
  IN p_token MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, IN p_role TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
  IN p_principal TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, IN p_verifier TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
  IN p_ttl INT, IN p_heartbeat INT)
SQL SECURITY DEFINER MODIFIES SQL DATA
minting: BEGIN
  DECLARE v_claims, v_rules LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_refusal VARCHAR(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_now, v_minted, v_expires, v_latest BIGINT;
  DECLARE v_limit, v_span, v_live, v_there INT;
  DECLARE v_groups VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_allowed, v_again BOOLEAN DEFAULT FALSE;
  DECLARE v_repository_id, v_run_id, v_run_attempt, v_check_run_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_repository, v_workflow, v_actor, v_said MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_record VARCHAR(1024) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

  CALL joblease.pin(v_now);
  -- First, so that what is hashed can be read in one way only.
  SET v_refusal = CASE
    WHEN COALESCE(p_role NOT REGEXP '\A[A-Za-z0-9][A-Za-z0-9._-]{0,62}\z', TRUE) THEN 'the name of the role is malformed'
    WHEN COALESCE(p_principal NOT REGEXP '\Ajl_[0-9a-z]{7}_[a-z0-9]{1,7}_[0-9a-z]{13}\z', TRUE) THEN 'the name of the login is malformed'
    WHEN COALESCE(p_verifier NOT REGEXP --[mysql]'\A[$]A[$]005[$][A-Za-z0-9./]{63}\z'--[mariadb]'\A[*][0-9A-F]{40}\z'--[end], TRUE) THEN 'the verifier of the password is malformed'
    WHEN p_ttl IS NULL OR p_heartbeat IS NULL THEN 'the request is malformed'
  END;
  IF v_refusal IS NULL THEN
    CALL joblease.verify(p_token, CONCAT_WS('
', 'mint', p_role, p_principal, p_verifier, p_ttl, p_heartbeat), v_now, v_claims, v_refusal);
  END IF;
  IF v_refusal IS NOT NULL THEN
    CALL joblease.refuse(v_now, 'mint', p_principal, NULL, v_refusal);
    LEAVE minting;
  END IF;

  SELECT group_roles, max_ttl, allow INTO v_groups, v_limit, v_rules FROM joblease.role WHERE name = p_role;
  CALL joblease.is_allowed(v_claims, v_rules, v_allowed);
  CALL joblease.read_id(v_claims, 'repository_id', NULL, v_repository_id);
  SET v_span = IF(p_ttl = 0, v_limit, p_ttl);
  SELECT COUNT(*) INTO v_live FROM joblease.lease
    WHERE repository_id = v_repository_id AND gone IS NULL AND ended IS NULL AND expires > v_now AND principal <> p_principal;
  SET v_refusal = CASE
    WHEN NOT v_allowed THEN CONCAT('no rule lets this job have the role "', p_role, '"')
    WHEN v_span NOT BETWEEN 1 AND v_limit THEN CONCAT('the role "', p_role, '" allows a ttl of up to ', v_limit, ' seconds')
    WHEN p_heartbeat <> 0 AND p_heartbeat NOT BETWEEN 60 AND 3600 THEN 'a heartbeat is good for 60 to 3600 seconds'
    WHEN v_live >= (SELECT max_live FROM joblease.settings WHERE one = 1) THEN CONCAT('the repository has ', v_live, ' leases already')
  END;
  IF v_refusal IS NOT NULL THEN
    CALL joblease.refuse(v_now, 'mint', p_principal, v_claims, v_refusal);
    LEAVE minting;
  END IF;

  CALL joblease.read_id(v_claims, 'run_id', NULL, v_run_id);
  CALL joblease.read_id(v_claims, 'run_attempt', NULL, v_run_attempt);
  CALL joblease.read_id(v_claims, 'check_run_id', '', v_check_run_id);
  CALL joblease.read_claim(v_claims, 'repository', v_repository);
  CALL joblease.read_claim(v_claims, 'workflow', v_workflow);
  CALL joblease.read_claim(v_claims, 'actor', v_actor);
  -- Rounded up: no lease is shorter than it was asked for.
  SET v_minted = CEIL(UNIX_TIMESTAMP(SYSDATE(6)));
  SET v_latest = v_minted + v_span, v_expires = v_minted + IF(p_heartbeat = 0, v_span, LEAST(v_span, p_heartbeat));
  -- In the form that every joblease reads. What would need quoting becomes a question mark; claims have it as it was.
  SET v_record = CONCAT('{"v":1,"repo":"', LEFT(REGEXP_REPLACE(COALESCE(v_repository, ''), '[^ -~]|["''\\]', '?'), 140),
    '","job":"","workflow":"', LEFT(REGEXP_REPLACE(COALESCE(v_workflow, ''), '[^ -~]|["''\\]', '?'), 100),
    '","actor":"', LEFT(REGEXP_REPLACE(COALESCE(v_actor, ''), '[^ -~]|["''\\]', '?'), 60),
    '","role":"', p_role, '","gate":"--[mysql]mysql--[mariadb]mariadb--[end]","repoId":', CAST(v_repository_id AS SIGNED), ',"run":', CAST(v_run_id AS SIGNED),
    ',"attempt":', CAST(v_run_attempt AS SIGNED), ',"checkRun":', IF(v_check_run_id = '', 0, CAST(v_check_run_id AS SIGNED)),
    ',"iat":', v_minted, ',"exp":', v_expires, ',"max":', v_latest, '}');

  -- An account of that name that is not ours stays as it is. Ours has its row here before.
  SELECT COUNT(*) INTO v_there FROM mysql.user WHERE User = p_principal;
  IF v_there > 0 AND NOT EXISTS (SELECT * FROM joblease.lease WHERE principal = p_principal) THEN
    CALL joblease.refuse(v_now, 'mint', p_principal, v_claims, 'the name of the login is taken');
    LEAVE minting;
  END IF;
  BEGIN
    DECLARE CONTINUE HANDLER FOR 1062 SET v_again = TRUE;
    INSERT INTO joblease.lease (principal, role, verifier, claims, repository_id, run_id, run_attempt, check_run_id, minted, expires,
        latest, heartbeat, record)
      VALUES (p_principal, p_role, p_verifier, v_claims, v_repository_id, v_run_id, v_run_attempt, v_check_run_id, v_minted, v_expires,
        v_latest, p_heartbeat, v_record);
  END;
  IF v_again THEN
    SET v_expires = NULL;
    SELECT expires, record INTO v_expires, v_record FROM joblease.lease
      WHERE principal = p_principal AND role = p_role AND verifier = p_verifier AND heartbeat = p_heartbeat
        AND repository_id = v_repository_id AND run_id = v_run_id AND run_attempt = v_run_attempt AND check_run_id = v_check_run_id
        AND ended IS NULL AND gone IS NULL AND expires > v_now;
    IF v_expires IS NULL THEN
      CALL joblease.refuse(v_now, 'mint', p_principal, v_claims, 'the name of the login is taken');
      LEAVE minting;
    END IF;
  ELSE
    CALL joblease.note('mint', p_role, p_principal, v_expires, v_claims, NULL);
  END IF;
  BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
      GET DIAGNOSTICS CONDITION 1 v_said = MESSAGE_TEXT;
      IF NOT v_again THEN CALL joblease.disable(p_principal, 'its mint failed', v_now, v_claims); END IF;
      CALL joblease.refuse(v_now, 'mint', p_principal, v_claims, CONCAT('the server could not mint: ', v_said));
    END;
    CALL joblease.create_account(p_principal, p_verifier, v_groups, v_expires, v_record);
    CALL joblease.answer(p_principal, v_groups, v_now, v_again);
  END;
END//

-- Which lease it is that calls. @param p_principal NULL when it is none
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.read_caller(
  OUT p_principal VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin)
SQL SECURITY INVOKER READS SQL DATA
BEGIN
  DECLARE v_name VARCHAR(300) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT SUBSTRING_INDEX(USER(), '@', 1);
  SET p_principal = NULL;
  -- USER() is the name that the client gave. Where an anonymous account stands before the lease's own, because its host is
  -- narrower, anybody may give any name.
  IF v_name REGEXP '\Ajl_[0-9a-z]{7}_[a-z0-9]{1,7}_[0-9a-z]{13}\z'
    AND NOT EXISTS (SELECT * FROM mysql.user WHERE User = '' AND Host <> '%') THEN
    SELECT principal INTO p_principal FROM joblease.lease WHERE principal = v_name AND gone IS NULL;
  END IF;
END//

-- The lease moves its own end on, as long as its job lives; to have logged in as the lease is proof enough. Never past what
-- was promised at the mint, and not when the rule that let it in is no more.
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.renew_me()
SQL SECURITY DEFINER MODIFIES SQL DATA
renewing: BEGIN
  DECLARE v_principal VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_role VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_claims, v_rules LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_groups VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_record VARCHAR(1024) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_refusal VARCHAR(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_now, v_expires, v_latest BIGINT;
  DECLARE v_heartbeat INT;
  DECLARE v_live, v_allowed BOOLEAN DEFAULT FALSE;
  CALL joblease.pin(v_now);
  CALL joblease.read_caller(v_principal);
  IF v_principal IS NULL THEN
    CALL joblease.refuse(v_now, 'renew', NULL, NULL, 'this login is no lease');
    LEAVE renewing;
  END IF;
  SELECT role, claims, heartbeat, latest, record, ended IS NULL AND expires > v_now
    INTO v_role, v_claims, v_heartbeat, v_latest, v_record, v_live FROM joblease.lease WHERE principal = v_principal;
  SELECT group_roles, allow INTO v_groups, v_rules FROM joblease.role WHERE name = v_role;
  CALL joblease.is_allowed(v_claims, v_rules, v_allowed);
  SET v_refusal = CASE
    WHEN v_heartbeat = 0 THEN 'the lease was minted without a heartbeat'
    WHEN NOT v_live THEN 'the lease is over'
    WHEN NOT v_allowed THEN CONCAT('no rule lets this job have the role "', v_role, '" any more')
  END;
  IF v_refusal IS NOT NULL THEN
    CALL joblease.refuse(v_now, 'renew', v_principal, v_claims, v_refusal);
    LEAVE renewing;
  END IF;
  SET v_expires = LEAST(CEIL(UNIX_TIMESTAMP(SYSDATE(6))) + v_heartbeat, v_latest);
  SET v_record = REGEXP_REPLACE(v_record, '"exp":[0-9]+', CONCAT('"exp":', v_expires));
  UPDATE joblease.lease SET expires = v_expires, record = v_record WHERE principal = v_principal AND ended IS NULL AND expires > v_now;
  IF ROW_COUNT() = 0 THEN
    -- Also where a renewal in the same second has written just that.
    CALL joblease.answer(v_principal, v_groups, v_now, TRUE);
    LEAVE renewing;
  END IF;
  CALL joblease.note('renew', v_role, v_principal, v_expires, v_claims, NULL);
--[mysql]
  -- A lock that was set meanwhile stays; its reap is taken up by the clock.
  CALL joblease.run(CONCAT('ALTER USER ''', v_principal, '''@''%'' ATTRIBUTE ''{"joblease": ', v_record, '}'''));
--[mariadb]
  UPDATE joblease.leases SET exp = v_expires, reap = v_expires, record = v_record WHERE name = v_principal AND exp > v_now;
--[end]
  CALL joblease.answer(v_principal, v_groups, v_now, FALSE);
END//

-- The lease ends itself; to have logged in as the lease is proof enough. The clock and sweep() do the rest.
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.end_me()
SQL SECURITY DEFINER MODIFIES SQL DATA
ending: BEGIN
  DECLARE v_principal VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_claims LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_now BIGINT;
  CALL joblease.pin(v_now);
  CALL joblease.read_caller(v_principal);
  IF v_principal IS NULL THEN
    CALL joblease.refuse(v_now, 'end', NULL, NULL, 'this login is no lease');
    LEAVE ending;
  END IF;
  SELECT claims INTO v_claims FROM joblease.lease WHERE principal = v_principal;
  CALL joblease.disable(v_principal, 'ended itself', v_now, v_claims);
  SELECT JSON_OBJECT('ok', TRUE, 'state', 'disabled') AS result;
END//

-- Ends leases by a token: those of the token's own job, or any by a workflow that the sweeper's rules let in.
-- @param p_principals up to 500, separated by commas
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.end_leases(
  IN p_token MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, IN p_principals MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)
SQL SECURITY DEFINER MODIFIES SQL DATA
ending: BEGIN
  DECLARE v_claims, v_rules LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_refusal VARCHAR(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_rest, v_ended, v_failed MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT '';
  DECLARE v_name VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_now BIGINT;
  DECLARE v_sweeper, v_own BOOLEAN DEFAULT FALSE;
  DECLARE v_there INT;
  DECLARE v_repository_id, v_run_id, v_run_attempt, v_check_run_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
  CALL joblease.pin(v_now);
  IF COALESCE(CHAR_LENGTH(p_principals) > 16500 OR p_principals REGEXP '[^a-z0-9_,]'
    OR CONCAT(',', p_principals) NOT REGEXP '\A(,jl_[0-9a-z]{7}_[a-z0-9]{1,7}_[0-9a-z]{13})+\z', TRUE) THEN
    SET v_refusal = 'the request is malformed';
  ELSE
    CALL joblease.verify(p_token, CONCAT('end
', REPLACE(p_principals, ',', '
')), v_now, v_claims, v_refusal);
  END IF;
  IF v_refusal IS NOT NULL THEN
    CALL joblease.refuse(v_now, 'end', NULL, NULL, v_refusal);
    LEAVE ending;
  END IF;
  SELECT sweeper INTO v_rules FROM joblease.settings WHERE one = 1;
  CALL joblease.is_allowed(v_claims, v_rules, v_sweeper);
  CALL joblease.read_id(v_claims, 'repository_id', NULL, v_repository_id);
  CALL joblease.read_id(v_claims, 'run_id', NULL, v_run_id);
  CALL joblease.read_id(v_claims, 'run_attempt', NULL, v_run_attempt);
  CALL joblease.read_id(v_claims, 'check_run_id', '', v_check_run_id);
  SET v_rest = CONCAT(p_principals, ',');
  WHILE v_rest <> '' DO
    SET v_name = SUBSTRING_INDEX(v_rest, ',', 1), v_rest = SUBSTR(v_rest, LOCATE(',', v_rest) + 1);
    SELECT COUNT(*), MAX(repository_id = v_repository_id AND run_id = v_run_id AND run_attempt = v_run_attempt AND check_run_id = v_check_run_id)
      INTO v_there, v_own FROM joblease.lease WHERE principal = v_name AND gone IS NULL;
    IF v_there > 0 AND NOT v_sweeper AND NOT v_own THEN
      SET v_failed = CONCAT(v_failed, IF(v_failed = '', '', ','), v_name);
      CALL joblease.note('end refused', NULL, v_name, NULL, v_claims, 'it is not a lease of this job, and this job is not the sweeper');
    ELSE
      IF v_there > 0 THEN
        CALL joblease.disable(v_name, IF(v_own, 'its job ended it', 'its job is over'), v_now, v_claims);
      END IF;
      SET v_ended = CONCAT(v_ended, IF(v_ended = '', '', ','), v_name);
    END IF;
  END WHILE;
  SELECT IF(v_failed = '', JSON_OBJECT('ok', TRUE, 'ended', v_ended, 'failed', ''),
    JSON_OBJECT('ok', FALSE, 'ended', v_ended, 'failed', v_failed,
      'reason', 'it is not a lease of this job, and this job is not the sweeper')) AS result;
END//

-- Ends what is over: no new login, sessions, then the account. @param p_principal NULL for all
-- @param p_sessions how many it ended @param p_left how many would not end
CREATE DEFINER = 'joblease_reaper'@'localhost' PROCEDURE joblease.end_due(
  IN p_principal VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin, IN p_now BIGINT,
  OUT p_sessions INT, OUT p_left INT, OUT p_removed INT)
SQL SECURITY INVOKER MODIFIES SQL DATA
BEGIN
  DECLARE v_name, v_last VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT '';
  DECLARE v_open, v_count INT DEFAULT 0;
  DECLARE v_newest BIGINT UNSIGNED;
  DECLARE v_began BIGINT DEFAULT UNIX_TIMESTAMP(SYSDATE());
  SET p_sessions = 0, p_left = 0, p_removed = 0;
  CALL joblease.end_stalls();
  each_lease: LOOP
    SELECT MIN(principal) INTO v_name FROM joblease.lease
      WHERE gone IS NULL AND (ended IS NOT NULL OR expires <= p_now) AND principal > v_last
        AND (p_principal IS NULL OR principal = p_principal);
    -- Another call goes on where this one stops.
    IF v_name IS NULL OR UNIX_TIMESTAMP(SYSDATE()) > v_began + 6 THEN LEAVE each_lease; END IF;
    SET v_last = v_name;
    BEGIN
      -- One that refuses, such as an account that was given SYSTEM_USER, keeps no other from its end.
      DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN END;
      CALL joblease.disable(v_name, 'expired', p_now, NULL);
    END;
    SET v_open = 1, v_count = 0;
    WHILE v_open > 0 AND v_count < 100 DO
      SELECT COUNT(*) INTO v_open FROM --[mysql]performance_schema--[mariadb]information_schema--[end].processlist
        WHERE CAST(user AS BINARY) = CAST(v_name AS BINARY) AND id <> CONNECTION_ID();
      IF v_count = 0 THEN SET p_sessions = p_sessions + v_open; END IF;
      CALL joblease.end_sessions(v_name);
      IF v_open > 0 THEN DO SLEEP(0.02); END IF;
      SET v_count = v_count + 1;
    END WHILE;
    SET p_left = p_left + v_open;
    IF EXISTS (SELECT * FROM mysql.user WHERE User = v_name) THEN
      CALL joblease.attempt(CONCAT('DROP USER IF EXISTS ''', v_name, '''@''%'''));
      IF NOT EXISTS (SELECT * FROM mysql.user WHERE User = v_name) THEN SET p_removed = p_removed + 1; END IF;
    END IF;
  END LOOP;
  -- A login that was let in before the lock may still be under way; the server shows it under no name yet.
  SELECT MAX(id) INTO v_newest FROM --[mysql]performance_schema--[mariadb]information_schema--[end].processlist
    WHERE user = 'unauthenticated user' OR command = 'Change user';
  SET v_count = 0;
  WHILE v_last <> '' AND v_newest IS NOT NULL AND v_count < 100 DO
    DO SLEEP(0.02);
    SELECT MAX(id) INTO v_newest FROM --[mysql]performance_schema--[mariadb]information_schema--[end].processlist
      WHERE (user = 'unauthenticated user' OR command = 'Change user') AND id <= v_newest;
    SET v_count = v_count + 1;
  END WHILE;
  IF v_last <> '' THEN CALL joblease.end_sessions(''); END IF;
  -- Only what is not there any more, under no name that could turn out to be its own.
  IF v_newest IS NULL THEN
    -- One by one, by their names: two sweeps that lock several rows at once would wait for each other.
    SET v_last = '';
    each_gone: LOOP
      SELECT MIN(principal) INTO v_name FROM joblease.lease
        WHERE gone IS NULL AND ended IS NOT NULL AND principal > v_last AND (p_principal IS NULL OR principal = p_principal)
          AND NOT EXISTS (SELECT * FROM mysql.user u WHERE CAST(u.User AS BINARY) = CAST(principal AS BINARY))
          AND NOT EXISTS (SELECT * FROM --[mysql]performance_schema--[mariadb]information_schema--[end].processlist p WHERE CAST(p.user AS BINARY) = CAST(principal AS BINARY));
      IF v_name IS NULL THEN LEAVE each_gone; END IF;
      SET v_last = v_name;
--[mariadb]
      DELETE FROM joblease.leases WHERE name = CONVERT(v_name USING ascii);
--[end]
      UPDATE joblease.lease SET gone = p_now WHERE principal = CONVERT(v_name USING ascii);
    END LOOP;
  END IF;
END//

-- Ends the sessions of all leases that are over and drops them. It acts on nothing that is not over, so it takes no token.
-- @param p_principal this one only, and what has become of it; NULL for all
CREATE DEFINER = 'joblease_reaper'@'localhost' PROCEDURE joblease.sweep(IN p_principal TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)
SQL SECURITY DEFINER MODIFIES SQL DATA
sweeping: BEGIN
  DECLARE v_now BIGINT;
  DECLARE v_sessions, v_left, v_removed INT;
  DECLARE v_state VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  CALL joblease.pin(v_now);
  IF p_principal IS NOT NULL AND p_principal NOT REGEXP '\Ajl_[0-9a-z]{7}_[a-z0-9]{1,7}_[0-9a-z]{13}\z' THEN
    SELECT JSON_OBJECT('ok', FALSE, 'reason', 'the name of the login is malformed') AS result;
    LEAVE sweeping;
  END IF;
--[mysql]
  SET ROLE ALL;
  IF CURRENT_ROLE() = 'NONE' THEN
    -- Rather nothing than a KILL that can stop the server.
    SELECT JSON_OBJECT('ok', FALSE, 'reason', 'the account joblease_reaper has lost its role') AS result;
    LEAVE sweeping;
  END IF;
--[end]
  CALL joblease.end_due(p_principal, v_now, v_sessions, v_left, v_removed);
  IF p_principal IS NULL THEN
    SELECT JSON_OBJECT('ok', TRUE, 'sessions', v_sessions + 0, 'left', v_left + 0, 'removed', v_removed + 0) AS result;
  ELSE
    SELECT COALESCE(MAX(CASE WHEN gone IS NOT NULL THEN 'gone' WHEN ended IS NULL AND expires > v_now THEN 'live' ELSE 'disabled' END), 'unknown')
      INTO v_state FROM joblease.lease WHERE principal = p_principal;
    IF v_state = 'disabled' THEN
      SELECT JSON_OBJECT('ok', TRUE, 'sessions', v_sessions + 0, 'left', v_left + 0, 'removed', v_removed + 0, 'state', v_state, 'reason',
        CASE WHEN v_left > 0 THEN CONCAT(v_left, ' of its sessions did not end')
          WHEN EXISTS (SELECT * FROM mysql.user WHERE User = p_principal) THEN 'the server did not let it be dropped'
          ELSE 'a login that is under way may be its own' END) AS result;
    ELSE
      SELECT JSON_OBJECT('ok', TRUE, 'sessions', v_sessions + 0, 'left', v_left + 0, 'removed', v_removed + 0, 'state', v_state) AS result;
    END IF;
  END IF;
END//

-- Puts the gate's login right again, when somebody who knows its password has changed that.
CREATE DEFINER = 'joblease_reaper'@'localhost' PROCEDURE joblease.heal()
SQL SECURITY INVOKER MODIFIES SQL DATA
BEGIN
  IF EXISTS (SELECT * FROM joblease.settings s JOIN mysql.user u ON u.User = 'joblease_gate' AND u.Host = '%'
    WHERE s.one = 1 AND s.login_hash IS NOT NULL AND (CAST(u.plugin AS BINARY) <> CAST(s.login_plugin AS BINARY)
      OR CAST(u.authentication_string AS BINARY) <> s.login_hash OR u.password_expired = 'Y'--[mysql] OR u.account_locked = 'Y'--[end])) THEN
--[mysql]
    CALL joblease.attempt((SELECT CONCAT('ALTER USER ''joblease_gate''@''%'' IDENTIFIED WITH ', login_plugin, ' AS 0x', HEX(login_hash),
      ' PASSWORD EXPIRE NEVER ACCOUNT UNLOCK') FROM joblease.settings WHERE one = 1));
--[mariadb]
    CALL joblease.attempt((SELECT CONCAT('ALTER USER ''joblease_gate''@''%'' IDENTIFIED VIA ', login_plugin, ' USING ''', CAST(login_hash AS CHAR CHARACTER SET ascii),
      ''' PASSWORD EXPIRE NEVER ACCOUNT UNLOCK') FROM joblease.settings WHERE one = 1));
--[end]
    CALL joblease.note('heal', NULL, NULL, NULL, NULL, 'the login of the gate had been changed');
  END IF;
END//

-- Ends sessions of the gate's login that are older than a minute: it is for calls that take milliseconds, and everybody may
-- know its password.
CREATE DEFINER = 'joblease_reaper'@'localhost' PROCEDURE joblease.end_visitors(IN p_now BIGINT)
SQL SECURITY INVOKER MODIFIES SQL DATA
BEGIN
  DECLARE v_id, v_last BIGINT UNSIGNED DEFAULT 0;
  DELETE FROM joblease.visitors WHERE id NOT IN (
    SELECT id FROM information_schema.processlist WHERE user IN ('joblease_gate', 'joblease_definer'));
  INSERT IGNORE INTO joblease.visitors (id, since)
    SELECT id, p_now FROM information_schema.processlist WHERE user IN ('joblease_gate', 'joblease_definer');
  each_session: LOOP
    SELECT MIN(id) INTO v_id FROM joblease.visitors WHERE since <= p_now - 60 AND id > v_last;
    IF v_id IS NULL THEN LEAVE each_session; END IF;
    SET v_last = v_id;
    CALL joblease.attempt(CONCAT('KILL ', v_id));
  END LOOP;
END//

-- A round of the event. The reaper ends leases by their accounts' own records; this one goes by the gate's. DEFINER: an
-- administrator who alters the event becomes the event's own definer.
CREATE DEFINER = 'joblease_reaper'@'localhost' PROCEDURE joblease.tick()
SQL SECURITY DEFINER MODIFIES SQL DATA
ticking: BEGIN
  DECLARE v_now BIGINT;
  DECLARE v_sessions, v_left, v_removed INT;
  CALL joblease.pin(v_now);
--[mysql]
  SET ROLE ALL;
  IF CURRENT_ROLE() = 'NONE' THEN LEAVE ticking; END IF;
--[end]
  -- One round at a time.
  UPDATE joblease.round SET session = CONNECTION_ID()
    WHERE id = 2 AND NOT EXISTS (SELECT * FROM information_schema.processlist p
      WHERE p.id = session AND p.user = 'joblease_reaper' AND p.id <> CONNECTION_ID());
  IF NOT EXISTS (SELECT * FROM joblease.round WHERE id = 2 AND session = CONNECTION_ID()) THEN LEAVE ticking; END IF;
  CALL joblease.heal();
  CALL joblease.end_visitors(v_now);
  CALL joblease.end_due(NULL, v_now, v_sessions, v_left, v_removed);
  DELETE FROM joblease.audit WHERE id < (v_now - 86400 * (SELECT audit_days FROM joblease.settings WHERE one = 1)) * 1000000 LIMIT 10000;
  DELETE FROM joblease.lease WHERE gone < v_now - 86400 LIMIT 10000;
END//

-- Leases that are there, a page of 200 at a time, for the sweeper.
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.list(
  IN p_token MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, IN p_after TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)
SQL SECURITY DEFINER MODIFIES SQL DATA
listing: BEGIN
  DECLARE v_claims, v_rules LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_refusal VARCHAR(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_now BIGINT;
  DECLARE v_allowed BOOLEAN DEFAULT FALSE;
  CALL joblease.pin(v_now);
  IF p_after IS NULL OR p_after NOT REGEXP '\A[a-z0-9_]{0,32}\z' THEN SET v_refusal = 'the request is malformed';
  ELSE CALL joblease.verify(p_token, CONCAT('list
', p_after), v_now, v_claims, v_refusal); END IF;
  IF v_refusal IS NULL THEN
    SELECT sweeper INTO v_rules FROM joblease.settings WHERE one = 1;
    CALL joblease.is_allowed(v_claims, v_rules, v_allowed);
    IF NOT v_allowed THEN SET v_refusal = 'no rule makes this job the sweeper'; END IF;
  END IF;
  IF v_refusal IS NOT NULL THEN
    CALL joblease.refuse(v_now, 'list', NULL, v_claims, v_refusal);
    LEAVE listing;
  END IF;
  SELECT JSON_OBJECT('ok', TRUE, 'leases', COALESCE(JSON_ARRAYAGG(JSON_OBJECT('principal', page.principal, 'record', JSON_EXTRACT(page.record, '$'),
      'exp', page.expires, 'over', JSON_EXTRACT(IF(page.ended IS NOT NULL OR page.expires <= v_now, 'true', 'false'), '$'))), JSON_ARRAY())) AS result
    FROM (SELECT * FROM joblease.lease WHERE gone IS NULL AND principal > p_after ORDER BY principal LIMIT 200) page;
END//

-- Rows of the audit, a page of 500 at a time, for the sweeper.
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.read_audit(
  IN p_token MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, IN p_after BIGINT)
SQL SECURITY DEFINER MODIFIES SQL DATA
reading: BEGIN
  DECLARE v_claims, v_rules LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_refusal VARCHAR(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_now BIGINT;
  DECLARE v_allowed BOOLEAN DEFAULT FALSE;
  CALL joblease.pin(v_now);
  IF p_after IS NULL THEN SET v_refusal = 'the request is malformed';
  ELSE CALL joblease.verify(p_token, CONCAT('audit
', p_after), v_now, v_claims, v_refusal); END IF;
  IF v_refusal IS NULL THEN
    SELECT sweeper INTO v_rules FROM joblease.settings WHERE one = 1;
    CALL joblease.is_allowed(v_claims, v_rules, v_allowed);
    IF NOT v_allowed THEN SET v_refusal = 'no rule makes this job the sweeper'; END IF;
  END IF;
  IF v_refusal IS NOT NULL THEN
    CALL joblease.refuse(v_now, 'audit', NULL, v_claims, v_refusal);
    LEAVE reading;
  END IF;
  SELECT JSON_OBJECT('ok', TRUE, 'rows', COALESCE(JSON_ARRAYAGG(JSON_OBJECT('id', page.id, 'at', page.id DIV 1000000, 'what', page.what, 'role', page.role,
      'principal', page.principal, 'until', page.until, 'who', JSON_EXTRACT(page.who, '$'), 'detail', page.detail)), JSON_ARRAY())) AS result
    FROM (SELECT * FROM joblease.audit WHERE id > p_after ORDER BY id LIMIT 500) page;
END//

-- GitHub vouches for its own next key: by a token that a known key has signed, from the keeper's workflow, which has read
-- the published keys. It is good after a delay, in which somebody can look.
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.add_key(
  IN p_token MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, IN p_kid TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
  IN p_modulus TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)
SQL SECURITY DEFINER MODIFIES SQL DATA
adding: BEGIN
  DECLARE v_claims, v_rules LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_refusal VARCHAR(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_problem VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_now, v_from BIGINT;
  DECLARE v_allowed BOOLEAN DEFAULT FALSE;
  DECLARE v_n_hex VARCHAR(512) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_n, v_r2 VARCHAR(640) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_q DECIMAL(32,0);
  CALL joblease.pin(v_now);
  IF p_kid IS NULL OR p_kid NOT REGEXP '\A[A-Za-z0-9_.-]{1,200}\z' OR p_modulus IS NULL OR p_modulus NOT REGEXP '\A[A-Za-z0-9_-]{1,1000}\z' THEN
    SET v_refusal = 'the request is malformed';
  ELSE
    CALL joblease.verify(p_token, CONCAT_WS('
', 'key', p_kid, p_modulus), v_now, v_claims, v_refusal);
  END IF;
  IF v_refusal IS NULL THEN
    SELECT keeper INTO v_rules FROM joblease.settings WHERE one = 1;
    CALL joblease.is_allowed(v_claims, v_rules, v_allowed);
    IF NOT v_allowed THEN SET v_refusal = 'no rule makes this job the keeper of the keys'; END IF;
  END IF;
  IF v_refusal IS NULL AND CHAR_LENGTH(p_modulus) <> 342 THEN SET v_refusal = 'it is not an RSA key of 2048 bits'; END IF;
  IF v_refusal IS NULL AND NOT EXISTS (SELECT * FROM joblease.signing_keys WHERE kid = p_kid) THEN
    IF (SELECT COUNT(*) FROM joblease.signing_keys) >= 16 THEN
      SET v_refusal = 'the gate has 16 keys already';
    ELSE
      CALL joblease.prepare_key(p_modulus, v_n_hex, v_n, v_q, v_r2, v_problem);
      IF v_problem IS NOT NULL THEN
        SET v_refusal = v_problem;
      ELSE
        SELECT v_now + key_delay_seconds INTO v_from FROM joblease.settings WHERE one = 1;
        INSERT IGNORE INTO joblease.signing_keys (kid, n_hex, n, q, r2, not_before, vouched) VALUES (p_kid, v_n_hex, v_n, v_q, v_r2, v_from, v_claims);
        IF ROW_COUNT() > 0 THEN
          CALL joblease.note('key', NULL, NULL, v_from, v_claims, CONCAT(p_kid, ', SHA-256 ', SHA2(UNHEX(v_n_hex), 256)));
        END IF;
      END IF;
    END IF;
  END IF;
  IF v_refusal IS NULL THEN
    SELECT not_before, n_hex INTO v_from, v_n_hex FROM joblease.signing_keys WHERE kid = p_kid;
    IF UNHEX(v_n_hex) <> FROM_BASE64(CONCAT(REPLACE(REPLACE(p_modulus, '-', '+'), '_', '/'), '==')) THEN
      SET v_refusal = 'the gate knows another key by this id';
    END IF;
  END IF;
  IF v_refusal IS NOT NULL THEN
    CALL joblease.refuse(v_now, 'key', NULL, v_claims, v_refusal);
    LEAVE adding;
  END IF;
  SELECT JSON_OBJECT('ok', TRUE, 'from', v_from + 0, 'sha256', SHA2(UNHEX(v_n_hex), 256)) AS result;
END//

-- What a job has to know before it asks GitHub for a token, and the keys, to compare them with those that are published.
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.hello()
SQL SECURITY DEFINER READS SQL DATA
BEGIN
  DECLARE v_now BIGINT;
  CALL joblease.pin(v_now);
  SELECT JSON_OBJECT('v', version, 'name', name, 'issuer', issuer,
    'keys', COALESCE((SELECT JSON_OBJECTAGG(CONVERT(kid USING utf8mb4) COLLATE utf8mb4_bin, SHA2(UNHEX(n_hex), 256)) FROM joblease.signing_keys), JSON_OBJECT())) AS result
    FROM joblease.settings WHERE one = 1;
END//

-- What administrators call. These have the rights of whoever calls them.

-- Rules, from the ids of GitHub: gh api repos/OWNER/NAME --jq .id
-- @param p_repository_id, p_ref, p_environment, p_event_name NULL for any; several events are separated by commas
CREATE DEFINER = 'joblease_definer'@'localhost' FUNCTION joblease.rule(
  p_repository_id BIGINT, p_ref VARCHAR(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
  p_environment VARCHAR(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, p_event_name VARCHAR(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)
RETURNS TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DETERMINISTIC NO SQL SQL SECURITY INVOKER
  RETURN CONCAT('[{"repository_id": ', JSON_QUOTE(CAST(p_repository_id AS CHAR CHARACTER SET utf8mb4)),
    COALESCE(CONCAT(', "ref": ', JSON_QUOTE(p_ref)), ''), COALESCE(CONCAT(', "environment": ', JSON_QUOTE(p_environment)), ''),
    COALESCE(CONCAT(', "event_name": [', REPLACE(REPLACE(JSON_QUOTE(p_event_name), ' ', ''), ',', '", "'), ']'), ''), '}]')//

-- Makes a role, or changes it: what a job may have that one of the rules lets in.
-- @param p_groups SQL roles, separated by commas--[mariadb]; one only, because a session has one at a time--[end] @param p_max_ttl seconds
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.define_role(
  IN p_name TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, IN p_groups TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
  IN p_max_ttl INT, IN p_allow LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)
SQL SECURITY INVOKER MODIFIES SQL DATA
BEGIN
  DECLARE v_rest, v_groups TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT '';
  DECLARE v_group VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_problem VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_now BIGINT;
  CALL joblease.pin(v_now);
  CALL joblease.check_rules(p_allow);
  SET v_problem = CASE
    WHEN p_name IS NULL OR p_name NOT REGEXP '\A[A-Za-z0-9][A-Za-z0-9._-]{0,62}\z' THEN 'joblease: the name of the role is malformed'
    WHEN p_max_ttl IS NULL OR p_max_ttl NOT BETWEEN 1 AND 86400 THEN 'joblease: the longest ttl must be from one second to 24 hours'
    WHEN p_groups IS NULL OR p_groups NOT REGEXP --[mysql]'\A *[A-Za-z0-9_.$-]{1,32} *(, *[A-Za-z0-9_.$-]{1,32} *){0,19}\z'--[mariadb]'\A *[A-Za-z0-9_.$-]{1,64} *\z'--[end]
      THEN 'joblease: --[mysql]the groups must be names of roles, separated by commas--[mariadb]the group must be the name of one role--[end]'
    WHEN p_groups REGEXP 'joblease_' THEN 'joblease: no job may be one of the gate''s own accounts'
  END;
  IF v_problem IS NOT NULL THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_problem; END IF;
  SET v_rest = CONCAT(REPLACE(p_groups, ' ', ''), ',');
  WHILE v_rest <> '' DO
    SET v_group = SUBSTRING_INDEX(v_rest, ',', 1), v_rest = SUBSTR(v_rest, LOCATE(',', v_rest) + 1);
    CALL joblease.check_group(v_group);
    CALL joblease.run(CONCAT('GRANT `', v_group, '` TO ''joblease_definer''@''localhost'' WITH ADMIN OPTION'));
    SET v_groups = CONCAT(v_groups, IF(v_groups = '', '', ', '), '`', v_group, '`');
  END WHILE;
  INSERT INTO joblease.role (name, group_roles, max_ttl, allow) VALUES (p_name, v_groups, p_max_ttl, p_allow)
    ON DUPLICATE KEY UPDATE group_roles = v_groups, max_ttl = p_max_ttl, allow = p_allow;
  CALL joblease.note('define role', p_name, NULL, NULL, NULL, USER());
END//

-- Refuses a group that would let a job change the gate, or accounts.
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.check_group(IN p_group VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)
SQL SECURITY INVOKER READS SQL DATA
BEGIN
  DECLARE v_strong BOOLEAN;
  DECLARE v_said VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
--[mysql]
  WITH RECURSIVE held (user, host) AS (
    SELECT CAST(p_group AS CHAR(100) CHARACTER SET utf8mb4) COLLATE utf8mb4_bin, CAST('%' AS CHAR(255) CHARACTER SET utf8mb4) COLLATE utf8mb4_bin
    UNION SELECT CONVERT(e.FROM_USER USING utf8mb4) COLLATE utf8mb4_bin, CONVERT(e.FROM_HOST USING utf8mb4) COLLATE utf8mb4_bin FROM mysql.role_edges e
      JOIN held h ON CAST(e.TO_USER AS BINARY) = CAST(h.user AS BINARY) AND CAST(e.TO_HOST AS BINARY) = CAST(h.host AS BINARY))
  SELECT MAX(u.Super_priv = 'Y' OR u.Create_user_priv = 'Y' OR u.Insert_priv = 'Y' OR u.Update_priv = 'Y' OR u.Delete_priv = 'Y'
    OR u.Drop_priv = 'Y' OR u.Alter_priv = 'Y' OR u.Event_priv = 'Y' OR u.Trigger_priv = 'Y' OR u.Alter_routine_priv = 'Y' OR u.Create_tmp_table_priv = 'Y'
    OR EXISTS (SELECT * FROM mysql.global_grants g WHERE g.USER = u.User AND g.HOST = u.Host AND g.PRIV IN ('SYSTEM_USER', 'ROLE_ADMIN', 'SET_ANY_DEFINER', 'SET_USER_ID')))
    INTO v_strong FROM held h JOIN mysql.user u ON CAST(u.User AS BINARY) = CAST(h.user AS BINARY) AND CAST(u.Host AS BINARY) = CAST(h.host AS BINARY);
--[mariadb]
  WITH RECURSIVE held (name) AS (
    SELECT CAST(p_group AS CHAR(100) CHARACTER SET utf8mb4) COLLATE utf8mb4_bin
    UNION SELECT CONVERT(e.Role USING utf8mb4) COLLATE utf8mb4_bin FROM mysql.roles_mapping e
      JOIN held h ON e.Host = '' AND CAST(e.User AS BINARY) = CAST(h.name AS BINARY))
  SELECT MAX(u.Super_priv = 'Y' OR u.Create_user_priv = 'Y' OR u.Insert_priv = 'Y' OR u.Update_priv = 'Y' OR u.Delete_priv = 'Y'
    OR u.Drop_priv = 'Y' OR u.Alter_priv = 'Y' OR u.Event_priv = 'Y' OR u.Trigger_priv = 'Y' OR u.Alter_routine_priv = 'Y' OR u.Create_tmp_table_priv = 'Y')
    INTO v_strong FROM held h JOIN mysql.user u ON u.is_role = 'Y' AND CAST(u.User AS BINARY) = CAST(h.name AS BINARY);
--[end]
  SET v_said = IF(v_strong IS NULL, CONCAT('joblease: there is no role "', p_group, '"'),
    IF(v_strong, CONCAT('joblease: a member of "', p_group, '" could change the gate or other accounts'), NULL));
  IF v_said IS NOT NULL THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_said; END IF;
END//

-- No more mints and renewals of a role. @param p_and_leases whether its leases end too, rather than go on to their end
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.drop_role(
  IN p_name TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, IN p_and_leases BOOLEAN)
SQL SECURITY INVOKER MODIFIES SQL DATA
BEGIN
  DECLARE v_now BIGINT;
  CALL joblease.pin(v_now);
  DELETE FROM joblease.role WHERE name = p_name;
  IF ROW_COUNT() = 0 AND NOT COALESCE(p_and_leases, FALSE) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'joblease: there is no such role';
  END IF;
  CALL joblease.note('drop role', p_name, NULL, NULL, NULL, USER());
  IF p_and_leases THEN
    -- The clock ends them within 10 s.
    UPDATE joblease.lease SET ended = 'its role was dropped' WHERE role = p_name AND gone IS NULL AND ended IS NULL;
  END IF;
END//

CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.roles()
SQL SECURITY INVOKER READS SQL DATA
BEGIN
  SELECT name, group_roles AS `groups`, max_ttl, allow,
    (SELECT COUNT(*) FROM joblease.lease l WHERE l.role = r.name AND l.gone IS NULL AND l.ended IS NULL AND l.expires > UNIX_TIMESTAMP()) AS live
    FROM joblease.role r ORDER BY name;
END//

-- The signing keys; sha256 is that of the modulus, to compare with what GitHub publishes.
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.`keys`()
SQL SECURITY INVOKER READS SQL DATA
BEGIN
  SELECT kid, SHA2(UNHEX(n_hex), 256) AS sha256, FROM_UNIXTIME(not_before) AS good_from,
    COALESCE(JSON_UNQUOTE(JSON_EXTRACT(vouched, '$.job_workflow_ref')), 'an administrator') AS vouched_by
    FROM joblease.signing_keys ORDER BY kid;
END//

-- Admits a key at once, or lets go of the delay of one. @param p_modulus as in a JWK
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.trust_key(
  IN p_kid TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, IN p_modulus TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)
SQL SECURITY INVOKER MODIFIES SQL DATA
BEGIN
  DECLARE v_problem VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_now BIGINT;
  DECLARE v_n_hex VARCHAR(512) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_n, v_r2 VARCHAR(640) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_q DECIMAL(32,0);
  CALL joblease.pin(v_now);
  IF p_kid IS NULL OR p_kid NOT REGEXP '\A[A-Za-z0-9_.-]{1,200}\z' THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'joblease: the id of the key is malformed';
  END IF;
  IF p_modulus IS NULL OR CHAR_LENGTH(p_modulus) <> 342 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'joblease: it is not an RSA key of 2048 bits: the modulus has 342 characters of base64url';
  END IF;
  CALL joblease.prepare_key(p_modulus, v_n_hex, v_n, v_q, v_r2, v_problem);
  IF v_problem IS NOT NULL THEN
    SET v_problem = CONCAT('joblease: ', v_problem);
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_problem;
  END IF;
  IF EXISTS (SELECT * FROM joblease.signing_keys WHERE kid = p_kid AND n_hex <> v_n_hex) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'joblease: the gate knows another key by this id: drop_key first';
  END IF;
  INSERT INTO joblease.signing_keys (kid, n_hex, n, q, r2, not_before) VALUES (p_kid, v_n_hex, v_n, v_q, v_r2, v_now)
    ON DUPLICATE KEY UPDATE not_before = v_now;
  CALL joblease.note('key', NULL, NULL, v_now, NULL, CONCAT(p_kid, ', SHA-256 ', SHA2(UNHEX(v_n_hex), 256), ', by ', USER()));
END//

CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.drop_key(IN p_kid TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)
SQL SECURITY INVOKER MODIFIES SQL DATA
BEGIN
  DELETE FROM joblease.signing_keys WHERE kid = p_kid;
  IF ROW_COUNT() = 0 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'joblease: there is no such key'; END IF;
  CALL joblease.note('drop key', NULL, NULL, NULL, NULL, CONCAT(p_kid, ', by ', USER()));
END//

-- Changes a setting: name, issuer, keeper, sweeper, key_delay_seconds, token_seconds, skew_seconds, max_live, audit_days.
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.configure(
  IN p_setting VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, IN p_value LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)
SQL SECURITY INVOKER MODIFIES SQL DATA
BEGIN
  DECLARE v_problem VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_now BIGINT;
  DECLARE v_i INT DEFAULT 0;
  CALL joblease.pin(v_now);
  IF p_setting IN ('keeper', 'sweeper') AND p_value IS NOT NULL THEN
    CALL joblease.check_rules(p_value);
    -- A key is every role of this gate. So not any workflow of a repository, but one, by its file.
    WHILE v_i < JSON_LENGTH(p_value) DO
      IF NOT COALESCE(JSON_TYPE(JSON_EXTRACT(p_value, CONCAT('$[', v_i, '].job_workflow_ref'))) = 'STRING'
        AND LOCATE('*', JSON_EXTRACT(p_value, CONCAT('$[', v_i, '].job_workflow_ref'))) = 0, FALSE) THEN
        SET v_problem = 'joblease: a rule for it must name one job_workflow_ref, without *';
      END IF;
      SET v_i = v_i + 1;
    END WHILE;
  END IF;
  SET v_problem = COALESCE(v_problem, CASE
    WHEN p_setting IN ('keeper', 'sweeper') THEN NULL
    WHEN p_setting = 'name' THEN IF(COALESCE(p_value REGEXP '\A[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}\z', FALSE), NULL, 'joblease: the name is malformed')
    WHEN p_setting = 'issuer' THEN IF(COALESCE(p_value REGEXP '\Ahttps://[!-~]{1,240}\z', FALSE), NULL, 'joblease: the issuer must be an https URL')
    WHEN p_setting IN ('key_delay_seconds', 'token_seconds', 'skew_seconds', 'max_live', 'audit_days') THEN
      IF(COALESCE(p_value REGEXP '\A[0-9]{1,7}\z', FALSE) AND CASE p_setting WHEN 'token_seconds' THEN p_value BETWEEN 60 AND 3600
        WHEN 'skew_seconds' THEN p_value BETWEEN 0 AND 300 WHEN 'key_delay_seconds' THEN TRUE ELSE p_value >= 1 END, NULL, 'joblease: the number is out of range')
    ELSE 'joblease: there is no such setting'
  END);
  IF v_problem IS NOT NULL THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_problem; END IF;
  UPDATE joblease.settings SET
    name = IF(p_setting = 'name', p_value, name), issuer = IF(p_setting = 'issuer', p_value, issuer),
    keeper = IF(p_setting = 'keeper', p_value, keeper), sweeper = IF(p_setting = 'sweeper', p_value, sweeper),
    key_delay_seconds = IF(p_setting = 'key_delay_seconds', p_value, key_delay_seconds),
    token_seconds = IF(p_setting = 'token_seconds', p_value, token_seconds), skew_seconds = IF(p_setting = 'skew_seconds', p_value, skew_seconds),
    max_live = IF(p_setting = 'max_live', p_value, max_live), audit_days = IF(p_setting = 'audit_days', p_value, audit_days)
    WHERE one = 1;
  CALL joblease.note('configure', NULL, NULL, NULL, NULL, CONCAT(p_setting, ' = ', COALESCE(p_value, 'NULL'), ', by ', USER()));
END//

-- Gives the gate's login a new password, which is shown once. It keeps no secret: whoever has it can call the gate, and gets
-- nothing without a token.
CREATE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.new_password()
SQL SECURITY INVOKER MODIFIES SQL DATA
BEGIN
  DECLARE v_password VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
    DEFAULT CONCAT('Gate-', LEFT(SHA2(CONCAT(UUID(), RAND(), SYSDATE(6)), 256), 48));
  CALL joblease.run(CONCAT('ALTER USER ''joblease_gate''@''%'' IDENTIFIED BY ''', v_password, ''' --[mysql]PASSWORD HISTORY 0 PASSWORD REUSE INTERVAL 0 DAY PASSWORD REQUIRE CURRENT OPTIONAL --[end]PASSWORD EXPIRE NEVER'));
  UPDATE joblease.settings SET login_plugin = (SELECT plugin FROM mysql.user WHERE User = 'joblease_gate' AND Host = '%'),
    login_hash = (SELECT CAST(authentication_string AS BINARY) FROM mysql.user WHERE User = 'joblease_gate' AND Host = '%') WHERE one = 1;
  SELECT v_password AS password;
END//
DELIMITER ;

GRANT EXECUTE ON PROCEDURE joblease.hello TO 'joblease_gate'@'%';
GRANT EXECUTE ON PROCEDURE joblease.mint TO 'joblease_gate'@'%';
GRANT EXECUTE ON PROCEDURE joblease.end_leases TO 'joblease_gate'@'%';
GRANT EXECUTE ON PROCEDURE joblease.sweep TO 'joblease_gate'@'%';
GRANT EXECUTE ON PROCEDURE joblease.list TO 'joblease_gate'@'%';
GRANT EXECUTE ON PROCEDURE joblease.read_audit TO 'joblease_gate'@'%';
GRANT EXECUTE ON PROCEDURE joblease.add_key TO 'joblease_gate'@'%';
--[mysql]
GRANT EXECUTE ON PROCEDURE joblease.renew_me TO 'joblease_lease';
GRANT EXECUTE ON PROCEDURE joblease.end_me TO 'joblease_lease';
--[end]

-- GitHub's signing keys, https://token.actions.githubusercontent.com/.well-known/jwks. Compare: CALL joblease.keys();
-- Once: a key that an administrator has dropped stays dropped.
DROP PROCEDURE IF EXISTS joblease.first_keys;
DELIMITER //
CREATE PROCEDURE joblease.first_keys()
SQL SECURITY INVOKER
BEGIN
  IF NOT EXISTS (SELECT * FROM joblease.signing_keys) THEN
--[keys]
  END IF;
END//
DELIMITER ;
CALL joblease.first_keys();
DROP PROCEDURE joblease.first_keys;

CREATE DEFINER = 'joblease_reaper'@'localhost' EVENT joblease.clock
  ON SCHEDULE EVERY 10 SECOND ON COMPLETION PRESERVE ENABLE
  DO CALL joblease.tick();
