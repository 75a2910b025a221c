import CPostgres

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
    private let use: ConnectionUse
    private let wakePipe: WakePipe
    private var handle: PostgresHandle?
    /// How texts call what it leads to.
    private(set) var names: ServerNames
    private var reconnection = Reconnection()
    private var lastFailure: ServerFailure?
    /// False once something between here and the server (a pooler) did not take them.
    private(set) var sendsOptions = true

    init(_ text: String, passwordFile: String?, use: ConnectionUse, wakePipe: WakePipe) {
        self.text = text
        self.passwordFile = passwordFile
        self.use = use
        self.wakePipe = wakePipe
        names = ServerNames(server: "the server that is configured", role: "that is configured", database: "that is configured")
    }

    /// Closes the connection. After a failure it is never used again: an answer that is still on its way would be taken for the next.
    func drop() { handle = nil }

    /// Whether a connection is kept.
    var isKept: Bool { handle != nil }

    /// Waits for something to do, and closes a connection that breaks meanwhile.
    func rest(until deadline: ContinuousClock.Instant) {
        guard wakePipe.wait(for: Int16(POLLIN), on: handle?.socket, until: deadline) == .ready, let handle else { return }
        if !handle.consume() { drop() }
    }

    /// Sends one statement and waits for all of its answer.
    /// - Parameter keptOnly: whether it belongs to a transaction: on another connection than the one that is kept it would stand alone.
    func ask(
        _ statement: String, _ parameters: [PostgresValue], _ attendance: any Attendance, keptOnly: Bool = false
    ) throws(ServerFailure) -> PostgresHandle.Rows {
        do throws(ServerFailure) {
            let handle = try keptOnly ? kept() : connected(attendance)
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

    /// The kept connection.
    private func kept() throws(ServerFailure) -> PostgresHandle {
        guard let handle, handle.consume() else {
            throw ServerFailure(.lost, handle.map { ServerFailure.bounded($0.errorText) } ?? "in the middle of a transaction")
        }
        return handle
    }

    /// The kept connection, or a new one.
    private func connected(_ attendance: any Attendance) throws(ServerFailure) -> PostgresHandle {
        if let handle, handle.consume() { return handle }
        drop()
        if use == .sessions, let wait = reconnection.wait(at: .now), var failure = lastFailure {
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
        let handle = try PostgresHandle(settings.parameters(password: password, timeout: timeout, use: use, sendsOptions: sendsOptions))
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
