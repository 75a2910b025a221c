import CPostgres

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a connection is for.
enum ConnectionUse {
    /// Reading sessions and ending some: nothing can be written.
    case sessions
    /// Rows of our own.
    case rows

    fileprivate func options(_ milliseconds: Int64) -> String {
        switch self {
        case .sessions: "-c default_transaction_read_only=on"
        // Whoever is stopped in the middle of a transaction must not keep its locks from a successor.
        case .rows: "-c idle_in_transaction_session_timeout=\(milliseconds)"
        }
    }
}

/// What a rule says about a connection, as libpq understands it.
struct ConnectionSettings {
    /// The text of the rule.
    let text: String
    /// What it sets, by libpq's keywords; without what the environment and service files add.
    let given: [String: String]

    /// Reads the text; asks nobody.
    /// - Throws: a failure of kind `configuration`, which repeats no value: a part of a text that is not understood may be a password.
    init(_ text: String) throws(ServerFailure) {
        self.text = text
        guard !text.utf8.contains(0) else { throw ServerFailure(.configuration, "connection: holds a zero byte") }
        let isURI = text.hasPrefix("postgresql://") || text.hasPrefix("postgres://")
        guard isURI || text.contains("=") else {
            given = text.isEmpty ? [:] : ["dbname": text]
            return
        }
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(text, &message) else {
            let said = message.map { String(cString: $0) } ?? "out of memory"
            PQfreemem(message)
            throw ServerFailure(
                .configuration,
                "connection: libpq does not understand it (\(Self.withoutQuotes(said))): write a URI (postgresql://role@host:5432/database) or host=… port=… user=… dbname=…"
            )
        }
        defer { PQconninfoFree(options) }
        given = Self.values(options)
        // A password with a slash makes the text before it a host and a port.
        guard (given["port"] ?? "").utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2C }) else {
            throw ServerFailure(
                .configuration,
                "connection: the port is no number: write postgresql://role@host:5432/database or port=5432, and no password")
        }
        for secret in ["password", "sslpassword"] where given[secret] != nil {
            throw ServerFailure(
                .configuration,
                "connection: holds a \(secret), which does not belong into a rule: put it into "
                    + (secret == "password"
                        ? "PGPASSWORD, into the file that PGPASSFILE names or into a mounted file that passwordFile names"
                        : "the service file that PGSERVICEFILE names"))
        }
    }

    /// The values of libpq's list of options, by keyword.
    static func values(_ options: UnsafeMutablePointer<PQconninfoOption>) -> [String: String] {
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return values
    }

    /// What lies between the first and the last quote is the rule's own text.
    private static func withoutQuotes(_ text: String) -> String {
        guard let first = text.firstIndex(of: "\""), let last = text.lastIndex(of: "\""), first < last else {
            return ServerFailure.bounded(text)
        }
        return ServerFailure.bounded(text[..<first] + "…" + text[text.index(after: last)...])
    }

    /// Keywords and values for libpq, in order: what comes later wins.
    /// - Parameters:
    ///   - timeout: how long a statement may take; also how long sent bytes may stay without an answer of the peer's TCP.
    ///   - use: what the connection is for.
    ///   - sendsOptions: whether the server's own time-outs are asked for.
    func parameters(password: String?, timeout: Duration, use: ConnectionUse, sendsOptions: Bool) -> [(keyword: String, value: String)] {
        let (seconds, attoseconds) = timeout.components
        let milliseconds = max(1, seconds * 1000 + attoseconds / 1_000_000_000_000_000)
        // libpq tries several hosts one after another: each has its share of the time to take the connection.
        let hosts = given["host"] ?? given["hostaddr"] ?? getenv("PGHOST").map { String(cString: $0) } ?? ""
        let share = max(1, milliseconds / Int64(hosts.count { $0 == "," } + 1))
        var parameters = [
            ("fallback_application_name", "self-healing-automaton"), ("keepalives", "1"), ("keepalives_idle", "30"),
            ("keepalives_interval", "10"), ("keepalives_count", "3"), ("tcp_user_timeout", String(share)),
        ]
        if !text.isEmpty { parameters.append(("dbname", text)) }
        parameters.append(("client_encoding", "UTF8"))
        if sendsOptions {
            // What the rule or the environment asks for stays, unless it is about these. The search path keeps functions that others made
            // out of the statements.
            let own = given["options"] ?? getenv("PGOPTIONS").map { String(cString: $0) } ?? ""
            parameters.append(
                (
                    "options",
                    "\(own) -c statement_timeout=\(milliseconds) -c lock_timeout=\(milliseconds) \(use.options(milliseconds)) -c search_path=pg_catalog"
                ))
        }
        if let password { parameters.append(("password", password)) }
        return parameters
    }

    /// Host and port as people say them, from libpq's complete options: `db:5432`, `db-1:5432,db-2:5432`.
    static func name(_ options: [String: String]) -> String {
        func list(_ key: String) -> [Substring] { (options[key] ?? "").split(separator: ",", omittingEmptySubsequences: false) }
        let hosts = (options["host"] ?? "").isEmpty ? list("hostaddr") : list("host")
        let ports = list("port")
        return (hosts.isEmpty ? ["localhost"] : hosts).enumerated().map { index, host in
            let port = index < ports.count ? ports[index] : ports.last ?? ""
            // A directory of Unix sockets is this machine.
            let machine = host.isEmpty || host.hasPrefix("/") || host.hasPrefix("@") ? "localhost" : host
            return "\(machine.contains(":") ? "[\(machine)]" : machine):\(port.isEmpty ? "5432" : port)"
        }.joined(separator: ",")
    }
}
