-- The gate of joblease on MariaDB 10.6 and newer: the server checks the token that GitHub signs for a job, and mints. Nothing else
-- is trusted and no secret of ours is stored. With it comes the switch, an event that ends every lease that is over.
-- Run it as an administrator: mariadb < sql/mariadb/gate.sql. Run a newer one over it to upgrade: roles, keys, live leases and the
-- audit stay. sql/mariadb/gate-remove.sql takes it away. Written by scripts/generate-gate.ts.
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
  IF EXISTS (SELECT * FROM joblease.settings WHERE version > 1) THEN
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

-- joblease on MariaDB 10.6 and newer: the table of the leases, and the switch, an event that ends every lease that is
-- over, on the server's clock. The event scheduler must be on: event_scheduler=ON in the server's configuration.
-- Run it once as an administrator, for example: mariadb < mariadb-reaper.sql
-- It may be run again, to update.
SET NAMES utf8mb4; -- a routine keeps the character set, the collation and the mode that it was created under
SET SESSION sql_mode = 'STRICT_ALL_TABLES';

CREATE DATABASE IF NOT EXISTS joblease;
ALTER DATABASE joblease CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS joblease.leases (
  name VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  exp BIGINT NOT NULL COMMENT 'when it ends, epoch seconds; 0: locked',
  reap BIGINT NOT NULL COMMENT 'when the reaper ends it',
  record VARCHAR(1024) CHARACTER SET ascii NOT NULL COMMENT 'JSON'
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS joblease.heartbeat (
  id TINYINT UNSIGNED PRIMARY KEY,
  at BIGINT NOT NULL COMMENT 'when the last round was known to do its work, epoch seconds',
  server VARCHAR(400) NOT NULL COMMENT 'where it ran',
  able BOOLEAN NOT NULL COMMENT 'whether it had the rights that it needs'
);

CREATE TABLE IF NOT EXISTS joblease.round (
  id TINYINT UNSIGNED PRIMARY KEY,
  session BIGINT UNSIGNED NOT NULL COMMENT 'whose round is under way'
) ENGINE = InnoDB;
INSERT IGNORE INTO joblease.round (id, session) VALUES (1, 0);

-- Nobody logs in as it, no rotation touches it, and the event ends with it, so never drop it.
CREATE USER IF NOT EXISTS 'joblease_reaper'@'localhost' IDENTIFIED VIA mysql_native_password USING 'invalid' ACCOUNT LOCK;
GRANT CREATE USER, PROCESS, CONNECTION ADMIN ON *.* TO 'joblease_reaper'@'localhost';
GRANT SELECT (User, Host) ON mysql.user TO 'joblease_reaper'@'localhost';
GRANT SELECT, DELETE ON mysql.proxies_priv TO 'joblease_reaper'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE, EXECUTE, EVENT ON joblease.* TO 'joblease_reaper'@'localhost';

DROP EVENT IF EXISTS joblease.reaper;
DROP PROCEDURE IF EXISTS joblease.reap;
DROP PROCEDURE IF EXISTS joblease.end_sessions;
DROP PROCEDURE IF EXISTS joblease.end_stalls;
DROP PROCEDURE IF EXISTS joblease.attempt;
DROP PROCEDURE IF EXISTS joblease.beat;

DELIMITER //
-- Runs a statement. What it fails with concerns one account, and the next round tries again. INVOKER, like the others that
-- the event calls on: an account that may run any routine must not get the reaper's rights by it.
CREATE DEFINER = 'joblease_reaper'@'localhost' PROCEDURE joblease.attempt(v_statement TEXT)
SQL SECURITY INVOKER MODIFIES SQL DATA
BEGIN
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN END;
  EXECUTE IMMEDIATE v_statement;
END//

-- Ends the sessions of an account, or, with an empty name, those of leases whose account is gone.
CREATE DEFINER = 'joblease_reaper'@'localhost' PROCEDURE joblease.end_sessions(v_user VARCHAR(32))
SQL SECURITY INVOKER READS SQL DATA
BEGIN
  DECLARE v_id, v_last BIGINT UNSIGNED DEFAULT 0;
  each_session: LOOP
    SELECT MIN(p.id) INTO v_id FROM information_schema.processlist p
    WHERE p.id > v_last AND IF(v_user <> '',
      CAST(p.user AS BINARY) = CAST(v_user AS BINARY),
      CONCAT(p.user, '.') REGEXP BINARY '^jl_[0-9a-z]{7}_[a-z0-9]{1,7}_[0-9a-z]{13}[.]$'
        AND NOT EXISTS (SELECT * FROM mysql.user u WHERE CAST(u.User AS BINARY) = CAST(p.user AS BINARY)));
    IF v_id IS NULL THEN LEAVE each_session; END IF;
    SET v_last = v_id;
    CALL joblease.attempt(CONCAT('KILL ', v_id));
  END LOOP;
END//

-- Ends sessions that take long to change their user: one of a lease goes by the other name meanwhile.
CREATE DEFINER = 'joblease_reaper'@'localhost' PROCEDURE joblease.end_stalls()
SQL SECURITY INVOKER READS SQL DATA
BEGIN
  DECLARE v_id, v_last BIGINT UNSIGNED DEFAULT 0;
  each_session: LOOP
    SELECT MIN(id) INTO v_id FROM information_schema.processlist
    WHERE command = 'Change user' AND time_ms >= 2000 AND id > v_last;
    IF v_id IS NULL THEN LEAVE each_session; END IF;
    SET v_last = v_id;
    CALL joblease.attempt(CONCAT('KILL ', v_id));
  END LOOP;
END//

CREATE DEFINER = 'joblease_reaper'@'localhost' PROCEDURE joblease.beat()
SQL SECURITY INVOKER MODIFIES SQL DATA
BEGIN
  REPLACE INTO joblease.heartbeat (id, at, server, able)
    SELECT 1, UNIX_TIMESTAMP(), CONCAT(@@hostname, ':', @@server_id), COUNT(*) = 3
    FROM information_schema.user_privileges
    WHERE grantee = '''joblease_reaper''@''localhost''' AND privilege_type IN ('CREATE USER', 'PROCESS', 'CONNECTION ADMIN');
END//

CREATE DEFINER = 'joblease_reaper'@'localhost' PROCEDURE joblease.reap()
SQL SECURITY DEFINER MODIFIES SQL DATA
reaping: BEGIN
  DECLARE v_done BOOLEAN DEFAULT FALSE;
  DECLARE v_user VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_host VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_beat BIGINT DEFAULT UNIX_TIMESTAMP();
  -- An account without a record has an expiry in its name, by the clock of a runner: it is left alone while a mint is
  -- under way (the mint holds a lock of that name).
  DECLARE due CURSOR FOR
    SELECT u.User, u.Host FROM mysql.user u
    LEFT JOIN joblease.leases l ON l.name = CONVERT(u.User USING ascii) COLLATE ascii_bin
    WHERE CONCAT(u.User, '.') REGEXP BINARY '^jl_[0-9a-z]{7}_[a-z0-9]{1,7}_[0-9a-z]{13}[.]$'
      AND COALESCE(l.reap,
        IF(IS_USED_LOCK(u.User) IS NULL, CAST(CONV(SUBSTRING(u.User, 4, 7), 36, 10) AS SIGNED), NULL)
      ) <= UNIX_TIMESTAMP();
  DECLARE CONTINUE HANDLER FOR NOT FOUND SET v_done = TRUE;

  SET SESSION lock_wait_timeout = 10, SESSION innodb_lock_wait_timeout = 10;
  -- One round at a time.
  UPDATE joblease.round SET session = CONNECTION_ID()
  WHERE id = 1 AND NOT EXISTS (
    SELECT * FROM information_schema.processlist p
    WHERE p.id = session AND p.user = 'joblease_reaper' AND p.id <> CONNECTION_ID());
  IF NOT EXISTS (SELECT * FROM joblease.round WHERE session = CONNECTION_ID()) THEN LEAVE reaping; END IF;

  CALL joblease.end_stalls();
  OPEN due;
  each_account: LOOP
    FETCH due INTO v_user, v_host;
    IF v_done THEN LEAVE each_account; END IF;
    CALL joblease.attempt(CONCAT('ALTER USER IF EXISTS ', QUOTE(v_user), '@', QUOTE(v_host), ' ACCOUNT LOCK'));
    CALL joblease.end_sessions(v_user);
    CALL joblease.attempt(CONCAT('DROP USER IF EXISTS ', QUOTE(v_user), '@', QUOTE(v_host)));
    IF v_beat + 5 <= UNIX_TIMESTAMP() THEN
      CALL joblease.beat();
      SET v_beat = UNIX_TIMESTAMP();
    END IF;
  END LOOP;
  CLOSE due;

  -- A record is older than its account, so one without an account may only go when its end has come.
  DELETE FROM joblease.leases WHERE reap <= UNIX_TIMESTAMP()
    AND NOT EXISTS (SELECT * FROM mysql.user u WHERE CAST(u.User AS BINARY) = CAST(name AS BINARY));
  -- Those that were logging in when an account was dropped.
  CALL joblease.end_sessions('');
  -- Nobody becomes an account that is gone: a line about it is litter.
  DELETE FROM mysql.proxies_priv
  WHERE CONCAT(Proxied_user, '.') REGEXP BINARY '^jl_[0-9a-z]{7}_[a-z0-9]{1,7}_[0-9a-z]{13}[.]$'
    AND NOT EXISTS (SELECT * FROM mysql.user u WHERE CAST(u.User AS BINARY) = CAST(Proxied_user AS BINARY));
  CALL joblease.beat();
END//
DELIMITER ;

CREATE DEFINER = 'joblease_reaper'@'localhost' EVENT joblease.reaper
  ON SCHEDULE EVERY 5 SECOND ON COMPLETION PRESERVE ENABLE
  DO CALL joblease.reap();
SET NAMES utf8mb4 COLLATE utf8mb4_bin;
SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES';

INSERT INTO joblease.settings (one, version, name, issuer)
  VALUES (1, 1, CONCAT('joblease:', UUID()), 'https://token.actions.githubusercontent.com')
  ON DUPLICATE KEY UPDATE version = 1;

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
CREATE USER IF NOT EXISTS 'joblease_definer'@'localhost' IDENTIFIED VIA mysql_native_password USING 'invalid' ACCOUNT LOCK;
GRANT CREATE USER ON *.* TO 'joblease_definer'@'localhost';
-- Without it the server sets nobody's default role. It adds nothing to CREATE USER, which may set any password.
GRANT SELECT, UPDATE ON mysql.* TO 'joblease_definer'@'localhost';
GRANT SELECT ON mysql.* TO 'joblease_reaper'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE, EXECUTE, GRANT OPTION ON joblease.* TO 'joblease_definer'@'localhost';

-- What every job logs in as. It may call the gate, and gets nothing there without a token. joblease.new_password() gives it
-- the password that it is used by.
CREATE USER IF NOT EXISTS 'joblease_gate'@'%' IDENTIFIED VIA mysql_native_password USING 'invalid' WITH MAX_USER_CONNECTIONS 40;

DROP EVENT IF EXISTS joblease.clock;

DELIMITER //
-- What the verification needs of a key, made once. @param p_jwk_n the modulus as in a JWK: base64url of 2048 bits
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.prepare_key(
  IN p_jwk_n VARCHAR(400) CHARACTER SET ascii COLLATE ascii_bin,
  OUT p_n_hex VARCHAR(512) CHARACTER SET ascii COLLATE ascii_bin, OUT p_n VARCHAR(640) CHARACTER SET ascii COLLATE ascii_bin,
  OUT p_q DECIMAL(32,0), OUT p_r2 VARCHAR(640) CHARACTER SET ascii COLLATE ascii_bin, OUT p_problem VARCHAR(100))
SQL SECURITY INVOKER NO SQL
preparing: BEGIN
  DECLARE a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19 DECIMAL(32,0);
  DECLARE n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11, n12, n13, n14, n15, n16, n17, n18, n19 DECIMAL(32,0);
  DECLARE d0, d1, d2, d3, d4, d5, d6, d7, d8, d9, d10, d11, d12, d13, d14, d15, d16, d17, d18, d19 DECIMAL(32,0);
  DECLARE t DECIMAL(65,0);
  DECLARE b DECIMAL(32,0) DEFAULT 20282409603651670423947251286016;
  DECLARE c INT;
  DECLARE v_round INT DEFAULT 0;
  DECLARE v_text VARCHAR(520) CHARACTER SET ascii COLLATE ascii_bin;
  SET p_problem = 'the key must have 2048 bits: 342 characters of base64url';
  IF p_jwk_n IS NULL OR CHAR_LENGTH(p_jwk_n) <> 342 OR p_jwk_n REGEXP '[^A-Za-z0-9_-]' THEN LEAVE preparing; END IF;
  SET p_n_hex = LOWER(HEX(FROM_BASE64(CONCAT(REPLACE(REPLACE(p_jwk_n, '-', '+'), '_', '/'), '=='))));
  IF p_n_hex IS NULL OR LENGTH(p_n_hex) <> 512 OR LOCATE(LEFT(p_n_hex, 1), '89abcdef') = 0 THEN LEAVE preparing; END IF;
  SET p_problem = 'the modulus must be odd';
  IF LOCATE(RIGHT(p_n_hex, 1), '13579bdf') = 0 THEN LEAVE preparing; END IF;
  SET v_text = CONCAT('00000000', p_n_hex);
    SET n0=CAST(CONV(SUBSTR(v_text,495,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_text,508,13),16,10) AS DECIMAL(32,0));
    SET n1=CAST(CONV(SUBSTR(v_text,469,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_text,482,13),16,10) AS DECIMAL(32,0));
    SET n2=CAST(CONV(SUBSTR(v_text,443,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_text,456,13),16,10) AS DECIMAL(32,0));
    SET n3=CAST(CONV(SUBSTR(v_text,417,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_text,430,13),16,10) AS DECIMAL(32,0));
    SET n4=CAST(CONV(SUBSTR(v_text,391,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_text,404,13),16,10) AS DECIMAL(32,0));
    SET n5=CAST(CONV(SUBSTR(v_text,365,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_text,378,13),16,10) AS DECIMAL(32,0));
    SET n6=CAST(CONV(SUBSTR(v_text,339,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_text,352,13),16,10) AS DECIMAL(32,0));
    SET n7=CAST(CONV(SUBSTR(v_text,313,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_text,326,13),16,10) AS DECIMAL(32,0));
    SET n8=CAST(CONV(SUBSTR(v_text,287,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_text,300,13),16,10) AS DECIMAL(32,0));
    SET n9=CAST(CONV(SUBSTR(v_text,261,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_text,274,13),16,10) AS DECIMAL(32,0));
    SET n10=CAST(CONV(SUBSTR(v_text,235,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_text,248,13),16,10) AS DECIMAL(32,0));
    SET n11=CAST(CONV(SUBSTR(v_text,209,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_text,222,13),16,10) AS DECIMAL(32,0));
    SET n12=CAST(CONV(SUBSTR(v_text,183,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_text,196,13),16,10) AS DECIMAL(32,0));
    SET n13=CAST(CONV(SUBSTR(v_text,157,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_text,170,13),16,10) AS DECIMAL(32,0));
    SET n14=CAST(CONV(SUBSTR(v_text,131,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_text,144,13),16,10) AS DECIMAL(32,0));
    SET n15=CAST(CONV(SUBSTR(v_text,105,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_text,118,13),16,10) AS DECIMAL(32,0));
    SET n16=CAST(CONV(SUBSTR(v_text,79,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_text,92,13),16,10) AS DECIMAL(32,0));
    SET n17=CAST(CONV(SUBSTR(v_text,53,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_text,66,13),16,10) AS DECIMAL(32,0));
    SET n18=CAST(CONV(SUBSTR(v_text,27,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_text,40,13),16,10) AS DECIMAL(32,0));
    SET n19=CAST(CONV(SUBSTR(v_text,1,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_text,14,13),16,10) AS DECIMAL(32,0));
  SET p_n = CONCAT(LPAD(n19,32,'0'),LPAD(n18,32,'0'),LPAD(n17,32,'0'),LPAD(n16,32,'0'),LPAD(n15,32,'0'),LPAD(n14,32,'0'),LPAD(n13,32,'0'),LPAD(n12,32,'0'),LPAD(n11,32,'0'),LPAD(n10,32,'0'),LPAD(n9,32,'0'),LPAD(n8,32,'0'),LPAD(n7,32,'0'),LPAD(n6,32,'0'),LPAD(n5,32,'0'),LPAD(n4,32,'0'),LPAD(n3,32,'0'),LPAD(n2,32,'0'),LPAD(n1,32,'0'),LPAD(n0,32,'0'));
  -- -1/n modulo 2^104, by Newton's iteration
  SET p_q = 1;
  WHILE v_round < 7 DO
    SET p_q = MOD(p_q * MOD(b + 2 - MOD(n0 * p_q, b), b), b);
    SET v_round = v_round + 1;
  END WHILE;
  SET p_q = b - p_q;
  -- R^2 = 2^4160 modulo n, by doubling 2^2047
  SET a0 = 0, a1 = 0, a2 = 0, a3 = 0, a4 = 0, a5 = 0, a6 = 0, a7 = 0, a8 = 0, a9 = 0, a10 = 0, a11 = 0, a12 = 0, a13 = 0, a14 = 0, a15 = 0, a16 = 0, a17 = 0, a18 = 0, a19 = 2361183241434822606848, v_round = 0;
  WHILE v_round < 2113 DO
    SET c = 0;
    SET t=2*a0+c; IF t >= b THEN SET a0=t-b, c=1; ELSE SET a0=t, c=0; END IF;
    SET t=2*a1+c; IF t >= b THEN SET a1=t-b, c=1; ELSE SET a1=t, c=0; END IF;
    SET t=2*a2+c; IF t >= b THEN SET a2=t-b, c=1; ELSE SET a2=t, c=0; END IF;
    SET t=2*a3+c; IF t >= b THEN SET a3=t-b, c=1; ELSE SET a3=t, c=0; END IF;
    SET t=2*a4+c; IF t >= b THEN SET a4=t-b, c=1; ELSE SET a4=t, c=0; END IF;
    SET t=2*a5+c; IF t >= b THEN SET a5=t-b, c=1; ELSE SET a5=t, c=0; END IF;
    SET t=2*a6+c; IF t >= b THEN SET a6=t-b, c=1; ELSE SET a6=t, c=0; END IF;
    SET t=2*a7+c; IF t >= b THEN SET a7=t-b, c=1; ELSE SET a7=t, c=0; END IF;
    SET t=2*a8+c; IF t >= b THEN SET a8=t-b, c=1; ELSE SET a8=t, c=0; END IF;
    SET t=2*a9+c; IF t >= b THEN SET a9=t-b, c=1; ELSE SET a9=t, c=0; END IF;
    SET t=2*a10+c; IF t >= b THEN SET a10=t-b, c=1; ELSE SET a10=t, c=0; END IF;
    SET t=2*a11+c; IF t >= b THEN SET a11=t-b, c=1; ELSE SET a11=t, c=0; END IF;
    SET t=2*a12+c; IF t >= b THEN SET a12=t-b, c=1; ELSE SET a12=t, c=0; END IF;
    SET t=2*a13+c; IF t >= b THEN SET a13=t-b, c=1; ELSE SET a13=t, c=0; END IF;
    SET t=2*a14+c; IF t >= b THEN SET a14=t-b, c=1; ELSE SET a14=t, c=0; END IF;
    SET t=2*a15+c; IF t >= b THEN SET a15=t-b, c=1; ELSE SET a15=t, c=0; END IF;
    SET t=2*a16+c; IF t >= b THEN SET a16=t-b, c=1; ELSE SET a16=t, c=0; END IF;
    SET t=2*a17+c; IF t >= b THEN SET a17=t-b, c=1; ELSE SET a17=t, c=0; END IF;
    SET t=2*a18+c; IF t >= b THEN SET a18=t-b, c=1; ELSE SET a18=t, c=0; END IF;
    SET t=2*a19+c; IF t >= b THEN SET a19=t-b, c=1; ELSE SET a19=t, c=0; END IF;
    SET c = 0;
    SET t=a0-n0-c; IF t < 0 THEN SET d0=t+b, c=1; ELSE SET d0=t, c=0; END IF;
    SET t=a1-n1-c; IF t < 0 THEN SET d1=t+b, c=1; ELSE SET d1=t, c=0; END IF;
    SET t=a2-n2-c; IF t < 0 THEN SET d2=t+b, c=1; ELSE SET d2=t, c=0; END IF;
    SET t=a3-n3-c; IF t < 0 THEN SET d3=t+b, c=1; ELSE SET d3=t, c=0; END IF;
    SET t=a4-n4-c; IF t < 0 THEN SET d4=t+b, c=1; ELSE SET d4=t, c=0; END IF;
    SET t=a5-n5-c; IF t < 0 THEN SET d5=t+b, c=1; ELSE SET d5=t, c=0; END IF;
    SET t=a6-n6-c; IF t < 0 THEN SET d6=t+b, c=1; ELSE SET d6=t, c=0; END IF;
    SET t=a7-n7-c; IF t < 0 THEN SET d7=t+b, c=1; ELSE SET d7=t, c=0; END IF;
    SET t=a8-n8-c; IF t < 0 THEN SET d8=t+b, c=1; ELSE SET d8=t, c=0; END IF;
    SET t=a9-n9-c; IF t < 0 THEN SET d9=t+b, c=1; ELSE SET d9=t, c=0; END IF;
    SET t=a10-n10-c; IF t < 0 THEN SET d10=t+b, c=1; ELSE SET d10=t, c=0; END IF;
    SET t=a11-n11-c; IF t < 0 THEN SET d11=t+b, c=1; ELSE SET d11=t, c=0; END IF;
    SET t=a12-n12-c; IF t < 0 THEN SET d12=t+b, c=1; ELSE SET d12=t, c=0; END IF;
    SET t=a13-n13-c; IF t < 0 THEN SET d13=t+b, c=1; ELSE SET d13=t, c=0; END IF;
    SET t=a14-n14-c; IF t < 0 THEN SET d14=t+b, c=1; ELSE SET d14=t, c=0; END IF;
    SET t=a15-n15-c; IF t < 0 THEN SET d15=t+b, c=1; ELSE SET d15=t, c=0; END IF;
    SET t=a16-n16-c; IF t < 0 THEN SET d16=t+b, c=1; ELSE SET d16=t, c=0; END IF;
    SET t=a17-n17-c; IF t < 0 THEN SET d17=t+b, c=1; ELSE SET d17=t, c=0; END IF;
    SET t=a18-n18-c; IF t < 0 THEN SET d18=t+b, c=1; ELSE SET d18=t, c=0; END IF;
    SET t=a19-n19-c; IF t < 0 THEN SET d19=t+b, c=1; ELSE SET d19=t, c=0; END IF;
    IF c = 0 THEN SET a0 = d0, a1 = d1, a2 = d2, a3 = d3, a4 = d4, a5 = d5, a6 = d6, a7 = d7, a8 = d8, a9 = d9, a10 = d10, a11 = d11, a12 = d12, a13 = d13, a14 = d14, a15 = d15, a16 = d16, a17 = d17, a18 = d18, a19 = d19; END IF;
    SET v_round = v_round + 1;
  END WHILE;
  SET p_r2 = CONCAT(LPAD(a19,32,'0'),LPAD(a18,32,'0'),LPAD(a17,32,'0'),LPAD(a16,32,'0'),LPAD(a15,32,'0'),LPAD(a14,32,'0'),LPAD(a13,32,'0'),LPAD(a12,32,'0'),LPAD(a11,32,'0'),LPAD(a10,32,'0'),LPAD(a9,32,'0'),LPAD(a8,32,'0'),LPAD(a7,32,'0'),LPAD(a6,32,'0'),LPAD(a5,32,'0'),LPAD(a4,32,'0'),LPAD(a3,32,'0'),LPAD(a2,32,'0'),LPAD(a1,32,'0'),LPAD(a0,32,'0'));
  SET p_problem = NULL;
END//

-- Whether a token's signature is right. What it costs is in proportion to nothing that the caller chooses: about 5 ms.
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.rs256(
  IN p_token MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
  IN p_n_hex VARCHAR(512) CHARACTER SET ascii COLLATE ascii_bin, IN p_n VARCHAR(640) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_q DECIMAL(32,0), IN p_r2 VARCHAR(640) CHARACTER SET ascii COLLATE ascii_bin, OUT p_valid BOOLEAN)
SQL SECURITY INVOKER NO SQL
verifying: BEGIN
  DECLARE a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19 DECIMAL(32,0);
  DECLARE n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11, n12, n13, n14, n15, n16, n17, n18, n19 DECIMAL(32,0);
  DECLARE m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19 DECIMAL(32,0);
  DECLARE r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12, r13, r14, r15, r16, r17, r18, r19 DECIMAL(32,0);
  DECLARE x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15, x16, x17, x18, x19 DECIMAL(32,0);
  DECLARE t, c DECIMAL(65,0) DEFAULT 0;
  DECLARE b DECIMAL(32,0) DEFAULT 20282409603651670423947251286016;
  DECLARE e0, e1, e2 DECIMAL(32,0);
  DECLARE v_round INT DEFAULT 0;
  DECLARE v_first, v_second INT;
  DECLARE v_signature VARCHAR(520) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION SET p_valid = FALSE; -- what is no base64 is an error to some servers
  SET p_valid = FALSE;
  -- FROM_BASE64() skips blanks and line ends, so what is not of the alphabet is refused before.
  IF p_token IS NULL OR p_n_hex IS NULL OR p_n IS NULL OR p_q IS NULL OR p_r2 IS NULL
    OR CHAR_LENGTH(p_token) > 16384 OR p_token REGEXP '[^A-Za-z0-9_.-]' THEN LEAVE verifying; END IF;
  SET v_first = LOCATE('.', p_token);
  SET v_second = LOCATE('.', p_token, v_first + 1);
  IF v_first < 2 OR v_second < v_first + 2 OR CHAR_LENGTH(p_token) <> v_second + 342
    OR LOCATE('.', p_token, v_second + 1) > 0 THEN LEAVE verifying; END IF;
  SET v_signature = LOWER(HEX(FROM_BASE64(CONCAT(REPLACE(REPLACE(SUBSTR(p_token, v_second + 1), '-', '+'), '_', '/'), '=='))));
  IF v_signature IS NULL OR LENGTH(v_signature) <> 512 OR STRCMP(v_signature, p_n_hex) >= 0 THEN LEAVE verifying; END IF;
  SET v_hash = SHA2(LEFT(p_token, v_second - 1), 256);
  SET v_signature = CONCAT('00000000', v_signature);
    SET x0=CAST(CONV(SUBSTR(v_signature,495,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_signature,508,13),16,10) AS DECIMAL(32,0));
    SET x1=CAST(CONV(SUBSTR(v_signature,469,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_signature,482,13),16,10) AS DECIMAL(32,0));
    SET x2=CAST(CONV(SUBSTR(v_signature,443,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_signature,456,13),16,10) AS DECIMAL(32,0));
    SET x3=CAST(CONV(SUBSTR(v_signature,417,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_signature,430,13),16,10) AS DECIMAL(32,0));
    SET x4=CAST(CONV(SUBSTR(v_signature,391,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_signature,404,13),16,10) AS DECIMAL(32,0));
    SET x5=CAST(CONV(SUBSTR(v_signature,365,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_signature,378,13),16,10) AS DECIMAL(32,0));
    SET x6=CAST(CONV(SUBSTR(v_signature,339,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_signature,352,13),16,10) AS DECIMAL(32,0));
    SET x7=CAST(CONV(SUBSTR(v_signature,313,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_signature,326,13),16,10) AS DECIMAL(32,0));
    SET x8=CAST(CONV(SUBSTR(v_signature,287,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_signature,300,13),16,10) AS DECIMAL(32,0));
    SET x9=CAST(CONV(SUBSTR(v_signature,261,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_signature,274,13),16,10) AS DECIMAL(32,0));
    SET x10=CAST(CONV(SUBSTR(v_signature,235,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_signature,248,13),16,10) AS DECIMAL(32,0));
    SET x11=CAST(CONV(SUBSTR(v_signature,209,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_signature,222,13),16,10) AS DECIMAL(32,0));
    SET x12=CAST(CONV(SUBSTR(v_signature,183,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_signature,196,13),16,10) AS DECIMAL(32,0));
    SET x13=CAST(CONV(SUBSTR(v_signature,157,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_signature,170,13),16,10) AS DECIMAL(32,0));
    SET x14=CAST(CONV(SUBSTR(v_signature,131,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_signature,144,13),16,10) AS DECIMAL(32,0));
    SET x15=CAST(CONV(SUBSTR(v_signature,105,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_signature,118,13),16,10) AS DECIMAL(32,0));
    SET x16=CAST(CONV(SUBSTR(v_signature,79,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_signature,92,13),16,10) AS DECIMAL(32,0));
    SET x17=CAST(CONV(SUBSTR(v_signature,53,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_signature,66,13),16,10) AS DECIMAL(32,0));
    SET x18=CAST(CONV(SUBSTR(v_signature,27,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_signature,40,13),16,10) AS DECIMAL(32,0));
    SET x19=CAST(CONV(SUBSTR(v_signature,1,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_signature,14,13),16,10) AS DECIMAL(32,0));
    SET n0=CAST(SUBSTR(p_n,609,32) AS DECIMAL(32,0));
    SET n1=CAST(SUBSTR(p_n,577,32) AS DECIMAL(32,0));
    SET n2=CAST(SUBSTR(p_n,545,32) AS DECIMAL(32,0));
    SET n3=CAST(SUBSTR(p_n,513,32) AS DECIMAL(32,0));
    SET n4=CAST(SUBSTR(p_n,481,32) AS DECIMAL(32,0));
    SET n5=CAST(SUBSTR(p_n,449,32) AS DECIMAL(32,0));
    SET n6=CAST(SUBSTR(p_n,417,32) AS DECIMAL(32,0));
    SET n7=CAST(SUBSTR(p_n,385,32) AS DECIMAL(32,0));
    SET n8=CAST(SUBSTR(p_n,353,32) AS DECIMAL(32,0));
    SET n9=CAST(SUBSTR(p_n,321,32) AS DECIMAL(32,0));
    SET n10=CAST(SUBSTR(p_n,289,32) AS DECIMAL(32,0));
    SET n11=CAST(SUBSTR(p_n,257,32) AS DECIMAL(32,0));
    SET n12=CAST(SUBSTR(p_n,225,32) AS DECIMAL(32,0));
    SET n13=CAST(SUBSTR(p_n,193,32) AS DECIMAL(32,0));
    SET n14=CAST(SUBSTR(p_n,161,32) AS DECIMAL(32,0));
    SET n15=CAST(SUBSTR(p_n,129,32) AS DECIMAL(32,0));
    SET n16=CAST(SUBSTR(p_n,97,32) AS DECIMAL(32,0));
    SET n17=CAST(SUBSTR(p_n,65,32) AS DECIMAL(32,0));
    SET n18=CAST(SUBSTR(p_n,33,32) AS DECIMAL(32,0));
    SET n19=CAST(SUBSTR(p_n,1,32) AS DECIMAL(32,0));
    SET r0=CAST(SUBSTR(p_r2,609,32) AS DECIMAL(32,0));
    SET r1=CAST(SUBSTR(p_r2,577,32) AS DECIMAL(32,0));
    SET r2=CAST(SUBSTR(p_r2,545,32) AS DECIMAL(32,0));
    SET r3=CAST(SUBSTR(p_r2,513,32) AS DECIMAL(32,0));
    SET r4=CAST(SUBSTR(p_r2,481,32) AS DECIMAL(32,0));
    SET r5=CAST(SUBSTR(p_r2,449,32) AS DECIMAL(32,0));
    SET r6=CAST(SUBSTR(p_r2,417,32) AS DECIMAL(32,0));
    SET r7=CAST(SUBSTR(p_r2,385,32) AS DECIMAL(32,0));
    SET r8=CAST(SUBSTR(p_r2,353,32) AS DECIMAL(32,0));
    SET r9=CAST(SUBSTR(p_r2,321,32) AS DECIMAL(32,0));
    SET r10=CAST(SUBSTR(p_r2,289,32) AS DECIMAL(32,0));
    SET r11=CAST(SUBSTR(p_r2,257,32) AS DECIMAL(32,0));
    SET r12=CAST(SUBSTR(p_r2,225,32) AS DECIMAL(32,0));
    SET r13=CAST(SUBSTR(p_r2,193,32) AS DECIMAL(32,0));
    SET r14=CAST(SUBSTR(p_r2,161,32) AS DECIMAL(32,0));
    SET r15=CAST(SUBSTR(p_r2,129,32) AS DECIMAL(32,0));
    SET r16=CAST(SUBSTR(p_r2,97,32) AS DECIMAL(32,0));
    SET r17=CAST(SUBSTR(p_r2,65,32) AS DECIMAL(32,0));
    SET r18=CAST(SUBSTR(p_r2,33,32) AS DECIMAL(32,0));
    SET r19=CAST(SUBSTR(p_r2,1,32) AS DECIMAL(32,0));
  SET a0 = x0, a1 = x1, a2 = x2, a3 = x3, a4 = x4, a5 = x5, a6 = x6, a7 = x7, a8 = x8, a9 = x9, a10 = x10, a11 = x11, a12 = x12, a13 = x13, a14 = x14, a15 = x15, a16 = x16, a17 = x17, a18 = x18, a19 = x19;
  -- Into Montgomery form, 16 squarings, times the plain signature, which leaves the form.
  WHILE v_round < 18 DO
    IF v_round = 17 THEN SET r0 = x0, r1 = x1, r2 = x2, r3 = x3, r4 = x4, r5 = x5, r6 = x6, r7 = x7, r8 = x8, r9 = x9, r10 = x10, r11 = x11, r12 = x12, r13 = x13, r14 = x14, r15 = x15, r16 = x16, r17 = x17, r18 = x18, r19 = x19;
    ELSEIF v_round > 0 THEN SET r0 = a0, r1 = a1, r2 = a2, r3 = a3, r4 = a4, r5 = a5, r6 = a6, r7 = a7, r8 = a8, r9 = a9, r10 = a10, r11 = a11, r12 = a12, r13 = a13, r14 = a14, r15 = a15, r16 = a16, r17 = a17, r18 = a18, r19 = a19; END IF;
    SET t=c+a0*r0; SET m0=MOD(MOD(t,b)*p_q,b); SET c=(t+m0*n0)/b;
    SET t=c+a0*r1+a1*r0+m0*n1; SET m1=MOD(MOD(t,b)*p_q,b); SET c=(t+m1*n0)/b;
    SET t=c+a0*r2+a1*r1+a2*r0+m0*n2+m1*n1; SET m2=MOD(MOD(t,b)*p_q,b); SET c=(t+m2*n0)/b;
    SET t=c+a0*r3+a1*r2+a2*r1+a3*r0+m0*n3+m1*n2+m2*n1; SET m3=MOD(MOD(t,b)*p_q,b); SET c=(t+m3*n0)/b;
    SET t=c+a0*r4+a1*r3+a2*r2+a3*r1+a4*r0+m0*n4+m1*n3+m2*n2+m3*n1; SET m4=MOD(MOD(t,b)*p_q,b); SET c=(t+m4*n0)/b;
    SET t=c+a0*r5+a1*r4+a2*r3+a3*r2+a4*r1+a5*r0+m0*n5+m1*n4+m2*n3+m3*n2+m4*n1; SET m5=MOD(MOD(t,b)*p_q,b); SET c=(t+m5*n0)/b;
    SET t=c+a0*r6+a1*r5+a2*r4+a3*r3+a4*r2+a5*r1+a6*r0+m0*n6+m1*n5+m2*n4+m3*n3+m4*n2+m5*n1; SET m6=MOD(MOD(t,b)*p_q,b); SET c=(t+m6*n0)/b;
    SET t=c+a0*r7+a1*r6+a2*r5+a3*r4+a4*r3+a5*r2+a6*r1+a7*r0+m0*n7+m1*n6+m2*n5+m3*n4+m4*n3+m5*n2+m6*n1; SET m7=MOD(MOD(t,b)*p_q,b); SET c=(t+m7*n0)/b;
    SET t=c+a0*r8+a1*r7+a2*r6+a3*r5+a4*r4+a5*r3+a6*r2+a7*r1+a8*r0+m0*n8+m1*n7+m2*n6+m3*n5+m4*n4+m5*n3+m6*n2+m7*n1; SET m8=MOD(MOD(t,b)*p_q,b); SET c=(t+m8*n0)/b;
    SET t=c+a0*r9+a1*r8+a2*r7+a3*r6+a4*r5+a5*r4+a6*r3+a7*r2+a8*r1+a9*r0+m0*n9+m1*n8+m2*n7+m3*n6+m4*n5+m5*n4+m6*n3+m7*n2+m8*n1; SET m9=MOD(MOD(t,b)*p_q,b); SET c=(t+m9*n0)/b;
    SET t=c+a0*r10+a1*r9+a2*r8+a3*r7+a4*r6+a5*r5+a6*r4+a7*r3+a8*r2+a9*r1+a10*r0+m0*n10+m1*n9+m2*n8+m3*n7+m4*n6+m5*n5+m6*n4+m7*n3+m8*n2+m9*n1; SET m10=MOD(MOD(t,b)*p_q,b); SET c=(t+m10*n0)/b;
    SET t=c+a0*r11+a1*r10+a2*r9+a3*r8+a4*r7+a5*r6+a6*r5+a7*r4+a8*r3+a9*r2+a10*r1+a11*r0+m0*n11+m1*n10+m2*n9+m3*n8+m4*n7+m5*n6+m6*n5+m7*n4+m8*n3+m9*n2+m10*n1; SET m11=MOD(MOD(t,b)*p_q,b); SET c=(t+m11*n0)/b;
    SET t=c+a0*r12+a1*r11+a2*r10+a3*r9+a4*r8+a5*r7+a6*r6+a7*r5+a8*r4+a9*r3+a10*r2+a11*r1+a12*r0+m0*n12+m1*n11+m2*n10+m3*n9+m4*n8+m5*n7+m6*n6+m7*n5+m8*n4+m9*n3+m10*n2+m11*n1; SET m12=MOD(MOD(t,b)*p_q,b); SET c=(t+m12*n0)/b;
    SET t=c+a0*r13+a1*r12+a2*r11+a3*r10+a4*r9+a5*r8+a6*r7+a7*r6+a8*r5+a9*r4+a10*r3+a11*r2+a12*r1+a13*r0+m0*n13+m1*n12+m2*n11+m3*n10+m4*n9+m5*n8+m6*n7+m7*n6+m8*n5+m9*n4+m10*n3+m11*n2+m12*n1; SET m13=MOD(MOD(t,b)*p_q,b); SET c=(t+m13*n0)/b;
    SET t=c+a0*r14+a1*r13+a2*r12+a3*r11+a4*r10+a5*r9+a6*r8+a7*r7+a8*r6+a9*r5+a10*r4+a11*r3+a12*r2+a13*r1+a14*r0+m0*n14+m1*n13+m2*n12+m3*n11+m4*n10+m5*n9+m6*n8+m7*n7+m8*n6+m9*n5+m10*n4+m11*n3+m12*n2+m13*n1; SET m14=MOD(MOD(t,b)*p_q,b); SET c=(t+m14*n0)/b;
    SET t=c+a0*r15+a1*r14+a2*r13+a3*r12+a4*r11+a5*r10+a6*r9+a7*r8+a8*r7+a9*r6+a10*r5+a11*r4+a12*r3+a13*r2+a14*r1+a15*r0+m0*n15+m1*n14+m2*n13+m3*n12+m4*n11+m5*n10+m6*n9+m7*n8+m8*n7+m9*n6+m10*n5+m11*n4+m12*n3+m13*n2+m14*n1; SET m15=MOD(MOD(t,b)*p_q,b); SET c=(t+m15*n0)/b;
    SET t=c+a0*r16+a1*r15+a2*r14+a3*r13+a4*r12+a5*r11+a6*r10+a7*r9+a8*r8+a9*r7+a10*r6+a11*r5+a12*r4+a13*r3+a14*r2+a15*r1+a16*r0+m0*n16+m1*n15+m2*n14+m3*n13+m4*n12+m5*n11+m6*n10+m7*n9+m8*n8+m9*n7+m10*n6+m11*n5+m12*n4+m13*n3+m14*n2+m15*n1; SET m16=MOD(MOD(t,b)*p_q,b); SET c=(t+m16*n0)/b;
    SET t=c+a0*r17+a1*r16+a2*r15+a3*r14+a4*r13+a5*r12+a6*r11+a7*r10+a8*r9+a9*r8+a10*r7+a11*r6+a12*r5+a13*r4+a14*r3+a15*r2+a16*r1+a17*r0+m0*n17+m1*n16+m2*n15+m3*n14+m4*n13+m5*n12+m6*n11+m7*n10+m8*n9+m9*n8+m10*n7+m11*n6+m12*n5+m13*n4+m14*n3+m15*n2+m16*n1; SET m17=MOD(MOD(t,b)*p_q,b); SET c=(t+m17*n0)/b;
    SET t=c+a0*r18+a1*r17+a2*r16+a3*r15+a4*r14+a5*r13+a6*r12+a7*r11+a8*r10+a9*r9+a10*r8+a11*r7+a12*r6+a13*r5+a14*r4+a15*r3+a16*r2+a17*r1+a18*r0+m0*n18+m1*n17+m2*n16+m3*n15+m4*n14+m5*n13+m6*n12+m7*n11+m8*n10+m9*n9+m10*n8+m11*n7+m12*n6+m13*n5+m14*n4+m15*n3+m16*n2+m17*n1; SET m18=MOD(MOD(t,b)*p_q,b); SET c=(t+m18*n0)/b;
    SET t=c+a0*r19+a1*r18+a2*r17+a3*r16+a4*r15+a5*r14+a6*r13+a7*r12+a8*r11+a9*r10+a10*r9+a11*r8+a12*r7+a13*r6+a14*r5+a15*r4+a16*r3+a17*r2+a18*r1+a19*r0+m0*n19+m1*n18+m2*n17+m3*n16+m4*n15+m5*n14+m6*n13+m7*n12+m8*n11+m9*n10+m10*n9+m11*n8+m12*n7+m13*n6+m14*n5+m15*n4+m16*n3+m17*n2+m18*n1; SET m19=MOD(MOD(t,b)*p_q,b); SET c=(t+m19*n0)/b;
    SET t=c+a1*r19+a2*r18+a3*r17+a4*r16+a5*r15+a6*r14+a7*r13+a8*r12+a9*r11+a10*r10+a11*r9+a12*r8+a13*r7+a14*r6+a15*r5+a16*r4+a17*r3+a18*r2+a19*r1+m1*n19+m2*n18+m3*n17+m4*n16+m5*n15+m6*n14+m7*n13+m8*n12+m9*n11+m10*n10+m11*n9+m12*n8+m13*n7+m14*n6+m15*n5+m16*n4+m17*n3+m18*n2+m19*n1; SET a0=MOD(t,b); SET c=(t-a0)/b;
    SET t=c+a2*r19+a3*r18+a4*r17+a5*r16+a6*r15+a7*r14+a8*r13+a9*r12+a10*r11+a11*r10+a12*r9+a13*r8+a14*r7+a15*r6+a16*r5+a17*r4+a18*r3+a19*r2+m2*n19+m3*n18+m4*n17+m5*n16+m6*n15+m7*n14+m8*n13+m9*n12+m10*n11+m11*n10+m12*n9+m13*n8+m14*n7+m15*n6+m16*n5+m17*n4+m18*n3+m19*n2; SET a1=MOD(t,b); SET c=(t-a1)/b;
    SET t=c+a3*r19+a4*r18+a5*r17+a6*r16+a7*r15+a8*r14+a9*r13+a10*r12+a11*r11+a12*r10+a13*r9+a14*r8+a15*r7+a16*r6+a17*r5+a18*r4+a19*r3+m3*n19+m4*n18+m5*n17+m6*n16+m7*n15+m8*n14+m9*n13+m10*n12+m11*n11+m12*n10+m13*n9+m14*n8+m15*n7+m16*n6+m17*n5+m18*n4+m19*n3; SET a2=MOD(t,b); SET c=(t-a2)/b;
    SET t=c+a4*r19+a5*r18+a6*r17+a7*r16+a8*r15+a9*r14+a10*r13+a11*r12+a12*r11+a13*r10+a14*r9+a15*r8+a16*r7+a17*r6+a18*r5+a19*r4+m4*n19+m5*n18+m6*n17+m7*n16+m8*n15+m9*n14+m10*n13+m11*n12+m12*n11+m13*n10+m14*n9+m15*n8+m16*n7+m17*n6+m18*n5+m19*n4; SET a3=MOD(t,b); SET c=(t-a3)/b;
    SET t=c+a5*r19+a6*r18+a7*r17+a8*r16+a9*r15+a10*r14+a11*r13+a12*r12+a13*r11+a14*r10+a15*r9+a16*r8+a17*r7+a18*r6+a19*r5+m5*n19+m6*n18+m7*n17+m8*n16+m9*n15+m10*n14+m11*n13+m12*n12+m13*n11+m14*n10+m15*n9+m16*n8+m17*n7+m18*n6+m19*n5; SET a4=MOD(t,b); SET c=(t-a4)/b;
    SET t=c+a6*r19+a7*r18+a8*r17+a9*r16+a10*r15+a11*r14+a12*r13+a13*r12+a14*r11+a15*r10+a16*r9+a17*r8+a18*r7+a19*r6+m6*n19+m7*n18+m8*n17+m9*n16+m10*n15+m11*n14+m12*n13+m13*n12+m14*n11+m15*n10+m16*n9+m17*n8+m18*n7+m19*n6; SET a5=MOD(t,b); SET c=(t-a5)/b;
    SET t=c+a7*r19+a8*r18+a9*r17+a10*r16+a11*r15+a12*r14+a13*r13+a14*r12+a15*r11+a16*r10+a17*r9+a18*r8+a19*r7+m7*n19+m8*n18+m9*n17+m10*n16+m11*n15+m12*n14+m13*n13+m14*n12+m15*n11+m16*n10+m17*n9+m18*n8+m19*n7; SET a6=MOD(t,b); SET c=(t-a6)/b;
    SET t=c+a8*r19+a9*r18+a10*r17+a11*r16+a12*r15+a13*r14+a14*r13+a15*r12+a16*r11+a17*r10+a18*r9+a19*r8+m8*n19+m9*n18+m10*n17+m11*n16+m12*n15+m13*n14+m14*n13+m15*n12+m16*n11+m17*n10+m18*n9+m19*n8; SET a7=MOD(t,b); SET c=(t-a7)/b;
    SET t=c+a9*r19+a10*r18+a11*r17+a12*r16+a13*r15+a14*r14+a15*r13+a16*r12+a17*r11+a18*r10+a19*r9+m9*n19+m10*n18+m11*n17+m12*n16+m13*n15+m14*n14+m15*n13+m16*n12+m17*n11+m18*n10+m19*n9; SET a8=MOD(t,b); SET c=(t-a8)/b;
    SET t=c+a10*r19+a11*r18+a12*r17+a13*r16+a14*r15+a15*r14+a16*r13+a17*r12+a18*r11+a19*r10+m10*n19+m11*n18+m12*n17+m13*n16+m14*n15+m15*n14+m16*n13+m17*n12+m18*n11+m19*n10; SET a9=MOD(t,b); SET c=(t-a9)/b;
    SET t=c+a11*r19+a12*r18+a13*r17+a14*r16+a15*r15+a16*r14+a17*r13+a18*r12+a19*r11+m11*n19+m12*n18+m13*n17+m14*n16+m15*n15+m16*n14+m17*n13+m18*n12+m19*n11; SET a10=MOD(t,b); SET c=(t-a10)/b;
    SET t=c+a12*r19+a13*r18+a14*r17+a15*r16+a16*r15+a17*r14+a18*r13+a19*r12+m12*n19+m13*n18+m14*n17+m15*n16+m16*n15+m17*n14+m18*n13+m19*n12; SET a11=MOD(t,b); SET c=(t-a11)/b;
    SET t=c+a13*r19+a14*r18+a15*r17+a16*r16+a17*r15+a18*r14+a19*r13+m13*n19+m14*n18+m15*n17+m16*n16+m17*n15+m18*n14+m19*n13; SET a12=MOD(t,b); SET c=(t-a12)/b;
    SET t=c+a14*r19+a15*r18+a16*r17+a17*r16+a18*r15+a19*r14+m14*n19+m15*n18+m16*n17+m17*n16+m18*n15+m19*n14; SET a13=MOD(t,b); SET c=(t-a13)/b;
    SET t=c+a15*r19+a16*r18+a17*r17+a18*r16+a19*r15+m15*n19+m16*n18+m17*n17+m18*n16+m19*n15; SET a14=MOD(t,b); SET c=(t-a14)/b;
    SET t=c+a16*r19+a17*r18+a18*r17+a19*r16+m16*n19+m17*n18+m18*n17+m19*n16; SET a15=MOD(t,b); SET c=(t-a15)/b;
    SET t=c+a17*r19+a18*r18+a19*r17+m17*n19+m18*n18+m19*n17; SET a16=MOD(t,b); SET c=(t-a16)/b;
    SET t=c+a18*r19+a19*r18+m18*n19+m19*n18; SET a17=MOD(t,b); SET c=(t-a17)/b;
    SET t=c+a19*r19+m19*n19; SET a18=MOD(t,b); SET c=(t-a18)/b;
    SET a19=c; SET c=0;
    SET v_round = v_round + 1;
  END WHILE;
  SET e0 = CAST(CONV(SUBSTR(v_hash,39,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_hash,52,13),16,10) AS DECIMAL(32,0));
  SET e1 = CAST(CONV(SUBSTR(v_hash,13,13),16,10) AS DECIMAL(32,0))*4503599627370496+CAST(CONV(SUBSTR(v_hash,26,13),16,10) AS DECIMAL(32,0));
  SET e2 = 317532852614649307064432590848+CAST(CONV(SUBSTR(v_hash,1,12),16,10) AS DECIMAL(32,0));
  IF a0=e0 AND a1=e1 AND a2=e2 AND a3=14914744750419515798412420355 AND a4=20282409603651670423947251286015 AND a5=20282409603651670423947251286015 AND a6=20282409603651670423947251286015 AND a7=20282409603651670423947251286015 AND a8=20282409603651670423947251286015 AND a9=20282409603651670423947251286015 AND a10=20282409603651670423947251286015 AND a11=20282409603651670423947251286015 AND a12=20282409603651670423947251286015 AND a13=20282409603651670423947251286015 AND a14=20282409603651670423947251286015 AND a15=20282409603651670423947251286015 AND a16=20282409603651670423947251286015 AND a17=20282409603651670423947251286015 AND a18=20282409603651670423947251286015 AND a19=144115188075855871 THEN
    SET p_valid = TRUE;
    LEAVE verifying;
  END IF;
  -- Once in 2^30 the product is the right value plus n.
  SET c = 0;
    SET t=c+n0+e0; SET m0=MOD(t,b); SET c=(t-m0)/b;
    SET t=c+n1+e1; SET m1=MOD(t,b); SET c=(t-m1)/b;
    SET t=c+n2+e2; SET m2=MOD(t,b); SET c=(t-m2)/b;
    SET t=c+n3+14914744750419515798412420355; SET m3=MOD(t,b); SET c=(t-m3)/b;
    SET t=c+n4+20282409603651670423947251286015; SET m4=MOD(t,b); SET c=(t-m4)/b;
    SET t=c+n5+20282409603651670423947251286015; SET m5=MOD(t,b); SET c=(t-m5)/b;
    SET t=c+n6+20282409603651670423947251286015; SET m6=MOD(t,b); SET c=(t-m6)/b;
    SET t=c+n7+20282409603651670423947251286015; SET m7=MOD(t,b); SET c=(t-m7)/b;
    SET t=c+n8+20282409603651670423947251286015; SET m8=MOD(t,b); SET c=(t-m8)/b;
    SET t=c+n9+20282409603651670423947251286015; SET m9=MOD(t,b); SET c=(t-m9)/b;
    SET t=c+n10+20282409603651670423947251286015; SET m10=MOD(t,b); SET c=(t-m10)/b;
    SET t=c+n11+20282409603651670423947251286015; SET m11=MOD(t,b); SET c=(t-m11)/b;
    SET t=c+n12+20282409603651670423947251286015; SET m12=MOD(t,b); SET c=(t-m12)/b;
    SET t=c+n13+20282409603651670423947251286015; SET m13=MOD(t,b); SET c=(t-m13)/b;
    SET t=c+n14+20282409603651670423947251286015; SET m14=MOD(t,b); SET c=(t-m14)/b;
    SET t=c+n15+20282409603651670423947251286015; SET m15=MOD(t,b); SET c=(t-m15)/b;
    SET t=c+n16+20282409603651670423947251286015; SET m16=MOD(t,b); SET c=(t-m16)/b;
    SET t=c+n17+20282409603651670423947251286015; SET m17=MOD(t,b); SET c=(t-m17)/b;
    SET t=c+n18+20282409603651670423947251286015; SET m18=MOD(t,b); SET c=(t-m18)/b;
    SET t=c+n19+144115188075855871; SET m19=MOD(t,b); SET c=(t-m19)/b;
  SET p_valid = c = 0 AND a0=m0 AND a1=m1 AND a2=m2 AND a3=m3 AND a4=m4 AND a5=m5 AND a6=m6 AND a7=m7 AND a8=m8 AND a9=m9 AND a10=m10 AND a11=m11 AND a12=m12 AND a13=m13 AND a14=m14 AND a15=m15 AND a16=m16 AND a17=m17 AND a18=m18 AND a19=m19;
END//

-- The beginning of every call: the session as it has to be, whatever the caller has set, and the time.
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.pin(OUT p_now BIGINT)
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
  SET SESSION autocommit = 1, SESSION tx_read_only = 0, SESSION tx_isolation = 'REPEATABLE-READ', SESSION max_statement_time = 60,
    SESSION check_constraint_checks = 1, SESSION div_precision_increment = 4;
  -- Somebody with CREATE TEMPORARY TABLES on everything could have put tables of its own before ours.
  DROP TEMPORARY TABLE IF EXISTS joblease.settings, joblease.signing_keys, joblease.role, joblease.lease,
    joblease.audit, joblease.visitors, joblease.heartbeat, joblease.round, joblease.leases;
  CALL joblease.clock_time(p_now);
END//

-- The time by the server, not by the caller's SET timestamp.
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.clock_time(OUT p_now BIGINT)
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
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.read_object(
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
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.count_names(
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
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.read_claim(
  IN p_object LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, IN p_name VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
  OUT p_text MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)
SQL SECURITY INVOKER NO SQL
BEGIN
  DECLARE v_value LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT JSON_EXTRACT(p_object, CONCAT('$."', p_name, '"'));
  SET p_text = IF(JSON_TYPE(v_value) = 'STRING', JSON_UNQUOTE(v_value), NULL);
END//

-- A claim as a whole number. @param p_number p_default where it is not there, NULL where it is something else
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.read_number(
  IN p_object LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, IN p_name VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
  IN p_default BIGINT, OUT p_number BIGINT)
SQL SECURITY INVOKER NO SQL
BEGIN
  DECLARE v_value LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT JSON_EXTRACT(p_object, CONCAT('$."', p_name, '"'));
  SET p_number = IF(v_value IS NULL, p_default, IF(v_value REGEXP '\A[0-9]{1,12}\z', CAST(v_value AS SIGNED), NULL));
END//

-- A number that a claim holds as text. @param p_id p_default where it is not there, NULL where it is something else
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.read_id(
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
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.verify(
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
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.is_allowed(
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
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.check_rules(
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
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.note(
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
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.refuse(
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
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.look_at_switch(
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
    WHEN EXISTS (SELECT * FROM information_schema.plugins
        WHERE plugin_type = 'AUTHENTICATION' AND plugin_status = 'ACTIVE' AND plugin_name = 'pam')
      THEN 'the plugin "pam" lets accounts log in as others, and the reaper cannot see which sessions are the lease then'
    ELSE '' END;
END//

-- Runs a statement with the rights of whoever calls it, which is a routine of ours; its text is made of what was checked.
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.run(IN p_statement TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)
SQL SECURITY INVOKER MODIFIES SQL DATA
BEGIN
  EXECUTE IMMEDIATE p_statement;
END//

-- Makes the account of a lease. It may be called again where it was cut off, and by several at once.
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.create_account(
  IN p_principal VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin, IN p_verifier VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin,
  IN p_groups VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, IN p_expires BIGINT,
  IN p_record VARCHAR(1024) CHARACTER SET ascii COLLATE ascii_bin)
SQL SECURITY INVOKER MODIFIES SQL DATA
BEGIN
  DECLARE v_account VARCHAR(60) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT CONCAT('''', p_principal, '''@''%''');
  -- The reaper goes by this record, so it stands before the account does.
  INSERT INTO joblease.leases (name, exp, reap, record) VALUES (p_principal, p_expires, p_expires, p_record)
    ON DUPLICATE KEY UPDATE name = p_principal;
  CALL joblease.run(CONCAT('CREATE USER IF NOT EXISTS ', v_account, ' IDENTIFIED BY PASSWORD ''', p_verifier, ''' WITH MAX_USER_CONNECTIONS 20'));
  CALL joblease.run(CONCAT('GRANT ', p_groups, ' TO ', v_account));
  CALL joblease.run(CONCAT('SET DEFAULT ROLE ', p_groups, ' FOR ', v_account));
  -- A session has one role at a time there, so these cannot come by another.
  CALL joblease.run(CONCAT('GRANT EXECUTE ON PROCEDURE joblease.end_me TO ', v_account));
  CALL joblease.run(CONCAT('GRANT EXECUTE ON PROCEDURE joblease.renew_me TO ', v_account));
END//

-- No new login. It is recorded first, so that the clock goes on where this is cut off; each statement commits by itself.
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.disable(
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
  UPDATE joblease.leases SET exp = 0, reap = p_now WHERE name = p_principal;
  CALL joblease.run(CONCAT('ALTER USER IF EXISTS ''', p_principal, '''@''%'' ACCOUNT LOCK'));
END//

-- What a mint and a renewal answer.
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.answer(
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
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.mint(
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
    WHEN COALESCE(p_verifier NOT REGEXP '\A[*][0-9A-F]{40}\z', TRUE) THEN 'the verifier of the password is malformed'
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
    '","role":"', p_role, '","gate":"mariadb","repoId":', CAST(v_repository_id AS SIGNED), ',"run":', CAST(v_run_id AS SIGNED),
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
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.read_caller(
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
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.renew_me()
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
  UPDATE joblease.leases SET exp = v_expires, reap = v_expires, record = v_record WHERE name = v_principal AND exp > v_now;
  CALL joblease.answer(v_principal, v_groups, v_now, FALSE);
END//

-- The lease ends itself; to have logged in as the lease is proof enough. The clock and sweep() do the rest.
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.end_me()
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
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.end_leases(
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
CREATE OR REPLACE DEFINER = 'joblease_reaper'@'localhost' PROCEDURE joblease.end_due(
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
      SELECT COUNT(*) INTO v_open FROM information_schema.processlist
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
  SELECT MAX(id) INTO v_newest FROM information_schema.processlist
    WHERE user = 'unauthenticated user' OR command = 'Change user';
  SET v_count = 0;
  WHILE v_last <> '' AND v_newest IS NOT NULL AND v_count < 100 DO
    DO SLEEP(0.02);
    SELECT MAX(id) INTO v_newest FROM information_schema.processlist
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
          AND NOT EXISTS (SELECT * FROM information_schema.processlist p WHERE CAST(p.user AS BINARY) = CAST(principal AS BINARY));
      IF v_name IS NULL THEN LEAVE each_gone; END IF;
      SET v_last = v_name;
      DELETE FROM joblease.leases WHERE name = CONVERT(v_name USING ascii);
      UPDATE joblease.lease SET gone = p_now WHERE principal = CONVERT(v_name USING ascii);
    END LOOP;
  END IF;
END//

-- Ends the sessions of all leases that are over and drops them. It acts on nothing that is not over, so it takes no token.
-- @param p_principal this one only, and what has become of it; NULL for all
CREATE OR REPLACE DEFINER = 'joblease_reaper'@'localhost' PROCEDURE joblease.sweep(IN p_principal TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)
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
CREATE OR REPLACE DEFINER = 'joblease_reaper'@'localhost' PROCEDURE joblease.heal()
SQL SECURITY INVOKER MODIFIES SQL DATA
BEGIN
  IF EXISTS (SELECT * FROM joblease.settings s JOIN mysql.user u ON u.User = 'joblease_gate' AND u.Host = '%'
    WHERE s.one = 1 AND s.login_hash IS NOT NULL AND (CAST(u.plugin AS BINARY) <> CAST(s.login_plugin AS BINARY)
      OR CAST(u.authentication_string AS BINARY) <> s.login_hash OR u.password_expired = 'Y')) THEN
    CALL joblease.attempt((SELECT CONCAT('ALTER USER ''joblease_gate''@''%'' IDENTIFIED VIA ', login_plugin, ' USING ''', CAST(login_hash AS CHAR CHARACTER SET ascii),
      ''' PASSWORD EXPIRE NEVER ACCOUNT UNLOCK') FROM joblease.settings WHERE one = 1));
    CALL joblease.note('heal', NULL, NULL, NULL, NULL, 'the login of the gate had been changed');
  END IF;
END//

-- Ends sessions of the gate's login that are older than a minute: it is for calls that take milliseconds, and everybody may
-- know its password.
CREATE OR REPLACE DEFINER = 'joblease_reaper'@'localhost' PROCEDURE joblease.end_visitors(IN p_now BIGINT)
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
CREATE OR REPLACE DEFINER = 'joblease_reaper'@'localhost' PROCEDURE joblease.tick()
SQL SECURITY DEFINER MODIFIES SQL DATA
ticking: BEGIN
  DECLARE v_now BIGINT;
  DECLARE v_sessions, v_left, v_removed INT;
  CALL joblease.pin(v_now);
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
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.list(
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
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.read_audit(
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
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.add_key(
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
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.hello()
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
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' FUNCTION joblease.rule(
  p_repository_id BIGINT, p_ref VARCHAR(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
  p_environment VARCHAR(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, p_event_name VARCHAR(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)
RETURNS TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DETERMINISTIC NO SQL SQL SECURITY INVOKER
  RETURN CONCAT('[{"repository_id": ', JSON_QUOTE(CAST(p_repository_id AS CHAR CHARACTER SET utf8mb4)),
    COALESCE(CONCAT(', "ref": ', JSON_QUOTE(p_ref)), ''), COALESCE(CONCAT(', "environment": ', JSON_QUOTE(p_environment)), ''),
    COALESCE(CONCAT(', "event_name": [', REPLACE(REPLACE(JSON_QUOTE(p_event_name), ' ', ''), ',', '", "'), ']'), ''), '}]')//

-- Makes a role, or changes it: what a job may have that one of the rules lets in.
-- @param p_groups SQL roles, separated by commas; one only, because a session has one at a time @param p_max_ttl seconds
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.define_role(
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
    WHEN p_groups IS NULL OR p_groups NOT REGEXP '\A *[A-Za-z0-9_.$-]{1,64} *\z'
      THEN 'joblease: the group must be the name of one role'
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
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.check_group(IN p_group VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)
SQL SECURITY INVOKER READS SQL DATA
BEGIN
  DECLARE v_strong BOOLEAN;
  DECLARE v_said VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  WITH RECURSIVE held (name) AS (
    SELECT CAST(p_group AS CHAR(100) CHARACTER SET utf8mb4) COLLATE utf8mb4_bin
    UNION SELECT CONVERT(e.Role USING utf8mb4) COLLATE utf8mb4_bin FROM mysql.roles_mapping e
      JOIN held h ON e.Host = '' AND CAST(e.User AS BINARY) = CAST(h.name AS BINARY))
  SELECT MAX(u.Super_priv = 'Y' OR u.Create_user_priv = 'Y' OR u.Insert_priv = 'Y' OR u.Update_priv = 'Y' OR u.Delete_priv = 'Y'
    OR u.Drop_priv = 'Y' OR u.Alter_priv = 'Y' OR u.Event_priv = 'Y' OR u.Trigger_priv = 'Y' OR u.Alter_routine_priv = 'Y' OR u.Create_tmp_table_priv = 'Y')
    INTO v_strong FROM held h JOIN mysql.user u ON u.is_role = 'Y' AND CAST(u.User AS BINARY) = CAST(h.name AS BINARY);
  SET v_said = IF(v_strong IS NULL, CONCAT('joblease: there is no role "', p_group, '"'),
    IF(v_strong, CONCAT('joblease: a member of "', p_group, '" could change the gate or other accounts'), NULL));
  IF v_said IS NOT NULL THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_said; END IF;
END//

-- No more mints and renewals of a role. @param p_and_leases whether its leases end too, rather than go on to their end
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.drop_role(
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

CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.roles()
SQL SECURITY INVOKER READS SQL DATA
BEGIN
  SELECT name, group_roles AS `groups`, max_ttl, allow,
    (SELECT COUNT(*) FROM joblease.lease l WHERE l.role = r.name AND l.gone IS NULL AND l.ended IS NULL AND l.expires > UNIX_TIMESTAMP()) AS live
    FROM joblease.role r ORDER BY name;
END//

-- The signing keys; sha256 is that of the modulus, to compare with what GitHub publishes.
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.`keys`()
SQL SECURITY INVOKER READS SQL DATA
BEGIN
  SELECT kid, SHA2(UNHEX(n_hex), 256) AS sha256, FROM_UNIXTIME(not_before) AS good_from,
    COALESCE(JSON_UNQUOTE(JSON_EXTRACT(vouched, '$.job_workflow_ref')), 'an administrator') AS vouched_by
    FROM joblease.signing_keys ORDER BY kid;
END//

-- Admits a key at once, or lets go of the delay of one. @param p_modulus as in a JWK
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.trust_key(
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

CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.drop_key(IN p_kid TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)
SQL SECURITY INVOKER MODIFIES SQL DATA
BEGIN
  DELETE FROM joblease.signing_keys WHERE kid = p_kid;
  IF ROW_COUNT() = 0 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'joblease: there is no such key'; END IF;
  CALL joblease.note('drop key', NULL, NULL, NULL, NULL, CONCAT(p_kid, ', by ', USER()));
END//

-- Changes a setting: name, issuer, keeper, sweeper, key_delay_seconds, token_seconds, skew_seconds, max_live, audit_days.
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.configure(
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
CREATE OR REPLACE DEFINER = 'joblease_definer'@'localhost' PROCEDURE joblease.new_password()
SQL SECURITY INVOKER MODIFIES SQL DATA
BEGIN
  DECLARE v_password VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
    DEFAULT CONCAT('Gate-', LEFT(SHA2(CONCAT(UUID(), RAND(), SYSDATE(6)), 256), 48));
  CALL joblease.run(CONCAT('ALTER USER ''joblease_gate''@''%'' IDENTIFIED BY ''', v_password, ''' PASSWORD EXPIRE NEVER'));
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

-- GitHub's signing keys, https://token.actions.githubusercontent.com/.well-known/jwks. Compare: CALL joblease.keys();
-- Once: a key that an administrator has dropped stays dropped.
DROP PROCEDURE IF EXISTS joblease.first_keys;
DELIMITER //
CREATE PROCEDURE joblease.first_keys()
SQL SECURITY INVOKER
BEGIN
  IF NOT EXISTS (SELECT * FROM joblease.signing_keys) THEN
    CALL joblease.trust_key('cc413527-173f-5a05-976e-9c52b1d7b431',
      'w4M936N3ZxNaEblcUoBm-xu0-V9JxNx5S7TmF0M3SBK-2bmDyAeDdeIOTcIVZHG-ZX9N9W0u1yWafgWewHrsz66BkxXq3bscvQUTAw7W3s6TEeYY7o9shPkFfOiU3x_KYgOo06SpiFdymwJflRs9cnbaU88i5fZJmUepUHVllP2tpPWTi-7UA3AdP3cdcCs5bnFfTRKzH2W0xqKsY_jIG95aQJRBDpbiesefjuyxcQnOv88j9tCKWzHpJzRKYjAUM6OPgN4HYnaSWrPJj1v41eEkFM1kORuj-GSH2qMVD02VklcqaerhQHIqM-RjeHsN7G05YtwYzomE5G-fZuwgvQ');
    CALL joblease.trust_key('38826b17-6a30-5f9b-b169-8beb8202f723',
      '5Manmy-zwsk3wEftXNdKFZec4rSWENW4jTGevlvAcU9z3bgLBogQVvqYLtu9baVm2B3rfe5onadobq8po5UakJ0YsTiiEfXWdST7YI2Sdkvv-hOYMcZKYZ4dFvuSO1vQ2DgEkw_OZNiYI1S518MWEcNxnPU5u67zkawAGsLlmXNbOylgVfBRJrG8gj6scr-sBs4LaCa3kg5IuaCHe1pB-nSYHovGV_z0egE83C098FfwO1dNZBWeo4Obhb5Z-ZYFLJcZfngMY0zJnCVNmpHQWOgxfGikh3cwi4MYrFrbB4NTlxbrQ3bL-rGKR5X318veyDlo8Dyz2KWMobT4wB9U1Q');
    CALL joblease.trust_key('38E9B30B3A023A1B72309921A69A42FCC496C42C',
      'tEq2Fp9HcdT5MwMsB_UTm8j_woJJLi3sA-y0RX2tioTm581seyfvOH6lJ5JmHVtS-_fb8B2tRT1pznHQSNq14PsJdu9bp5egbWmIz-5RvhqoM-oKem_MJENCNFuqXijRLT47FRdfH3inqde1vJlA_JJHCqYMKIpHH7kqNFYcCpwr0vk80Hc2rTyL0uBXI7NqBZbtUgNoyucWO5O7QQrPNOmlr-GI8aFckFRfobCaCOiH9qW02FtkV74fwBGVCNhNf3a1CK81-O8xEGimvVydI_pQA5B8QqVuQjY_ntOu555HdirA0hKkY6fsE9eZCMFmWDHZ2kSWLjhabxWxIzSzXQ');
    CALL joblease.trust_key('4F3E9AD8C9A6F5EB3173006F4FA630E28F43DCE9',
      'tGevqhkBGn8NB0dKxs8Ddxhn-xZPm55svcSlkJZEOwDOXDLl_0-iVOVKNJfcHHLHvMqa6zh2DDcpAWZi2FpeBAJupsrymqwzllxOODWKWoVIoaIjOO7h1JLiF9Knwuq-o6BPtKdwOT-bOrXRzChMtQsc5C1Auex-D0Z6loObBuK1Lkm0RK9ISQsLqBEwq8g0OOupI_shU1r2rT2G0nkZ0CvxVlQeUGShFi8Mdys2s5LPqBwjC4LKwjk8moWQV32KEccbTPKxnG_539DxRglHJgHPHisSVGsfZIUXi2chtXdQHZPdVve8ZRmknCykZtkJ6K87llSUXi7oyzhCIZdiUQ');
  END IF;
END//
DELIMITER ;
CALL joblease.first_keys();
DROP PROCEDURE joblease.first_keys;

CREATE DEFINER = 'joblease_reaper'@'localhost' EVENT joblease.clock
  ON SCHEDULE EVERY 10 SECOND ON COMPLETION PRESERVE ENABLE
  DO CALL joblease.tick();
