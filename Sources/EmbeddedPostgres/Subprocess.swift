#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Starts programs, with their output in a file. Everything here blocks: to be called on a thread of its own.
enum Subprocess {
    /// Starts a program and answers with its process ID.
    static func spawn(_ command: [String], log: String) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A group of its own: an interrupt at the terminal is ours to pass on.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        posix_spawnattr_setpgroup(&attributes, 0)
        let arguments = command.map { strdup($0) }
        let environment = ["PATH=/usr/bin:/bin", "LC_ALL=C"].map { (entry: String) in strdup(entry) }
        defer {
            for copy in arguments + environment { free(copy) }
        }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, command[0], &actions, &attributes, arguments + [nil], environment + [nil])
        guard code == 0 else { throw EmbeddedPostgresError("\(command[0]) does not start: \(String(cString: strerror(code)))") }
        return pid
    }

    /// Waits for the end of a program; its exit code, or 128 and the signal.
    static func wait(for pid: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }

    /// Runs a program to its end.
    static func run(_ command: [String], log: String) throws {
        let code = wait(for: try spawn(command, log: log))
        guard code == 0 else { throw EmbeddedPostgresError("\(command.joined(separator: " ")) ended with code \(code): \(tail(of: log))") }
    }

    /// The end of a log.
    static func tail(of path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        fseek(file, 0, SEEK_END)
        fseek(file, max(0, ftell(file) - 2000), SEEK_SET)
        var bytes = [UInt8](repeating: 0, count: 2000)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
