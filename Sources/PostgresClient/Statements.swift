/// The two statements that the Sessions port sends to a PostgreSQL server. It sends no other, and its connections can write nothing.
///
/// Both need version 12, for `MATERIALIZED`. Neither waits for a lock, and neither changes a row or a schema. Functions are named with
/// their schema, so that nobody can put another in their place.
enum Statement: CaseIterable {
    /// Reads settings, rights and client sessions.
    case read
    /// Ends the sessions that are named, as far as they are still what they were.
    case terminate

    var text: String {
        switch self {
        case .read:
            // Walsenders hold none of these slots since version 12. What has no state yet has been without it since it began.
            """
            SELECT pg_catalog.current_setting('max_connections')::int4,
                   pg_catalog.current_setting('superuser_reserved_connections')::int4
                       + coalesce(pg_catalog.current_setting('reserved_connections', true)::int4, 0),
                   pg_catalog.quote_ident(current_user),
                   pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE'),
                   pg_catalog.pg_has_role('pg_signal_backend', 'USAGE')
                       AND pg_catalog.has_function_privilege('pg_catalog.pg_terminate_backend'::regproc, 'EXECUTE'),
                   a.pid,
                   (extract(epoch FROM a.backend_start) * 1000000)::int8,
                   coalesce(a.usename, ''), coalesce(a.datname, ''), coalesce(a.application_name, ''),
                   coalesce(pg_catalog.host(a.client_addr), ''), coalesce(a.state, ''),
                   greatest(0, extract(epoch FROM pg_catalog.clock_timestamp() - coalesce(a.state_change, a.backend_start)) * 1000000)::int8,
                   a.pid = pg_catalog.pg_backend_pid() OR r.oid IS NULL OR r.rolsuper OR r.rolreplication
                       OR a.usename = current_user AND a.application_name = pg_catalog.current_setting('application_name')
            FROM pg_catalog.pg_stat_activity a LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.usesysid
            WHERE a.backend_type = 'client backend'
            """
        case .terminate:
            // Without the wait that pg_terminate_backend offers from version 14 on: it waits for one after the other, and one that does
            // not end would hold up the rest. The next reading tells which are gone. Materialised, since a filter must never be
            // evaluated after the function that it guards: one superuser's session would fail the whole statement.
            """
            WITH still AS MATERIALIZED (
                SELECT a.pid
                FROM ROWS FROM (pg_catalog.unnest($1::int4[]), pg_catalog.unnest($2::int8[])) WITH ORDINALITY AS named(pid, started, place)
                JOIN pg_catalog.pg_stat_activity a ON a.pid = named.pid
                JOIN pg_catalog.pg_roles r ON r.oid = a.usesysid
                WHERE (extract(epoch FROM a.backend_start) * 1000000)::int8 = named.started
                  AND a.state = ANY ($3::text[])
                  AND pg_catalog.clock_timestamp() - a.state_change >= $4::int8 * interval '1 microsecond'
                  AND a.backend_type = 'client backend'
                  AND NOT r.rolsuper AND NOT r.rolreplication
                  AND a.pid <> pg_catalog.pg_backend_pid()
                  AND NOT (a.usename = current_user AND a.application_name = pg_catalog.current_setting('application_name'))
                ORDER BY named.place
            )
            SELECT pid, pg_catalog.pg_terminate_backend(pid) FROM still
            """
        }
    }
}
