import Synchronization
import Threads

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A real PostgreSQL in a temporary folder, on a free port of 127.0.0.1 and on a Unix socket: for the demo and for tests.
///
/// Over the socket everybody is trusted, over TCP passwords are asked for (SCRAM). Nothing survives ``stop()``; when
/// this process is killed, the server ends with it (on Linux), and the folder stays.
public final class TemporaryServer: Sendable {
    private struct State {
        var pid: pid_t?
        var end: Int32?
        var isRemoved = false
    }

    /// The port of 127.0.0.1, and of the socket.
    public let port: Int
    /// The folder of everything; also of the Unix socket.
    public let folder: String
    private let programs: ServerPrograms
    private let state = Mutex(State())

    /// Why there can be none on this machine, and what would help; nil when there can be.
    public static func whyUnavailable() -> String? {
        do throws(EmbeddedPostgresError) {
            _ = try ServerPrograms.find()
            return nil
        } catch {
            return error.description
        }
    }

    /// Makes a new server and starts it; takes some seconds.
    /// - Parameters:
    ///   - maximumConnections: `max_connections`.
    ///   - settings: further lines of `postgresql.conf`, by name; files lie in ``folder``.
    /// - Throws: ``EmbeddedPostgresError`` that says what is missing.
    public static func start(maximumConnections: Int = 100, settings: [String: String] = [:]) async throws -> TemporaryServer {
        let server = try await OwnThread.run { try TemporaryServer(maximumConnections, settings) }
        do {
            try await server.resume()
        } catch {
            await server.stop()
            throw error
        }
        return server
    }

    private init(_ maximumConnections: Int, _ settings: [String: String]) throws {
        programs = try ServerPrograms.find()
        // Short: the path of a socket has at most 107 bytes.
        var template = Array("/tmp/automaton-pg-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw EmbeddedPostgresError("no temporary folder: \(String(cString: strerror(errno)))") }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        port = try FreePort.find()
        if let user = programs.user { chown(folder, user.id, user.group) }
        try Subprocess.run(
            programs.command(
                "initdb",
                [
                    "--pgdata", "\(folder)/data", "--username", "postgres", "--auth-local", "trust", "--auth-host", "scram-sha-256",
                    "--encoding", "UTF8", "--no-locale", "--no-sync",
                ]), log: "\(folder)/initdb.log")
        var lines = [
            "listen_addresses = '127.0.0.1'", "port = \(port)", "unix_socket_directories = '\(folder)'",
            "max_connections = \(maximumConnections)", "fsync = off", "shared_buffers = 16MB", "max_wal_senders = 4", "autovacuum = off",
            "log_min_messages = warning",
        ]
        lines += settings.sorted { $0.key < $1.key }.map { "\($0.key) = '\($0.value)'" }
        try append(lines.joined(separator: "\n") + "\n", to: "data/postgresql.conf")
    }

    deinit { signal(SIGKILL) }

    /// A connection string for a role over the Unix socket, where no password is asked for.
    public func local(_ role: String = "postgres", database: String = "postgres", application: String? = nil) -> String {
        let name = application.map { " application_name='\($0)'" } ?? ""
        return "host=\(folder) port=\(port) user=\(role) dbname=\(database)\(name)"
    }

    /// A connection string for a role over TCP, where its password is asked for.
    public func remote(_ role: String, database: String = "postgres", sslMode: String = "prefer") -> String {
        "host=127.0.0.1 port=\(port) user=\(role) dbname=\(database) sslmode=\(sslMode)"
    }

    /// Runs a script of SQL as the superuser, with psql; stops at the first error.
    public func run(script path: String, variables: [String: String] = [:]) async throws {
        try await OwnThread.run { [programs, folder] in
            let options = variables.flatMap { ["--set", "\($0.key)=\($0.value)"] }
            let arguments = ["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1"] + options + ["--file", path, self.local()]
            // Not under the server's user, who may not be allowed to read the script.
            try Subprocess.run(["\(programs.folder)/psql"] + arguments, log: "\(folder)/psql.log")
        }
    }

    /// Runs SQL as the superuser.
    public func run(_ sql: String) async throws {
        let script = "script-\(UInt32.random(in: 0 ... .max)).sql"
        try append(sql, to: script)
        try await run(script: "\(folder)/\(script)")
    }

    /// Adds text to a file of the folder, which belongs to the server's user.
    public func append(_ text: String, to name: String) throws {
        let path = "\(folder)/\(name)"
        guard let file = fopen(path, "a") else { throw EmbeddedPostgresError("\(path): \(String(cString: strerror(errno)))") }
        fputs(text, file)
        fclose(file)
        chmod(path, 0o600)
        if let user = programs.user { chown(path, user.id, user.group) }
    }

    /// Starts it, after ``stop(keepingData:)``, and waits until it takes connections.
    public func resume() async throws {
        let command = programs.command("postgres", ["-D", "\(folder)/data"])
        let log = "\(folder)/server.log"
        // The thread stays with its process: the server is interrupted when it ends.
        try OwnThread.start { [weak self] in
            guard let pid = try? Subprocess.spawn(command, log: log) else {
                self?.state.withLock { $0.end = 127 }
                return
            }
            self?.state.withLock { $0 = State(pid: pid) }
            let end = Subprocess.wait(for: pid)
            self?.state.withLock { $0 = State(pid: nil, end: end) }
        }
        for _ in 0..<600 {
            if state.withLock({ $0.end }) != nil { break }
            let connection = local()
            if try await OwnThread.run({ Client.canConnect(connection) }) { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw EmbeddedPostgresError("PostgreSQL does not start: \(Subprocess.tail(of: log))")
    }

    /// Stops it; sessions are ended.
    /// - Parameter keepingData: whether ``resume()`` may follow; the folder is removed otherwise.
    public func stop(keepingData: Bool = false) async {
        thaw()
        signal(SIGINT)
        for round in 0..<200 where state.withLock({ $0.pid }) != nil {
            if round == 100 { signal(SIGKILL) }
            // Also when the task is cancelled: the folder must not be removed under a server that runs.
            try? await OwnThread.run { _ = usleep(50_000) }
        }
        guard !keepingData else {
            state.withLock { $0.end = nil }
            return
        }
        let (folder, isFirst) = (
            folder,
            state.withLock { state in
                defer { state.isRemoved = true }
                return !state.isRemoved
            }
        )
        guard isFirst else { return }
        try? await OwnThread.run { _ = try Subprocess.wait(for: Subprocess.spawn(["/bin/rm", "-rf", folder], log: "/dev/null")) }
    }

    /// Stops every process of it in its tracks (SIGSTOP); it accepts connections still, since the kernel does, and answers nothing.
    public func freeze() { signalAll(SIGSTOP) }

    /// Lets it go on.
    public func thaw() { signalAll(SIGCONT) }

    /// Backends have process groups of their own: they are found by their parent.
    private func signalAll(_ signal: Int32) {
        guard let pid = state.withLock({ $0.pid }) else { return }
        for process in [pid] + ProcessTable.children(of: pid) { _ = kill(process, signal) }
    }

    private func signal(_ signal: Int32) { if let pid = state.withLock({ $0.pid }) { _ = kill(pid, signal) } }
}
