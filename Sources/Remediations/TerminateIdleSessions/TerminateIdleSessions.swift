public import AutomatonCore

/// Ends sessions of a PostgreSQL server that have been idle for long, longest first, and only as many as are needed.
///
/// Never its own, a superuser's, a replication role's or one that the rule exempts. It needs the server that the check of the rule
/// reads: the same `connection`, `passwordFile` and `name`; a finding about another server is refused. It cannot be taken back.
public struct TerminateIdleSessions: Remediation {
    /// What a rule writes under `with:`.
    public struct Parameters: Decodable, Hashable, Sendable {
        /// As the check's.
        public var connection: String?
        /// As the check's.
        public var passwordFile: String?
        /// How long connecting and a statement may take together; nil for ten seconds.
        public var timeout: ConfiguredDuration?
        /// As the check's.
        public var name: String?
        /// Only sessions that have been idle for at least this long; nil for ten minutes.
        public var idleFor: ConfiguredDuration?
        /// `first`: those that are idle in a transaction, too, and before the others; nil or `never`: only those that are plainly idle.
        public var inTransaction: String?
        /// Only as many as bring the use down to this share of the slots, in percent; nil for all that qualify.
        public var downTo: Double?
        /// Roles that are spared; `*` stands for any characters, `?` for one.
        public var exemptRoles: [String]?
        /// Values of `application_name` that are spared; `*` stands for any characters, `?` for one.
        public var exemptApplications: [String]?
        /// Addresses of clients that are spared: `10.0.0.7`, `10.0.0.0/8`, `local` for Unix sockets.
        public var exemptAddresses: [String]?
        /// The most that one attempt ends; nil for 500.
        public var limit: Int?

        /// Makes parameters; all have defaults.
        public init() {}
    }

    public static let name = "terminate-idle-sessions"
    public static let documentation = Documentation(
        """
        Ends sessions of a PostgreSQL server that have been idle for long, longest first. Never its own, a superuser's, a replication \
        role's or one that the rule exempts. It needs the server that the rule's check reads: write the same `connection`, `passwordFile` \
        and `name`. It cannot be taken back.
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
            .init("idleFor", "a time span from 10s to 7d", standard: "10m", "Only sessions that have been idle for at least this long."),
            .init(
                "inTransaction", "`first` or `never`", standard: "`never`",
                "With `first`, sessions that are idle in a transaction are ended, too, and before the others."),
            .init("downTo", "a percentage", standard: "all that qualify", "Only as many as bring the use down to this share of the slots."),
            .init("exemptRoles", "a list of roles", standard: "none", "These are spared; `*` stands for any characters, `?` for one."),
            .init(
                "exemptApplications", "a list of names", standard: "none",
                "Values of `application_name` that are spared (poolers); `*` stands for any characters, `?` for one."),
            .init(
                "exemptAddresses", "a list of addresses", standard: "none",
                "Clients that are spared: `10.0.0.7`, `10.0.0.0/8`, `local` for Unix sockets."),
            .init("limit", "a number from 1 to 1000", standard: "500", "The most that one attempt ends."),
        ],
        example: """
            name: too-many-sessions
            check: postgres-connections
            when:
              - { above: 90, priority: high }
            remediations:
              - use: terminate-idle-sessions
                with: { idleFor: 10m, inTransaction: first, downTo: 70, exemptApplications: ["pgbouncer*"] }
            """)
    public static let action = "cleanup_postgres_connections"
    public static let subjects: Set<Subject.Kind> = [.database]
    public static let permissions: [Permission] = []

    /// How many sessions are named one by one, in plans and reports.
    private static let mostNamed = 100

    public var serverName: String? { server.ruleName(name) }
    private let server: PostgresServer
    private let name: String?
    private let terms: SessionChoice.Terms
    /// How long those that were told to end may take before it is counted who is gone.
    var patience: Duration = .seconds(5)

    /// Makes the remediation from its parameters.
    /// - Throws: ``ParameterError`` when a value makes no sense.
    public init(_ parameters: Parameters) throws {
        server = try PostgresServer(
            connection: parameters.connection, passwordFile: parameters.passwordFile, timeout: parameters.timeout)
        name = parameters.name
        let idleFor = parameters.idleFor?.duration ?? .minutes(10)
        guard (.seconds(10)...(.hours(7 * 24))).contains(idleFor) else {
            throw ParameterError(
                "idleFor",
                "\(idleFor.readable) is out of range: write 10s to 7d; a session that is in use is idle between two statements, too")
        }
        guard [nil, "first", "never"].contains(parameters.inTransaction) else {
            throw ParameterError(
                "inTransaction",
                "is neither first nor never: write first to end sessions that are idle in a transaction, too, and before the others")
        }
        if let downTo = parameters.downTo, !(0...100).contains(downTo) {
            throw ParameterError("downTo", "\(downTo) is out of range: write percent of the slots, from 0 to 100")
        }
        let limit = parameters.limit ?? 500
        guard (1...1000).contains(limit) else { throw ParameterError("limit", "\(limit) is out of range: write 1 to 1000") }
        for (key, list) in [("exemptRoles", parameters.exemptRoles), ("exemptApplications", parameters.exemptApplications)]
        where list?.contains("") == true {
            throw ParameterError(key, "holds an empty entry: write a name; * stands for any characters, ? for one")
        }
        let ranges = try (parameters.exemptAddresses ?? []).map { text in
            guard let range = AddressRange(text) else {
                throw ParameterError(
                    "exemptAddresses", "'\(text)' is no address: write 10.0.0.7, 10.0.0.0/8, fd00::/8, or local for Unix sockets")
            }
            return range
        }
        terms = SessionChoice.Terms(
            idleFor: idleFor,
            states: parameters.inTransaction == "first" ? [.idleInTransaction, .idleInTransactionAborted, .idle] : [.idle],
            downTo: parameters.downTo, limit: limit, exemptRoles: (parameters.exemptRoles ?? []).map { NamePattern($0) },
            exemptApplications: (parameters.exemptApplications ?? []).map { NamePattern($0) }, exemptAddresses: ranges)
    }

    public func plan(for finding: Finding, on subject: Subject, in environment: Environment) async throws -> PlanAnswer {
        guard subject.kind == .database, subject == finding.subject else {
            return .refused("\(subject) has no sessions that could be ended: it is for the database that the check reports on")
        }
        let reading = try await environment.sessions.read(server)
        guard subject.name == name ?? reading.name else {
            return .refused(
                "the check reports on \(subject.name), and the remediation is set to \(name ?? reading.name): give both the same connection and name"
            )
        }
        if let why = reading.terminationRefusal { return .refused(why) }
        let choice = SessionChoice(reading, terms)
        if let downTo = terms.downTo, choice.needed == 0 {
            return .refused("\(Self.share(reading.sessions.count, reading)) are used, which is not above \(Figure("", downTo).text) %")
        }
        guard !choice.chosen.isEmpty else {
            let why = "no session of \(subject.name) may be ended (\(choice.rest(terms)))"
            // What is too young today qualifies soon: that is no reason to go on to the next remediation, or to a person.
            if let wait = choice.firstQualifiesIn {
                throw PortError.unavailable("\(why); the first may be in \(wait.readable)", retryAfter: wait)
            }
            return .refused(
                "\(why): \(Self.share(reading.sessions.count, reading)) are used"
            )
        }
        if let wait = choice.moreQualifyIn, choice.chosen.count < min(terms.limit, choice.needed ?? .max) {
            throw PortError.unavailable(
                "\(choice.chosen.count) sessions of \(subject.name) may be ended, and more within \(wait.readable)", retryAfter: wait)
        }
        return .plan(plan(choice, reading, subject, at: environment.now()))
    }

    private func plan(_ choice: SessionChoice, _ reading: SessionsReading, _ subject: Subject, at now: Instant) -> Plan {
        let left = reading.sessions.count - choice.chosen.count
        var summary =
            "terminate \(choice.chosen.count) of \(choice.idle) idle sessions of \(subject.name), each idle for \(terms.idleFor.readable) or longer: \(Self.share(reading.sessions.count, reading)), then \(left)"
        if let needed = choice.needed, needed > choice.chosen.count {
            let why = choice.qualified > choice.chosen.count ? "one attempt ends at most \(terms.limit)" : "no more may be ended"
            summary += "; that is \(needed - choice.chosen.count) too few, but \(why)"
        }
        // Since when, to the minute, and not how long: the same plan a minute later is the same plan.
        var changes = choice.chosen.prefix(Self.mostNamed).map {
            Change($0.label, before: "\($0.state.rawValue) since \((now - $0.stateFor).timeOfDay.prefix(5)) UTC", after: "ended")
        }
        if choice.chosen.count > Self.mostNamed {
            changes.append(Change("\(choice.chosen.count - Self.mostNamed) more sessions", before: "idle", after: "ended"))
        }
        return Plan(
            subject: subject, summary: summary, changes: changes,
            write: .sessions(
                SessionTermination(server: server, sessions: choice.chosen, states: terms.states, idleFor: terms.idleFor)))
    }

    public func apply(_ plan: Plan, stamp: Stamp, in environment: Environment) async throws(PortError) -> AttemptReport {
        guard case .sessions(let termination) = plan.write else { throw .refused("\(Self.name) did not plan to end sessions") }
        let told = try await environment.sessions.terminate(termination)
        guard !told.isEmpty else {
            throw .conflict("none of the \(termination.sessions.count) sessions is idle any more: nothing was ended")
        }
        return await report(told, of: termination, in: environment)
    }

    /// Reads again until those that were told to end are gone, or patience is.
    private func report(_ told: [Session], of termination: SessionTermination, in environment: Environment) async -> AttemptReport {
        let deadline = environment.now() + patience
        var waited: Duration = .zero
        var pause: Duration = .milliseconds(50)
        while true {
            let reading: SessionsReading
            do {
                reading = try await environment.sessions.read(termination.server)
            } catch {
                return AttemptReport(
                    "Terminated \(told.count) idle PostgreSQL connections; what followed is unknown: \(error)", details: Self.details(told))
            }
            let present = Set(reading.sessions.map { SessionIdentity($0) })
            let gone = told.filter { !present.contains(SessionIdentity($0)) }
            guard gone.count < told.count, waited < patience, environment.now() < deadline,
                (try? await environment.sleep(pause)) != nil
            else {
                var summary =
                    "Terminated \(gone.count) idle PostgreSQL connections; \(Self.share(reading.sessions.count, reading)) are used now"
                if gone.count < told.count { summary += "; \(told.count - gone.count) more were told to end and have not yet" }
                return AttemptReport(summary, details: Self.details(gone))
            }
            waited += pause
            pause = min(pause * 2, .seconds(1))
        }
    }

    public func revert(_ plan: Plan, in environment: Environment) async throws(PortError) {
        throw .refused("\(Self.name) cannot be taken back: clients connect again by themselves")
    }

    private static func details(_ sessions: [Session]) -> [String] {
        sessions.prefix(mostNamed).map(\.account) + (sessions.count > mostNamed ? ["and \(sessions.count - mostNamed) more"] : [])
    }

    /// `62 of 97 slots (63.9 %)`.
    private static func share(_ count: Int, _ reading: SessionsReading) -> String {
        let percent = (Double(count) / Double(max(1, reading.slots)) * 1000).rounded() / 10
        return "\(count) of \(reading.slots) slots (\(Figure("", percent).text) %)"
    }
}

/// A pid is used again; with the time at which its backend began, it names one session.
private struct SessionIdentity: Hashable {
    let pid: Int32
    let startedAt: Instant

    init(_ session: Session) {
        pid = session.pid
        startedAt = session.startedAt
    }
}

extension Figure {
    /// The number alone: `70`, `63.9`.
    fileprivate var text: String { String(summary.drop { $0 == " " }) }
}
