-- joblease on MariaDB 10.6 and newer: the table of the leases, and the switch, an event that ends every lease that is
-- over, on the server's clock. The event scheduler must be on: event_scheduler=ON in the server's configuration.
-- Run it once as an administrator, for example: mariadb < mariadb-reaper.sql
-- It may be run again, to update.
SET SESSION sql_mode = 'STRICT_ALL_TABLES'; -- a routine keeps the mode that it was created under

CREATE DATABASE IF NOT EXISTS joblease;

CREATE TABLE IF NOT EXISTS joblease.leases (
  name VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  exp BIGINT NOT NULL COMMENT 'when it ends, epoch seconds; 0: locked',
  reap BIGINT NOT NULL COMMENT 'when the reaper ends it',
  record VARCHAR(1024) CHARACTER SET ascii NOT NULL COMMENT 'JSON'
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS joblease.heartbeat (
  id TINYINT UNSIGNED PRIMARY KEY,
  at BIGINT NOT NULL COMMENT 'when the last round ended, epoch seconds',
  server VARCHAR(400) NOT NULL COMMENT 'where it ran',
  able BOOLEAN NOT NULL COMMENT 'whether it had the rights that it needs'
);

-- Nobody logs in as it, no rotation touches it, and the event ends with it, so never drop it.
CREATE USER IF NOT EXISTS 'joblease_reaper'@'localhost' IDENTIFIED VIA mysql_native_password USING 'invalid' ACCOUNT LOCK;
GRANT CREATE USER, PROCESS, CONNECTION ADMIN ON *.* TO 'joblease_reaper'@'localhost';
GRANT SELECT (User, Host) ON mysql.user TO 'joblease_reaper'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE, EXECUTE, EVENT ON joblease.* TO 'joblease_reaper'@'localhost';

DROP PROCEDURE IF EXISTS joblease.reap;

DELIMITER //
CREATE DEFINER = 'joblease_reaper'@'localhost' PROCEDURE joblease.reap()
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_done BOOLEAN DEFAULT FALSE;
  DECLARE v_user VARCHAR(32);
  DECLARE v_host VARCHAR(255);
  DECLARE v_id BIGINT UNSIGNED;
  -- An account without a record has an expiry in its name.
  DECLARE due CURSOR FOR
    SELECT u.User, u.Host FROM mysql.user u LEFT JOIN joblease.leases l ON l.name = CONVERT(u.User USING ascii)
    WHERE u.User REGEXP BINARY '^jl_[0-9a-z]{7}_[a-z0-9]{1,7}_[0-9a-z]{13}$'
      AND CAST(COALESCE(l.reap, CONV(SUBSTRING(u.User, 4, 7), 36, 10)) AS SIGNED) <= UNIX_TIMESTAMP();
  -- Sessions of what is locked by this round, and those that were logging in when an earlier one dropped their account.
  DECLARE sessions CURSOR FOR
    SELECT p.id FROM information_schema.processlist p
    WHERE p.user = v_user OR p.user REGEXP BINARY '^jl_[0-9a-z]{7}_[a-z0-9]{1,7}_[0-9a-z]{13}$'
      AND NOT EXISTS (SELECT * FROM mysql.user u WHERE u.User = p.user);
  DECLARE CONTINUE HANDLER FOR NOT FOUND SET v_done = TRUE;

  OPEN due;
  each_account: LOOP
    FETCH due INTO v_user, v_host;
    IF v_done THEN LEAVE each_account; END IF;
    BEGIN
      -- Dropped meanwhile by somebody else: on with the next one.
      DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
      SET @joblease_sql = CONCAT('ALTER USER IF EXISTS ', QUOTE(v_user), '@', QUOTE(v_host), ' ACCOUNT LOCK');
      PREPARE locking FROM @joblease_sql; EXECUTE locking; DEALLOCATE PREPARE locking;
      OPEN sessions;
      each_session: LOOP
        FETCH sessions INTO v_id;
        IF v_done THEN LEAVE each_session; END IF;
        KILL v_id;
      END LOOP;
      CLOSE sessions;
      SET v_done = FALSE;
      SET @joblease_sql = CONCAT('DROP USER IF EXISTS ', QUOTE(v_user), '@', QUOTE(v_host));
      PREPARE dropping FROM @joblease_sql; EXECUTE dropping; DEALLOCATE PREPARE dropping;
    END;
  END LOOP;
  CLOSE due;

  -- A record is older than its account, so one without an account may only go when its end has come.
  DELETE FROM joblease.leases WHERE reap <= UNIX_TIMESTAMP()
    AND NOT EXISTS (SELECT * FROM mysql.user u WHERE u.User = name);

  SET v_user = '', v_done = FALSE;
  BEGIN
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
    OPEN sessions;
    each_late_session: LOOP
      FETCH sessions INTO v_id;
      IF v_done THEN LEAVE each_late_session; END IF;
      KILL v_id;
    END LOOP;
    CLOSE sessions;
  END;

  REPLACE INTO joblease.heartbeat (id, at, server, able)
    SELECT 1, UNIX_TIMESTAMP(), CONCAT(@@hostname, ':', @@server_id), COUNT(*) = 3
    FROM information_schema.user_privileges
    WHERE grantee = '''joblease_reaper''@''localhost''' AND privilege_type IN ('CREATE USER', 'PROCESS', 'CONNECTION ADMIN');
END//
DELIMITER ;

DROP EVENT IF EXISTS joblease.reaper;
CREATE DEFINER = 'joblease_reaper'@'localhost' EVENT joblease.reaper
  ON SCHEDULE EVERY 5 SECOND ON COMPLETION PRESERVE ENABLE
  DO CALL joblease.reap();
