extension PostgresServer {
    /// The keys under `with:` that name a server; the check and the remediation of a rule write them alike.
    public static let parameterNames = ["connection", "passwordFile", "timeout"]

    /// Names a server as a rule does.
    /// - Throws: ``ParameterError`` when a value makes no sense, or is a secret; it never repeats the connection.
    public init(connection: String?, passwordFile: String?, timeout: ConfiguredDuration?) throws {
        let connection = connection ?? ""
        if connection.utf8.count > 2000 || connection.utf8.contains(where: { $0 < 0x20 }) {
            throw ParameterError(
                "connection", "is no connection: write a URI (postgresql://role@host:5432/database) or host=… user=… on one line")
        }
        if Self.holdsPassword(connection) {
            throw ParameterError(
                "connection",
                "holds a password, which does not belong into a rule: put it into PGPASSWORD, into the file that PGPASSFILE names or into a mounted file, and write its path under passwordFile"
            )
        }
        if let passwordFile, !passwordFile.hasPrefix("/") || passwordFile.utf8.contains(0) {
            throw ParameterError(
                "passwordFile", "is not an absolute path: write where the file with the password is mounted, such as /etc/postgres/password"
            )
        }
        let timeout = timeout?.duration ?? .seconds(10)
        guard (.seconds(1)...(.minutes(1))).contains(timeout) else {
            throw ParameterError("timeout", "\(timeout.readable) is out of range: write 1s to 1m")
        }
        self.init(connection: connection, passwordFile: passwordFile, timeout: timeout)
    }

    /// The server as a rule names it, to be held against another of the same rule; never shown, since nobody knows what it holds.
    public func ruleName(_ name: String?) -> String { "\(connection) \(name ?? "")" }

    /// Whether a password can be told at a glance. The adapter reads the connection with libpq's own parser and refuses the rest.
    private static func holdsPassword(_ connection: String) -> Bool {
        var packed = connection.lowercased()
        packed.removeAll { $0 == " " }
        if packed.contains("password=") { return true }
        guard packed.hasPrefix("postgresql://") || packed.hasPrefix("postgres://"), let at = packed.firstIndex(of: "@") else {
            return false
        }
        let user = packed[..<at].split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false).last ?? ""
        return user.contains(":") && !user.contains("?")
    }
}
