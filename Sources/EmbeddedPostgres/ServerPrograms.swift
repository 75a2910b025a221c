#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The programs of a PostgreSQL server on this machine, and the user who may run them: they refuse root.
struct ServerPrograms: Hashable, Sendable {
    /// Where `initdb`, `postgres` and `psql` lie.
    let folder: String
    /// Whom to run them as; nil for ourselves.
    let user: User?

    struct User: Hashable, Sendable {
        var name: String
        var id: uid_t
        var group: gid_t
    }

    /// Looks in `/usr/lib/postgresql`, newest first, in `/usr/local/pgsql` and in `PATH`.
    /// - Throws: ``EmbeddedPostgresError`` that says what to install.
    static func find() throws(EmbeddedPostgresError) -> ServerPrograms {
        let needed = ["initdb", "postgres", "psql"]
        let versions = entries(of: "/usr/lib/postgresql").compactMap { Int($0) }.sorted(by: >)
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        let folders =
            versions.map { "/usr/lib/postgresql/\($0)/bin" } + ["/usr/local/pgsql/bin"] + path.split(separator: ":").map(String.init)
        guard let folder = folders.first(where: { (folder: String) in needed.allSatisfy { access("\(folder)/\($0)", X_OK) == 0 } }) else {
            throw EmbeddedPostgresError(
                "no PostgreSQL server is installed here (\(needed.joined(separator: ", ")) in /usr/lib/postgresql or PATH): install the package postgresql"
            )
        }
        return ServerPrograms(folder: folder, user: geteuid() == 0 ? try unprivileged() : nil)
    }

    private static func unprivileged() throws(EmbeddedPostgresError) -> User {
        guard access("/usr/bin/setpriv", X_OK) == 0 else {
            throw EmbeddedPostgresError("PostgreSQL refuses to run as root, and setpriv is missing: run this as another user")
        }
        for name in ["postgres", "nobody"] {
            var entry = passwd()
            var found: UnsafeMutablePointer<passwd>?
            var buffer = [CChar](repeating: 0, count: 16 << 10)
            if getpwnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil {
                return User(name: name, id: entry.pw_uid, group: entry.pw_gid)
            }
        }
        throw EmbeddedPostgresError("PostgreSQL refuses to run as root, and there is no user postgres or nobody: run this as another user")
    }

    static func entries(of folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) { $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) } }
            )
        }
        return names
    }

    /// The command line of one of the programs, under its user; it is interrupted when the thread that started it ends.
    func command(_ program: String, _ arguments: [String]) -> [String] {
        let own = ["\(folder)/\(program)"] + arguments
        guard access("/usr/bin/setpriv", X_OK) == 0 else { return own }
        var prefix = ["/usr/bin/setpriv", "--pdeathsig", "INT"]
        if let user { prefix += ["--reuid", String(user.id), "--regid", String(user.group), "--clear-groups"] }
        return prefix + ["--"] + own
    }
}
