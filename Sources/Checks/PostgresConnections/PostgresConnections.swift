public import AutomatonCore

/// Reads how many of a PostgreSQL server's connection slots are taken, and by whom.
///
/// One finding a server. Its figures: `used` (percent of the slots that are open to ordinary roles; at 100 they are refused), `sessions`,
/// `slots`, and `idle`, `idleInTransaction`, `active` (sessions in that state) and `longestIdle` (seconds, idle in a transaction or not).
/// The last four are missing while the server does not say what its sessions do. Who holds most of them is in the finding's details.
public struct PostgresConnections: Check {
    /// What a rule writes under `with:`.
    public struct Parameters: Decodable, Hashable, Sendable {
        /// A URI or connection string of libpq, without a password; nil for libpq's environment (`PGHOST`, `PGSERVICE`, …).
        public var connection: String?
        /// A mounted file that holds the password; nil for `PGPASSWORD` or `PGPASSFILE`.
        public var passwordFile: String?
        /// How long connecting and reading may take together; nil for ten seconds.
        public var timeout: ConfiguredDuration?
        /// What the server is called; nil for its host and port.
        public var name: String?

        /// Makes parameters.
        public init(connection: String? = nil, passwordFile: String? = nil, timeout: ConfiguredDuration? = nil, name: String? = nil) {
            self.connection = connection
            self.passwordFile = passwordFile
            self.timeout = timeout
            self.name = name
        }
    }

    public static let name = "postgres-connections"
    public static let documentation = Documentation(
        """
        Reads how many of a PostgreSQL server's connection slots are taken, and by whom, over one connection that is kept open. The role \
        it needs is in [docs/postgresql.md](../docs/postgresql.md).
        """,
        parameters: [
            .init(
                "connection", "a URI or connection string of libpq, without a password", standard: "libpq's environment",
                "Which server: `postgresql://automaton@db:5432/orders?sslmode=verify-full`; or `PGHOST`, `PGSERVICE`, … of the environment."
            ),
            .init(
                "passwordFile", "an absolute path", standard: "`PGPASSWORD`, `PGPASSFILE`",
                "A mounted file that holds the password; read anew at each connect."),
            .init("timeout", "a time span from 1s to 1m", standard: "10s", "How long connecting and a statement may take together."),
            .init("name", "a name", standard: "host and port", "What the server is called."),
        ],
        figures: [
            .init("used", unit: "%", "of the slots that are open to ordinary roles; at 100 they are refused"),
            .init("sessions", "sessions that hold a slot"), .init("slots", "slots that are open to ordinary roles"),
            .init("idle", "sessions that wait for a command"), .init("idleInTransaction", "sessions that wait within a transaction"),
            .init("active", "sessions that run a query"), .init("longestIdle", unit: "s", "how long the longest of them has been idle"),
        ],
        example: """
            name: orders-db
            check: postgres-connections
            with: { connection: "postgresql://automaton@orders-db/postgres", passwordFile: /run/secrets/orders-db/password }
            when:
              - { above: $(POSTGRES_CONN_THRESHOLD), priority: medium }
            remediations:
              - use: terminate-idle-sessions
                with:
                  connection: "postgresql://automaton@orders-db/postgres"
                  passwordFile: /run/secrets/orders-db/password
                  downTo: 70
            """)
    public static let vocabulary = Vocabulary(
        figures: ["used", "sessions", "slots", "idle", "idleInTransaction", "active", "longestIdle"])
    public static let subjects: Set<Subject.Kind> = [.database]
    public static let permissions: [Permission] = []

    public var serverName: String? { server.ruleName(name) }
    private let server: PostgresServer
    private let name: String?

    /// Makes the check from its parameters.
    /// - Throws: ``ParameterError`` when a value makes no sense.
    public init(_ parameters: Parameters) throws {
        server = try PostgresServer(
            connection: parameters.connection, passwordFile: parameters.passwordFile, timeout: parameters.timeout)
        if let name = parameters.name, name.isEmpty || name.utf8.count > 100 || name.utf8.contains(where: { $0 <= 0x20 }) {
            throw ParameterError("name", "is no name: write at most 100 characters without spaces, such as orders-db")
        }
        name = parameters.name
    }

    public func run(in environment: Environment) async throws -> [Finding] {
        let reading = try await environment.sessions.read(server)
        guard reading.slots > 0 else {
            throw PortError.refused("PostgreSQL at \(reading.name) has no slot for ordinary roles (max_connections \(reading.maximum))")
        }
        return [
            Finding(
                Subject(.database, namespace: "", name: name ?? reading.name), observedAt: environment.now(),
                .seen(ConnectionUse(reading).evidence))
        ]
    }
}
