-- The switch of joblease on MySQL 8.0.22 and newer: an event that ends every lease that is over, on the server's clock.
-- Run it once as an administrator, for example: mysql < mysql-reaper.sql
-- It may be run again, to update.
SET SESSION sql_mode = 'STRICT_ALL_TABLES'; -- a routine keeps the mode that it was created under

CREATE DATABASE IF NOT EXISTS joblease;

CREATE TABLE IF NOT EXISTS joblease.heartbeat (
  id TINYINT UNSIGNED PRIMARY KEY,
  at BIGINT NOT NULL COMMENT 'when the last round ended, epoch seconds',
  server VARCHAR(400) NOT NULL COMMENT 'where it ran',
  able BOOLEAN NOT NULL COMMENT 'whether it had the rights that it needs'
);

-- Nobody logs in as it, no rotation touches it, and the event ends with it, so never drop it.
CREATE USER IF NOT EXISTS 'joblease_reaper'@'localhost' IDENTIFIED BY RANDOM PASSWORD ACCOUNT LOCK;
GRANT CREATE USER, PROCESS, CONNECTION_ADMIN ON *.* TO 'joblease_reaper'@'localhost';
GRANT SELECT, INSERT, UPDATE, EXECUTE, EVENT ON joblease.* TO 'joblease_reaper'@'localhost';

DROP PROCEDURE IF EXISTS joblease.reap;

DELIMITER //
CREATE DEFINER = 'joblease_reaper'@'localhost' PROCEDURE joblease.reap()
SQL SECURITY DEFINER MODIFIES SQL DATA
BEGIN
  DECLARE v_done BOOLEAN DEFAULT FALSE;
  DECLARE v_user VARCHAR(32);
  DECLARE v_host VARCHAR(255);
  DECLARE v_id BIGINT UNSIGNED;
  -- An account that its mint did not finish has no record, but an expiry in its name.
  DECLARE due CURSOR FOR
    SELECT user, host FROM information_schema.user_attributes
    WHERE REGEXP_LIKE(user, '^jl_[0-9a-z]{7}_[a-z0-9]{1,7}_[0-9a-z]{13}$', 'c')
      AND CAST(COALESCE(
        JSON_UNQUOTE(JSON_EXTRACT(attribute, '$.joblease.reap')),
        JSON_UNQUOTE(JSON_EXTRACT(attribute, '$.joblease.exp')),
        CONV(SUBSTRING(user, 4, 7), 36, 10)
      ) AS SIGNED) <= UNIX_TIMESTAMP();
  -- Sessions of what is locked by this round, and those that were logging in when an earlier one dropped their account.
  DECLARE sessions CURSOR FOR
    SELECT p.id FROM information_schema.processlist p
    WHERE p.user = v_user OR REGEXP_LIKE(p.user, '^jl_[0-9a-z]{7}_[a-z0-9]{1,7}_[0-9a-z]{13}$', 'c')
      AND NOT EXISTS (SELECT * FROM information_schema.user_attributes a WHERE a.user = p.user);
  DECLARE CONTINUE HANDLER FOR NOT FOUND SET v_done = TRUE;

  OPEN due;
  each_account: LOOP
    FETCH due INTO v_user, v_host;
    IF v_done THEN LEAVE each_account; END IF;
    BEGIN
      -- Dropped meanwhile by somebody else, or the definer of something: on with the next one.
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
    WHERE grantee = '''joblease_reaper''@''localhost''' AND privilege_type IN ('CREATE USER', 'PROCESS', 'CONNECTION_ADMIN');
END//
DELIMITER ;
GRANT DELETE ON joblease.heartbeat TO 'joblease_reaper'@'localhost'; -- REPLACE

DROP EVENT IF EXISTS joblease.reaper;
CREATE DEFINER = 'joblease_reaper'@'localhost' EVENT joblease.reaper
  ON SCHEDULE EVERY 5 SECOND ON COMPLETION PRESERVE ENABLE
  DO CALL joblease.reap();
