import AutomatonCore

/// Why a server did not do what it was asked, before it is told to people.
struct ServerFailure: Error {
    enum Kind: Hashable {
        /// Nobody waits for the answer any more.
        case abandoned
        /// The time was over, in the phase that is named.
        case timedOut(while: String)
        /// What the rule or the environment says about the server cannot be used.
        case configuration
        /// The connection could not be opened.
        case connecting
        /// The connection broke.
        case lost
        /// The server answered a statement with an error.
        case statement
    }

    var kind: Kind
    /// What libpq or the server said: one line, bounded.
    var message: String
    /// The server's code, where it gave one.
    var sqlState: String?
    /// When it was not tried again now: how long until it may be.
    var retryAfter: Duration?

    init(_ kind: Kind, _ message: String = "", sqlState: String? = nil) {
        self.kind = kind
        self.message = message
        self.sqlState = sqlState
    }

    /// Takes the code out of a message of libpq's verbose kind (`FATAL:  53300: sorry, …`): a connection that failed has no other place
    /// for it. The severity's name is in the server's language.
    init(connecting text: String) {
        var lines: [Substring] = []
        var sqlState: String?
        for line in text.split(separator: "\n") where !line.hasPrefix("LOCATION:") {
            let parts = line.split(separator: ":", omittingEmptySubsequences: false)
            for (part, next) in zip(parts, parts.dropFirst()) where next.hasPrefix(" ") {
                let word = part.drop { $0 == " " }
                if word.utf8.count == 5, part.hasPrefix("  "), word.utf8.allSatisfy(Self.isCode) { sqlState = String(word) }
            }
            lines.append(line)
        }
        self.init(.connecting, Self.bounded(lines.joined(separator: "; ")), sqlState: sqlState)
    }

    private static func isCode(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) }

    /// One line of at most 400 characters.
    static func bounded(_ text: String) -> String {
        var line = ""
        for scalar in text.unicodeScalars.prefix(400) { line.unicodeScalars.append(scalar.value < 0x20 ? " " : scalar) }
        while line.last == " " { line.removeLast() }
        return line
    }

    /// Whether somebody between here and the server does not take the settings that are sent along when a connection is opened.
    var isAboutOptions: Bool {
        kind == .connecting && (message.contains("startup parameter") || message.contains("command-line options"))
    }
}

/// The names that texts about a failure use; none is a secret.
struct ServerNames: Hashable {
    /// `db:5432`.
    var server: String
    /// The role.
    var role: String
    /// The database.
    var database: String
}

extension ServerFailure {
    /// The failure as the core understands it and people can act on it.
    func portError(_ names: ServerNames) -> PortError {
        guard let retryAfter, case .unavailable(let why, _) = errorNow(names) else { return errorNow(names) }
        return .unavailable("\(why); it is tried again in \(retryAfter.readable)", retryAfter: retryAfter)
    }

    private func errorNow(_ names: ServerNames) -> PortError {
        let server = "PostgreSQL at \(names.server)"
        switch kind {
        case .abandoned: return .unavailable("\(server) was not waited for", retryAfter: nil)
        case .timedOut(let phase): return .unavailable("\(server) does not answer in time (\(phase))", retryAfter: nil)
        case .configuration: return .refused(message)
        case .lost: return .unavailable("\(server) closed the connection: \(message)", retryAfter: nil)
        case .connecting: return connectionError(server, names)
        case .statement:
            let said = "\(server) answered with an error (\(sqlState ?? "no code"): \(message))"
            return sqlState == "42501" ? .refused(said) : .unavailable(said, retryAfter: nil)
        }
    }

    private func connectionError(_ server: String, _ names: ServerNames) -> PortError {
        let role = names.role
        switch sqlState {
        case "53300":
            return .unavailable(
                "\(server) has no slot for a new connection (\(message)). The one that is kept open goes on when slots run out, but there was none yet. Free a slot, or keep some for this role: reserved_connections and GRANT pg_use_reserved_connections (PostgreSQL 16 and later)",
                retryAfter: nil)
        case "28P01":
            return .refused(
                "\(server) does not take the password of role \(role) (28P01): put the right one into PGPASSWORD, into the file that PGPASSFILE names or into the file that passwordFile names"
            )
        case "28000":
            return .refused(
                "\(server) does not let role \(role) in (\(message)): the role must exist with LOGIN, and pg_hba.conf must have a line for it, this address and this TLS mode"
            )
        case "3D000":
            return .refused("\(server) has no database \(names.database) (3D000): name one that exists, such as dbname=postgres")
        case "42501":
            return .refused("\(server) does not let role \(role) into database \(names.database) (\(message)): GRANT CONNECT ON DATABASE")
        case "57P03": return .unavailable("\(server) is starting, stopping or recovering (\(message))", retryAfter: nil)
        default: break
        }
        if message.contains("no password supplied") {
            return .refused(
                "\(server) wants a password for role \(role), and there is none: put it into PGPASSWORD, into the file that PGPASSFILE names or into the file that passwordFile names"
            )
        }
        let isAboutTLS = ["SSL", "certificate", "TLS"].contains { message.contains($0) }
        // A network that breaks in the middle of it says nothing about TLS.
        if isAboutTLS, !["Connection refused", "SSL SYSCALL", "closed"].contains(where: { message.contains($0) }) {
            return .refused("\(server): TLS does not come about (\(message)): see sslmode and sslrootcert")
        }
        return .unavailable("\(server) cannot be reached: \(message)", retryAfter: nil)
    }
}
