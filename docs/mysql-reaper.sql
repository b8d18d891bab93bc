-- The switch of joblease on MySQL 8.0.22 and newer: an event that ends every lease that is over, on the server's clock.
-- Run it once as an administrator, for example: mysql < mysql-reaper.sql
-- It may be run again, to update.
SET NAMES utf8mb4; -- a routine keeps the character set, the collation and the mode that it was created under
SET SESSION sql_mode = 'STRICT_ALL_TABLES';

CREATE DATABASE IF NOT EXISTS joblease;
ALTER DATABASE joblease CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS joblease.heartbeat (
  id TINYINT UNSIGNED PRIMARY KEY,
  at BIGINT NOT NULL COMMENT 'when the last round was known to do its work, epoch seconds',
  server VARCHAR(400) NOT NULL COMMENT 'where it ran',
  able BOOLEAN NOT NULL COMMENT 'whether it had the rights that it needs'
);

CREATE TABLE IF NOT EXISTS joblease.round (
  id TINYINT UNSIGNED PRIMARY KEY,
  session BIGINT UNSIGNED NOT NULL COMMENT 'whose round is under way'
);
INSERT IGNORE INTO joblease.round (id, session) VALUES (1, 0);

-- It may do nothing. A session in which a role is active, whatever the role may do, has its rights at hand when it runs
-- KILL; any other waits for the server's cache of accounts meanwhile, and can so be made to stop the whole server.
CREATE ROLE IF NOT EXISTS 'joblease_kill';

-- Nobody logs in as it, no rotation touches it, and the event ends with it, so never drop it. Nobody knows the password
-- either: this is not the hash of one.
SET @joblease_sql = CONCAT(
  'CREATE USER IF NOT EXISTS ''joblease_reaper''@''localhost'' IDENTIFIED WITH caching_sha2_password AS ''$A$005$',
  LEFT(SHA2(RANDOM_BYTES(32), 256), 63), ''' ACCOUNT LOCK');
PREPARE creating FROM @joblease_sql; EXECUTE creating; DEALLOCATE PREPARE creating;
GRANT CREATE USER, PROCESS, CONNECTION_ADMIN ON *.* TO 'joblease_reaper'@'localhost';
-- Without this one an account that views, routines, triggers or events name as their definer cannot be dropped.
SET @joblease_sql = CONCAT('GRANT ', IF(VERSION() + 0 >= 8.2, 'ALLOW_NONEXISTENT_DEFINER', 'SET_USER_ID'),
  ' ON *.* TO ''joblease_reaper''@''localhost''');
PREPARE granting FROM @joblease_sql; EXECUTE granting; DEALLOCATE PREPARE granting;
GRANT 'joblease_kill' TO 'joblease_reaper'@'localhost';
GRANT SELECT (User, Host) ON mysql.user TO 'joblease_reaper'@'localhost';
GRANT SELECT, DELETE ON mysql.proxies_priv TO 'joblease_reaper'@'localhost';
GRANT SELECT ON performance_schema.threads TO 'joblease_reaper'@'localhost';
GRANT SELECT ON performance_schema.variables_by_thread TO 'joblease_reaper'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE, EXECUTE, EVENT ON joblease.* TO 'joblease_reaper'@'localhost';

DROP EVENT IF EXISTS joblease.reaper;
DROP PROCEDURE IF EXISTS joblease.reap;
DROP PROCEDURE IF EXISTS joblease.end_sessions;
DROP PROCEDURE IF EXISTS joblease.end_stalls;
DROP PROCEDURE IF EXISTS joblease.end_proxies;
DROP PROCEDURE IF EXISTS joblease.attempt;
DROP PROCEDURE IF EXISTS joblease.beat;

DELIMITER //
-- Runs a statement. What it fails with concerns one account, and the next round tries again. INVOKER, like the others that
-- the event calls on: an account that may run any routine must not get the reaper's rights by it.
CREATE DEFINER = 'joblease_reaper'@'localhost' PROCEDURE joblease.attempt(v_statement TEXT)
SQL SECURITY INVOKER MODIFIES SQL DATA
BEGIN
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN END;
  SET @joblease_sql = v_statement;
  PREPARE joblease_statement FROM @joblease_sql;
  EXECUTE joblease_statement;
  DEALLOCATE PREPARE joblease_statement;
END//

-- Ends the sessions of an account, or, with an empty name, those of leases whose account is gone.
CREATE DEFINER = 'joblease_reaper'@'localhost' PROCEDURE joblease.end_sessions(v_user VARCHAR(32))
SQL SECURITY INVOKER READS SQL DATA
BEGIN
  DECLARE v_id, v_last BIGINT UNSIGNED DEFAULT 0;
  each_session: LOOP
    -- Who reads information_schema.processlist waits for every session that is changing its user. Only it shows events
    -- and routines under their definer's name.
    SELECT MIN(p.id) INTO v_id FROM (
      SELECT id, user FROM performance_schema.processlist
      UNION ALL SELECT id, user FROM information_schema.processlist
        WHERE NOT EXISTS (SELECT * FROM performance_schema.processlist WHERE command = 'Change user')) p
    WHERE p.id > v_last AND IF(v_user <> '',
      CAST(p.user AS BINARY) = CAST(v_user AS BINARY),
      REGEXP_LIKE(CONCAT(p.user, '.'), '^jl_[0-9a-z]{7}_[a-z0-9]{1,7}_[0-9a-z]{13}[.]$', 'c')
        AND NOT EXISTS (SELECT * FROM mysql.user u WHERE CAST(u.User AS BINARY) = CAST(p.user AS BINARY)));
    IF v_id IS NULL THEN LEAVE each_session; END IF;
    SET v_last = v_id;
    CALL joblease.attempt(CONCAT('KILL ', v_id));
  END LOOP;
END//

-- Ends sessions that take long to change their user: the others wait for them.
CREATE DEFINER = 'joblease_reaper'@'localhost' PROCEDURE joblease.end_stalls()
SQL SECURITY INVOKER READS SQL DATA
BEGIN
  DECLARE v_id, v_last BIGINT UNSIGNED DEFAULT 0;
  each_session: LOOP
    SELECT MIN(id) INTO v_id FROM performance_schema.processlist
    WHERE command = 'Change user' AND time >= 2 AND id > v_last;
    IF v_id IS NULL THEN LEAVE each_session; END IF;
    SET v_last = v_id;
    CALL joblease.attempt(CONCAT('KILL ', v_id));
  END LOOP;
END//

-- Ends what is a lease by GRANT PROXY, under the name of another account, once the lease's own account is gone and
-- nobody can become it any more.
CREATE DEFINER = 'joblease_reaper'@'localhost' PROCEDURE joblease.end_proxies()
SQL SECURITY INVOKER MODIFIES SQL DATA
BEGIN
  DECLARE v_id, v_last BIGINT UNSIGNED DEFAULT 0;
  DECLARE v_began TIMESTAMP(6) DEFAULT NOW(6);
  each_session: LOOP
    SELECT MIN(t.PROCESSLIST_ID) INTO v_id
    FROM performance_schema.variables_by_thread v
    JOIN performance_schema.threads t ON t.THREAD_ID = v.THREAD_ID
    JOIN mysql.proxies_priv x
      ON CAST(v.VARIABLE_VALUE AS BINARY) = CAST(CONCAT('''', x.User, '''@''', x.Host, '''') AS BINARY)
    WHERE v.VARIABLE_NAME = 'proxy_user' AND t.PROCESSLIST_ID > v_last
      AND REGEXP_LIKE(CONCAT(x.Proxied_user, '.'), '^jl_[0-9a-z]{7}_[a-z0-9]{1,7}_[0-9a-z]{13}[.]$', 'c')
      AND NOT EXISTS (SELECT * FROM mysql.user u WHERE CAST(u.User AS BINARY) = CAST(x.Proxied_user AS BINARY));
    IF v_id IS NULL THEN LEAVE each_session; END IF;
    SET v_last = v_id;
    CALL joblease.attempt(CONCAT('KILL ', v_id));
  END LOOP;
  -- Whoever became the lease by such a line has been told to end, so the line may go.
  DELETE FROM mysql.proxies_priv
  WHERE REGEXP_LIKE(CONCAT(Proxied_user, '.'), '^jl_[0-9a-z]{7}_[a-z0-9]{1,7}_[0-9a-z]{13}[.]$', 'c')
    AND Timestamp < v_began
    AND NOT EXISTS (SELECT * FROM mysql.user u WHERE CAST(u.User AS BINARY) = CAST(Proxied_user AS BINARY));
END//

CREATE DEFINER = 'joblease_reaper'@'localhost' PROCEDURE joblease.beat()
SQL SECURITY INVOKER MODIFIES SQL DATA
BEGIN
  REPLACE INTO joblease.heartbeat (id, at, server, able)
    SELECT 1, UNIX_TIMESTAMP(), CONCAT(@@hostname, ':', @@server_id),
      COUNT(DISTINCT IF(privilege_type = 'SET_USER_ID', 'ALLOW_NONEXISTENT_DEFINER', privilege_type)) = 4
      AND CURRENT_ROLE() <> 'NONE' AND (@@global.performance_schema OR NOT @@global.check_proxy_users)
    FROM information_schema.user_privileges
    WHERE grantee = '''joblease_reaper''@''localhost'''
      AND privilege_type IN ('CREATE USER', 'PROCESS', 'CONNECTION_ADMIN', 'ALLOW_NONEXISTENT_DEFINER', 'SET_USER_ID');
END//

CREATE DEFINER = 'joblease_reaper'@'localhost' PROCEDURE joblease.reap()
SQL SECURITY DEFINER MODIFIES SQL DATA
reaping: BEGIN
  DECLARE v_done BOOLEAN DEFAULT FALSE;
  DECLARE v_user VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_host VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
  DECLARE v_beat BIGINT DEFAULT UNIX_TIMESTAMP();
  -- An account that its mint did not finish has no record, but an expiry in its name, by the clock of a runner: it is
  -- left alone while its mint is under way (the mint holds a lock of that name).
  DECLARE due CURSOR FOR
    SELECT user, host FROM information_schema.user_attributes
    WHERE REGEXP_LIKE(CONCAT(user, '.'), '^jl_[0-9a-z]{7}_[a-z0-9]{1,7}_[0-9a-z]{13}[.]$', 'c')
      AND COALESCE(
        JSON_VALUE(attribute, '$.joblease.reap' RETURNING SIGNED NULL ON EMPTY NULL ON ERROR),
        JSON_VALUE(attribute, '$.joblease.exp' RETURNING SIGNED NULL ON EMPTY NULL ON ERROR),
        IF(IS_USED_LOCK(user) IS NULL, CAST(CONV(SUBSTRING(user, 4, 7), 36, 10) AS SIGNED), NULL)
      ) <= UNIX_TIMESTAMP();
  DECLARE CONTINUE HANDLER FOR NOT FOUND SET v_done = TRUE;

  SET SESSION lock_wait_timeout = 10, SESSION innodb_lock_wait_timeout = 10;
  SET ROLE ALL;
  IF CURRENT_ROLE() = 'NONE' THEN
    -- Rather no switch, which mints say, than a KILL that can stop the server.
    CALL joblease.beat();
    LEAVE reaping;
  END IF;
  CALL joblease.end_stalls();
  -- One round at a time, unless nobody can tell.
  UPDATE joblease.round SET session = CONNECTION_ID()
  WHERE id = 1 AND NOT EXISTS (
    SELECT * FROM information_schema.processlist p
    WHERE p.id = session AND p.user = 'joblease_reaper' AND p.id <> CONNECTION_ID()
      AND NOT EXISTS (SELECT * FROM performance_schema.processlist WHERE command = 'Change user'));
  IF NOT EXISTS (SELECT * FROM joblease.round WHERE session = CONNECTION_ID()) THEN LEAVE reaping; END IF;

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

  -- Those that were logging in when an account was dropped.
  CALL joblease.end_sessions('');
  CALL joblease.end_proxies();
  CALL joblease.beat();
END//
DELIMITER ;

CREATE DEFINER = 'joblease_reaper'@'localhost' EVENT joblease.reaper
  ON SCHEDULE EVERY 5 SECOND ON COMPLETION PRESERVE ENABLE
  DO CALL joblease.reap();
