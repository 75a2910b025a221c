import AutomatonCore
import Synchronization

/// What the Sessions port asks of a connection: the two statements, and nothing else.
extension ServerConnection {
    func read(_ attendance: any Attendance) -> Result<SessionsReading, PortError> {
        do throws(ServerFailure) {
            let wasKept = isKept
            do throws(ServerFailure) {
                return try reading(attendance)
            } catch {
                // The kept connection may have been closed long ago (a restart): that is no news of the server.
                guard wasKept, error.kind == .lost else { throw error }
                return try reading(attendance)
            }
        } catch {
            if error.kind != .abandoned { drop() }
            return .failure(error.portError(names))
        }
    }

    private func reading(_ attendance: any Attendance) throws(ServerFailure) -> Result<SessionsReading, PortError> {
        let rows = try ask(.read, [], attendance).map { $0.map(\.text) }
        guard let first = SessionRow(rows.first ?? []) else {
            throw ServerFailure(.statement, "the answer has \(rows.count) rows and cannot be read")
        }
        guard first.seesAll else {
            return .failure(
                .refused(
                    "role \(names.role) of PostgreSQL at \(names.server) may not see what the sessions of other roles do, so nothing is known of them: GRANT pg_read_all_stats TO \(first.quotedRole)"
                ))
        }
        var sessions: [Session] = []
        for row in rows {
            guard let session = SessionRow(row)?.session else { throw ServerFailure(.statement, "a row of the answer cannot be read") }
            sessions.append(session)
        }
        let refusal =
            first.maySignal
            ? nil
            : "role \(names.role) of PostgreSQL at \(names.server) may not end sessions: GRANT pg_signal_backend TO \(first.quotedRole)"
        return .success(
            SessionsReading(
                name: names.server, maximum: first.maximum, reserved: first.reserved, sessions: sessions, terminationRefusal: refusal))
    }

    func terminate(_ termination: SessionTermination, _ attendance: any Attendance) -> Result<[Session], PortError> {
        let watched = StatementWatch(attendance)
        do throws(ServerFailure) {
            let parameters = [
                "{\(termination.sessions.map { String($0.pid) }.joined(separator: ","))}",
                "{\(termination.sessions.map { String($0.startedAt.microseconds) }.joined(separator: ","))}",
                "{\(termination.states.map { "\"\($0.rawValue)\"" }.joined(separator: ","))}",
                String(max(0, termination.idleFor.microseconds)),
            ]
            let rows = try ask(.terminate, parameters, watched).map { $0.map(\.text) }
            let signalled = Set(rows.filter { $0.count == 2 && $0[1] == "t" }.compactMap { $0[0].flatMap { Int32($0) } })
            return .success(termination.sessions.filter { signalled.contains($0.pid) })
        } catch {
            if error.kind != .abandoned { drop() }
            let error = error.portError(names)
            // An error in the middle does not take back the signals before it.
            return .failure(watched.hasBegun ? .outcomeUnknown("some sessions may have been ended: \(error)") : error)
        }
    }

    private func ask(_ statement: Statement, _ parameters: [String], _ attendance: any Attendance) throws(ServerFailure)
        -> PostgresHandle.Rows
    {
        try ask(statement.text, parameters.map { .text($0) }, attendance)
    }
}

/// Remembers whether the statement went out.
private final class StatementWatch: Attendance {
    private let attendance: any Attendance
    private let begun = Mutex(false)

    init(_ attendance: any Attendance) { self.attendance = attendance }

    var hasBegun: Bool { begun.withLock { $0 } }
    var deadline: ContinuousClock.Instant { attendance.deadline }
    var isOver: Bool { attendance.isOver }

    func beginStatement() -> Bool {
        guard attendance.beginStatement() else { return false }
        begun.withLock { $0 = true }
        return true
    }
}
