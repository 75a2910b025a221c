import AutomatonCore

/// A transaction that is open. Lives on the connection's thread: every call waits for the server's answer, never beyond the deadline.
public final class PostgresTransaction {
    private let connection: ServerConnection
    private let attendance: any Attendance
    /// What failed first; a transaction that failed is never committed.
    fileprivate var failure: ServerFailure?

    init(_ connection: ServerConnection, _ attendance: any Attendance) {
        self.connection = connection
        self.attendance = attendance
    }

    /// Sends one statement and answers with its rows.
    /// - Parameters:
    ///   - statement: SQL with `$1`, `$2`, … where values stand.
    ///   - values: these values.
    public func rows(_ statement: String, _ values: [PostgresValue] = []) throws(PostgresFailure) -> [[PostgresValue]] {
        do throws(ServerFailure) {
            if let failure { throw failure }
            return try connection.ask(statement, values, attendance, keptOnly: true)
        } catch {
            failure = failure ?? error
            throw error.postgresFailure(connection.names)
        }
    }
}

extension ServerConnection {
    /// Runs a transaction. A kept connection may have been closed long ago: then it is begun again, once.
    func transaction<Value>(
        readOnly: Bool, _ attendance: any Attendance, _ body: (PostgresTransaction) throws -> Value
    ) -> Result<Value, any Error> {
        while true {
            let wasKept = isKept
            do throws(ServerFailure) {
                _ = try ask(readOnly ? "BEGIN READ ONLY" : "BEGIN", [], attendance)
                if !sendsOptions { try limit(attendance) }
            } catch {
                drop()
                if wasKept, error.kind == .lost { continue }
                return .failure(error.postgresFailure(names))
            }
            let transaction = PostgresTransaction(self, attendance)
            let result = Result { try body(transaction) }
            if let failure = transaction.failure {
                drop()
                return .failure(failure.postgresFailure(names))
            }
            let isWanted = if case .success = result { true } else { false }
            do throws(ServerFailure) {
                _ = try ask(isWanted ? "COMMIT" : "ROLLBACK", [], attendance, keptOnly: true)
                return result
            } catch {
                drop()
                guard isWanted else { return result }
                let failure = error.postgresFailure(names)
                // An answer is an answer: it was rolled back. When nobody waited any more, it was not even sent.
                guard error.kind != .statement, error.kind != .abandoned else { return .failure(failure) }
                return .failure(
                    PostgresFailure(.outcomeUnknown, "\(failure); whether it was written is not known", sqlState: failure.sqlState))
            }
        }
    }

    /// Behind a pooler that hands on no settings, each transaction sets its own.
    private func limit(_ attendance: any Attendance) throws(ServerFailure) {
        let milliseconds = PostgresValue.text(String(max(1, ContinuousClock.now.duration(to: attendance.deadline).microseconds / 1000)))
        let names = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"]
        let calls = names.map { "pg_catalog.set_config('\($0)', $1, true)" }
        _ = try ask("SELECT \(calls.joined(separator: ", "))", [milliseconds], attendance, keptOnly: true)
    }
}
