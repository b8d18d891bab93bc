-- Takes the gate of joblease away, with its roles, keys and audit. What joblease.audit holds is gone then: copy it before.
-- The reaper stays, because root logins use it too, and ends the leases that are alive at their end. To take it away as
-- well, when none is left: DROP DATABASE joblease; DROP USER 'joblease_reaper'@'localhost';--[mysql] DROP ROLE joblease_kill;--[end]
-- Run it as an administrator: --[mysql]mysql < sql/mysql/gate-remove.sql--[mariadb]mariadb < sql/mariadb/gate-remove.sql--[end]. Written by scripts/generate-gate.ts.
DROP EVENT IF EXISTS joblease.clock;
DROP USER IF EXISTS 'joblease_gate'@'%';
--[drops]
DROP TABLE IF EXISTS joblease.settings, joblease.signing_keys, joblease.role, joblease.lease, joblease.audit, joblease.visitors;
DELETE FROM joblease.round WHERE id = 2;
--[mysql]
DROP ROLE IF EXISTS 'joblease_lease';
--[end]
DROP USER IF EXISTS 'joblease_definer'@'localhost';
