#ifndef AUTOMATON_CPOSTGRES_SHIM_H
#define AUTOMATON_CPOSTGRES_SHIM_H
#include <libpq-fe.h>

// Macros that are not imported: the fields of an error that hold its SQLSTATE and its message.
static const int automaton_pg_sqlstate = 'C';
static const int automaton_pg_message = 'M';
// The default prints a server's notices to standard error.
static void automaton_pg_ignore_notice(void *context, const PGresult *notice) {
    (void)context;
    (void)notice;
}
static inline void automaton_pg_ignore_notices(PGconn *connection) {
    (void)PQsetNoticeReceiver(connection, automaton_pg_ignore_notice, 0);
}
#endif
