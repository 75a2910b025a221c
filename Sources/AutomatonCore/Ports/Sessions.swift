/// The sessions of PostgreSQL servers. Nothing here can change data or schema: the one thing that it does is to end sessions.
public protocol Sessions: Sendable {
    /// Reads slots and sessions of a server, over the one connection that is kept open to it, within the server's time-out.
    /// - Throws: ``PortError/unavailable(_:retryAfter:)`` when it does not answer or its slots are full,
    ///   ``PortError/refused(_:)`` when a right is missing (the text names the GRANT) or the configuration is wrong.
    func read(_ server: PostgresServer) async throws(PortError) -> SessionsReading

    /// Ends those of the named sessions that are still what they were: same backend, still idle for as long.
    ///
    /// One statement. Answers with those that were signalled; whether they are gone is for the next reading to say.
    func terminate(_ termination: SessionTermination) async throws(PortError) -> [Session]
}

/// How a PostgreSQL server is reached. Holds no secret: passwords stay in the environment, in `PGPASSFILE` or in the file named here.
public struct PostgresServer: Hashable, Codable, Sendable {
    /// A connection URI or string as libpq reads it, without a password; empty for libpq's environment (`PGHOST`, `PGSERVICE`, …).
    public var connection: String
    /// A mounted file that holds the password; nil for libpq's own ways.
    public var passwordFile: String?
    /// How long connecting and each statement may take.
    public var timeout: Duration

    /// Names a server.
    public init(connection: String = "", passwordFile: String? = nil, timeout: Duration = .seconds(10)) {
        self.connection = connection
        self.passwordFile = passwordFile
        self.timeout = timeout
    }
}

/// The sessions of a server at one instant.
public struct SessionsReading: Hashable, Sendable {
    /// What people call the server: host and port as they are configured (`db:5432`), the same whichever host of a list answered.
    public var name: String
    /// `max_connections`.
    public var maximum: Int
    /// Slots that ordinary roles cannot use: `superuser_reserved_connections`, and `reserved_connections` from version 16 on.
    public var reserved: Int
    /// Every client session, also the reader's own, and every other process that holds one of the slots (walsenders do not).
    public var sessions: [Session]
    /// Why the reader may not end sessions, and the GRANT that would let it; nil when it may.
    public var terminationRefusal: String?

    /// Slots that are open to ordinary roles; they are refused when as many are taken, by whomever.
    public var slots: Int { maximum - reserved }

    /// Makes a reading.
    public init(name: String, maximum: Int, reserved: Int, sessions: [Session], terminationRefusal: String? = nil) {
        self.name = name
        self.terminationRefusal = terminationRefusal
        self.maximum = maximum
        self.reserved = reserved
        self.sessions = sessions
    }
}

/// One session.
public struct Session: Hashable, Codable, Sendable {
    /// `pg_stat_activity.state`.
    public enum State: String, Hashable, Codable, Sendable, CaseIterable {
        /// Runs a query.
        case active
        /// Waits for a command.
        case idle
        /// Waits for a command within a transaction.
        case idleInTransaction = "idle in transaction"
        /// The same, after an error.
        case idleInTransactionAborted = "idle in transaction (aborted)"
        /// Runs a fast-path function.
        case fastpath = "fastpath function call"
        /// `track_activities` is off for it, or a state that this version does not know.
        case unknown
    }

    /// Process ID of its backend.
    public var pid: Int32
    /// `backend_start`, microseconds since 1970: with the pid, it names the session for good.
    public var startedAt: Instant
    /// Its role.
    public var role: String
    /// Its database.
    public var database: String
    /// `application_name`, at most 63 bytes.
    public var application: String
    /// The client's address; empty for a Unix socket.
    public var address: String
    /// What it does.
    public var state: State
    /// How long it has been in that state, by the server's clock.
    public var stateFor: Duration
    /// Whether it must never be ended: an automaton's own, a superuser's, a replication role's, or no client backend.
    public var isProtected: Bool

    /// Makes a session.
    public init(
        pid: Int32, startedAt: Instant, role: String, database: String, application: String, address: String, state: State,
        stateFor: Duration, isProtected: Bool
    ) {
        self.pid = pid
        self.startedAt = startedAt
        self.role = role
        self.database = database
        self.application = application
        self.address = address
        self.state = state
        self.stateFor = stateFor
        self.isProtected = isProtected
    }
}

/// Sessions to be ended, and what must still be so.
public struct SessionTermination: Hashable, Codable, Sendable {
    /// On which server.
    public var server: PostgresServer
    /// Which sessions, in order; bounded.
    public var sessions: [Session]
    /// They must be in one of these states still…
    public var states: [Session.State]
    /// …for at least this long.
    public var idleFor: Duration

    /// Makes a termination.
    public init(server: PostgresServer, sessions: [Session], states: [Session.State], idleFor: Duration) {
        self.server = server
        self.sessions = sessions
        self.states = states
        self.idleFor = idleFor
    }
}
