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
