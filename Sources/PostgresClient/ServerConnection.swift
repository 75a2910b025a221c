import AutomatonCore
import CPostgres
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The kept connection to one server. Lives on its thread, where it may block: never beyond a deadline, and only while somebody waits.
final class ServerConnection {
    /// What is waited for, as texts say it.
    private enum Phase: String {
        case connecting
        case answering = "waiting for the answer to a statement"
    }

    private let text: String
    private let passwordFile: String?
    private let wakePipe: WakePipe
    private var handle: PostgresHandle?
    private var names: ServerNames
    private var reconnection = Reconnection()
    private var lastFailure: ServerFailure?
    /// False once something between here and the server (a pooler) did not take them.
    private var sendsOptions = true

    init(_ text: String, passwordFile: String?, wakePipe: WakePipe) {
        self.text = text
        self.passwordFile = passwordFile
        self.wakePipe = wakePipe
        names = ServerNames(server: "the server that is configured", role: "that is configured", database: "that is configured")
    }

    /// Closes the connection. After a failure it is never used again: an answer that is still on its way would be taken for the next.
    func drop() { handle = nil }

    /// Waits for something to do, and closes a connection that breaks meanwhile.
    func rest(until deadline: ContinuousClock.Instant) {
        guard wakePipe.wait(for: Int16(POLLIN), on: handle?.socket, until: deadline) == .ready, let handle else { return }
        if !handle.consume() { drop() }
    }

    func read(_ attendance: any Attendance) -> Result<SessionsReading, PortError> {
        do throws(ServerFailure) {
            let isKept = handle != nil
            do throws(ServerFailure) {
                return try reading(attendance)
            } catch {
                // The kept connection may have been closed long ago (a restart): that is no news of the server.
                guard isKept, error.kind == .lost else { throw error }
                return try reading(attendance)
            }
        } catch {
            if error.kind != .abandoned { drop() }
            return .failure(error.portError(names))
        }
    }

    private func reading(_ attendance: any Attendance) throws(ServerFailure) -> Result<SessionsReading, PortError> {
        let rows = try ask(.read, [], attendance)
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
            let rows = try ask(.terminate, parameters, watched)
            let signalled = Set(rows.filter { $0.count == 2 && $0[1] == "t" }.compactMap { $0[0].flatMap { Int32($0) } })
            return .success(termination.sessions.filter { signalled.contains($0.pid) })
        } catch {
            if error.kind != .abandoned { drop() }
            let error = error.portError(names)
            // An error in the middle does not take back the signals before it.
            return .failure(watched.hasBegun ? .outcomeUnknown("some sessions may have been ended: \(error)") : error)
        }
    }

    /// Sends one statement and waits for all of its answer.
    private func ask(_ statement: Statement, _ parameters: [String], _ attendance: any Attendance) throws(ServerFailure)
        -> PostgresHandle.Rows
    {
        do throws(ServerFailure) {
            let handle = try connected(attendance)
            guard attendance.beginStatement() else { throw ServerFailure(.abandoned) }
            guard handle.send(statement, parameters) else { throw ServerFailure(.lost, ServerFailure.bounded(handle.errorText)) }
            return try answer(of: handle, attendance)
        } catch {
            if error.kind != .abandoned { drop() }
            throw error
        }
    }

    private func answer(of handle: PostgresHandle, _ attendance: any Attendance) throws(ServerFailure) -> PostgresHandle.Rows {
        var rows: PostgresHandle.Rows = []
        var failure: ServerFailure?
        while true {
            let unsent = handle.flush()
            if unsent >= 0, !handle.isBusy {
                guard let result = handle.nextResult() else { break }
                switch result {
                case .success(let part): rows += part
                case .failure(let error): failure = failure ?? error
                }
                continue
            }
            guard unsent >= 0 else { throw ServerFailure(.lost, ServerFailure.bounded(handle.errorText)) }
            try wait(
                for: unsent > 0 ? Int16(POLLIN | POLLOUT) : Int16(POLLIN), on: handle, attendance,
                while: .answering)
            guard handle.consume() else { throw ServerFailure(.lost, ServerFailure.bounded(handle.errorText)) }
        }
        guard handle.isGood else { throw ServerFailure(.lost, failure?.message ?? ServerFailure.bounded(handle.errorText)) }
        if let failure { throw failure }
        return rows
    }

    /// The kept connection, or a new one.
    private func connected(_ attendance: any Attendance) throws(ServerFailure) -> PostgresHandle {
        if let handle, handle.consume() { return handle }
        drop()
        if let wait = reconnection.wait(at: .now), var failure = lastFailure {
            failure.retryAfter = wait
            throw failure
        }
        do throws(ServerFailure) {
            let opened: PostgresHandle
            do throws(ServerFailure) {
                opened = try connect(attendance)
            } catch {
                guard sendsOptions, error.isAboutOptions else { throw error }
                sendsOptions = false
                opened = try connect(attendance)
            }
            reconnection.succeeded()
            handle = opened
            return opened
        } catch {
            if error.kind != .abandoned {
                reconnection.failed(at: .now)
                lastFailure = error
            }
            throw error
        }
    }

    private func connect(_ attendance: any Attendance) throws(ServerFailure) -> PostgresHandle {
        let settings = try ConnectionSettings(text)
        let password: String? = if let passwordFile { try PasswordFile.read(passwordFile) } else { nil }
        let timeout = max(.milliseconds(100), ContinuousClock.now.duration(to: attendance.deadline))
        let handle = try PostgresHandle(settings.parameters(password: password, timeout: timeout, sendsOptions: sendsOptions))
        let options = handle.options
        names = ServerNames(
            server: ConnectionSettings.name(options), role: options["user"] ?? "", database: options["dbname"] ?? options["user"] ?? "")
        guard !handle.hasFailed else { throw ServerFailure(connecting: handle.errorText) }
        var events = Int16(POLLOUT)
        connecting: while true {
            try wait(for: events, on: handle, attendance, while: .connecting)
            switch handle.pollConnecting() {
            case PGRES_POLLING_READING: events = Int16(POLLIN)
            case PGRES_POLLING_WRITING: events = Int16(POLLOUT)
            case PGRES_POLLING_OK: break connecting
            default: throw ServerFailure(connecting: handle.errorText)
            }
        }
        handle.becomeNonBlocking()
        guard handle.serverVersion >= 120_000 else {
            throw ServerFailure(
                .configuration,
                "PostgreSQL at \(names.server) has version \(handle.serverVersion / 10_000): 12 is the oldest that can be read")
        }
        return handle
    }

    /// Waits until the deadline. When nobody waits any more, connecting ends at once; a statement's answer is still taken in, since the
    /// connection would be lost without it, and with it perhaps the last slot.
    private func wait(
        for events: Int16, on handle: PostgresHandle, _ attendance: any Attendance, while phase: Phase
    ) throws(ServerFailure) {
        while true {
            guard phase == .answering || !attendance.isOver else { throw ServerFailure(.abandoned) }
            switch wakePipe.wait(for: events, on: handle.socket, until: attendance.deadline) {
            case .ready: return
            case .timedOut: throw ServerFailure(.timedOut(while: phase.rawValue))
            case .woken: continue
            }
        }
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
