-- The role of the automaton on a PostgreSQL server (12 or later): it sees sessions and may end them. It reads no table.
-- Run it once a server, as a superuser, in any database:  psql -f postgresql-role.sql
-- It sets no password: give one with  \password automaton  , which sends it hashed and keeps it out of files and logs.

-- One connection is kept by each replica of the automaton; twice as many while replicas are replaced.
CREATE ROLE automaton LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION INHERIT CONNECTION LIMIT 4;

-- To see what the sessions of other roles do. Without it their state is hidden, and the automaton reports "unknown".
-- pg_monitor holds it, and more than is needed.
GRANT pg_read_all_stats TO automaton;

-- To end sessions of other roles; PostgreSQL itself keeps it from ending those of superusers. Leave it out, and the automaton
-- reports and plans, but every attempt is refused.
GRANT pg_signal_backend TO automaton;

-- PostgreSQL 16 and later, with reserved_connections above 0 (which takes a restart): the automaton gets in although all ordinary
-- slots are taken.
-- GRANT pg_use_reserved_connections TO automaton;
