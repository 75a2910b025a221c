import AutomatonCore
import Testing

@testable import Remediations

@Suite struct TerminateIdleSessionsTests {
    private let database = Subject(.database, namespace: "", name: "db:5432")

    private func session(
        _ pid: Int32, role: String = "app", application: String = "web", address: String = "10.0.0.7", state: Session.State = .idle,
        for stateFor: Duration = .minutes(20), protected: Bool = false
    ) -> Session {
        Session(
            pid: pid, startedAt: now - .hours(5), role: role, database: "shop", application: application, address: address, state: state,
            stateFor: stateFor, isProtected: protected)
    }

    private func reading(_ sessions: [Session], refusal: String? = nil) -> SessionsReading {
        SessionsReading(name: "db:5432", maximum: 100, reserved: 3, sessions: sessions, terminationRefusal: refusal)
    }

    private func remediation(_ change: (inout TerminateIdleSessions.Parameters) -> Void = { _ in }) throws -> TerminateIdleSessions {
        var parameters = TerminateIdleSessions.Parameters()
        change(&parameters)
        var remediation = try TerminateIdleSessions(parameters)
        remediation.patience = .milliseconds(1)
        return remediation
    }

    private func environment(_ sessions: FakeSessions) -> Environment {
        var environment = world(FakeWorkloads(workload()))
        environment.sessions = sessions
        return environment
    }

    private func answer(_ remediation: TerminateIdleSessions, _ sessions: FakeSessions, on subject: Subject? = nil) async throws
        -> PlanAnswer
    {
        let subject = subject ?? database
        let finding = Finding(subject, observedAt: now, .seen(Evidence(figures: [Figure("used", 97, unit: "%")])))
        return try await remediation.plan(for: finding, on: subject, in: environment(sessions))
    }

    private func planned(_ remediation: TerminateIdleSessions, _ sessions: FakeSessions) async throws -> (Plan, SessionTermination) {
        guard case .plan(let plan) = try await answer(remediation, sessions), case .sessions(let termination) = plan.write else {
            throw PortError.refused("no plan of sessions: \(try await answer(remediation, sessions))")
        }
        return (plan, termination)
    }

    private func refusal(_ remediation: TerminateIdleSessions, _ sessions: FakeSessions, on subject: Subject? = nil) async throws -> String
    {
        guard case .refused(let why) = try await answer(remediation, sessions, on: subject) else { return "" }
        return why
    }

    @Test func endsTheLongestIdleDownToTheShare() async throws {
        let sessions = FakeSessions(reading((1...90).map { session($0, for: .minutes(10 + Int($0))) }))
        let (plan, termination) = try await planned(remediation { $0.downTo = 70 }, sessions)
        // 70 % of 97 slots are 67.9: 67 stay.
        #expect(termination.sessions.map(\.pid) == Array((68...90).reversed()))
        #expect(termination.states == [.idle] && termination.idleFor == .minutes(10))
        #expect(
            plan.summary
                == "terminate 23 of 90 idle sessions of db:5432, each idle for 10 min or longer: 90 of 97 slots (92.8 %), then 67")
        #expect(plan.subject == database && plan.inverse == nil && plan.stamps.isEmpty)
        #expect(
            plan.changes.first
                == Change("pid 90 (role app, application web, database shop, 10.0.0.7)", before: "idle since 06:20 UTC", after: "ended"))
        #expect(plan.changes.count == 23)

        let report = try await remediation().apply(plan, stamp: stamp(1), in: environment(sessions))
        #expect(report.summary == "Terminated 23 idle PostgreSQL connections; 67 of 97 slots (69.1 %) are used now")
        #expect(report.details.first == "pid 90 (role app, application web, database shop, 10.0.0.7), idle for 1 h 40 min")
        #expect(report.details.count == 23)
        await #expect(throws: PortError.refused("terminate-idle-sessions cannot be taken back: clients connect again by themselves")) {
            try await remediation().revert(plan, in: environment(sessions))
        }
    }

    @Test func sparesWhatMustNotEnd() async throws {
        let spared = [
            session(1, protected: true), session(2, role: "batch"), session(3, application: "pgbouncer-2"),
            session(4, address: "10.1.2.3"), session(5, address: "fd00::7"), session(6, address: ""),
            session(8, state: .active), session(9, state: .unknown), session(10, state: .idleInTransaction),
        ]
        let strict = try remediation {
            $0.exemptRoles = ["bat*", "other"]
            $0.exemptApplications = ["pgbouncer*"]
            $0.exemptAddresses = ["10.1.0.0/16", "fd00::/8", "local"]
        }
        #expect(
            try await refusal(strict, FakeSessions(reading(spared)))
                == "no session of db:5432 may be ended (6 idle: 1 protected (superuser, replication or automaton), 5 exempt by the rule): 9 of 97 slots (9.3 %) are used"
        )
        let (plan, termination) = try await planned(strict, FakeSessions(reading(spared + [session(11), session(12)])))
        #expect(termination.sessions.map(\.pid) == [11, 12])
        #expect(plan.summary.hasPrefix("terminate 2 of 8 idle sessions"))
    }

    @Test func whatIsTooYoungIsWaitedForInsteadOfGivenUp() async throws {
        func wait(_ sessions: [Session]) async -> Duration? {
            do {
                _ = try await answer(try remediation { _ in }, FakeSessions(reading(sessions)))
                return nil
            } catch PortError.unavailable(_, let wait) {
                return wait
            } catch {
                return .zero
            }
        }
        #expect(await wait([session(1, for: .minutes(9)), session(2, for: .minutes(3))]) == .minutes(1))
        // One leak: the rest of it qualifies within a moment.
        let rest = (2...5).map { session($0, for: .minutes(10) - .seconds(Int64($0))) }
        #expect(await wait([session(1, for: .minutes(10))] + rest) == .seconds(5))
        #expect(await wait([session(1, for: .minutes(10)), session(2, for: .minutes(10) - .seconds(1))]) == nil, "not for as few")
    }

    @Test func transactionsGoFirstWhereTheRuleSaysSo() async throws {
        let sessions = FakeSessions(
            reading([
                session(1, for: .hours(9)), session(2, state: .idleInTransaction, for: .minutes(11)),
                session(3, state: .idleInTransactionAborted, for: .minutes(12)), session(4, state: .idleInTransaction, for: .minutes(1)),
            ]))
        let (_, termination) = try await planned(remediation { $0.inTransaction = "first" }, sessions)
        #expect(termination.sessions.map(\.pid) == [3, 2, 1])
        #expect(termination.states == [.idleInTransaction, .idleInTransactionAborted, .idle])
    }

    @Test func boundsOneAttempt() async throws {
        let sessions = FakeSessions(reading((1...300).map { session($0) }))
        let (plan, termination) = try await planned(
            remediation {
                $0.limit = 120
                $0.downTo = 50
            }, sessions)
        #expect(termination.sessions.count == 120)
        #expect(plan.changes.count == 101)
        #expect(plan.changes.last?.field == "20 more sessions")
        #expect(plan.summary.hasSuffix("that is 132 too few, but one attempt ends at most 120"))
        let report = try await remediation().apply(plan, stamp: stamp(1), in: environment(sessions))
        #expect(report.details.count == 101 && report.details.last == "and 20 more")
        let scarce = FakeSessions(reading((1...90).map { session($0, state: $0 > 5 ? .active : .idle) }))
        let (few, _) = try await planned(remediation { $0.downTo = 70 }, scarce)
        #expect(few.summary.hasSuffix("that is 18 too few, but no more may be ended"))
    }

    @Test func refusesWithWhatItSaw() async throws {
        let sessions = FakeSessions(reading((1...60).map { session($0) }))
        #expect(
            try await refusal(remediation { $0.downTo = 70 }, sessions)
                == "60 of 97 slots (61.9 %) are used, which is not above 70 %")
        let grant = "role a of PostgreSQL at db:5432 may not end sessions: GRANT pg_signal_backend TO a"
        #expect(try await refusal(remediation(), FakeSessions(reading([session(1)], refusal: grant))) == grant)
        let other = Subject(.database, namespace: "", name: "orders")
        #expect(
            try await refusal(remediation(), sessions, on: other).contains(
                "the check reports on orders, and the remediation is set to db:5432"))
        #expect(try await refusal(remediation { $0.name = "orders" }, sessions, on: other) == "")
        #expect(try await refusal(remediation(), sessions, on: email).contains("has no sessions that could be ended"))
    }

    @Test func tellsWhatBecameOfThem() async throws {
        let sessions = FakeSessions(reading((1...5).map { session($0) }))
        sessions.resume([1])
        sessions.hangOn([2])
        let (plan, _) = try await planned(remediation(), sessions)
        let report = try await remediation().apply(plan, stamp: stamp(1), in: environment(sessions))
        #expect(
            report.summary
                == "Terminated 3 idle PostgreSQL connections; 2 of 97 slots (2.1 %) are used now; 1 more were told to end and have not yet")
        #expect(report.details.count == 3)

        let blind = FakeSessions(reading([session(1)]))
        blind.failReading(.unavailable("db is gone", retryAfter: nil))
        let (unseen, _) = try await planned(remediation(), blind)
        #expect(
            try await remediation().apply(unseen, stamp: stamp(1), in: environment(blind)).summary
                == "Terminated 1 idle PostgreSQL connections; what followed is unknown: db is gone")

        let awake = FakeSessions(reading([session(1)]))
        awake.resume([1])
        let (late, _) = try await planned(remediation(), awake)
        await #expect(throws: PortError.conflict("none of the 1 sessions is idle any more: nothing was ended")) {
            try await remediation().apply(late, stamp: stamp(1), in: environment(awake))
        }
        let lost = FakeSessions(reading([session(1)]))
        lost.failTermination(.outcomeUnknown("no answer"))
        let (unknown, _) = try await planned(remediation(), lost)
        await #expect(throws: PortError.outcomeUnknown("no answer")) {
            try await remediation().apply(unknown, stamp: stamp(1), in: environment(lost))
        }
    }

    /// The same sessions a minute later are the same plan: a dry run tells it once.
    @Test func thePlanStaysTheSame() async throws {
        var sessions = (1...5).map { session($0) }
        let (before, _) = try await planned(remediation(), FakeSessions(reading(sessions)))
        for index in sessions.indices { sessions[index].stateFor += .milliseconds(300) }
        let (after, _) = try await planned(remediation(), FakeSessions(reading(sessions)))
        #expect(before.changes.map(\.field) == after.changes.map(\.field))
        #expect(before.summary == after.summary)
    }

    static let wrongParameters: [(String, @Sendable (inout TerminateIdleSessions.Parameters) -> Void)] = [
        ("idleFor", { $0.idleFor = .init(.seconds(9)) }), ("idleFor", { $0.idleFor = .init(.hours(200)) }),
        ("inTransaction", { $0.inTransaction = "always" }), ("downTo", { $0.downTo = 101 }), ("downTo", { $0.downTo = .nan }),
        ("limit", { $0.limit = 0 }), ("limit", { $0.limit = 1001 }), ("exemptRoles", { $0.exemptRoles = [""] }),
        ("exemptAddresses", { $0.exemptAddresses = ["10.0.0.0/33"] }), ("exemptAddresses", { $0.exemptAddresses = ["db.example"] }),
        ("connection", { $0.connection = "postgres://a:b@c" }),
    ]

    @Test(arguments: wrongParameters.indices) func senseless(_ index: Int) {
        let (key, change) = Self.wrongParameters[index]
        let error = #expect(throws: ParameterError.self) { try remediation(change) }
        #expect(error?.key == key)
    }

    @Test func namesAreThoseOfTheParameters() {
        let names = Mirror(reflecting: TerminateIdleSessions.Parameters()).children.compactMap(\.label)
        #expect(names == TerminateIdleSessions.parameterNames)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("10.0.0.7", "10.0.0.7", true),
        ("10.0.0.7", "10.0.0.8", false),
        ("0.0.0.0/0", "1.2.3.4", true), ("0.0.0.0/0", "::1", false), ("0.0.0.0/0", "", false), ("fd00::/8", "fdab::1", true),
        ("192.168.1.128/25", "192.168.1.127", false), ("192.168.1.128/25", "192.168.1.129", true), ("local", "", true),
        ("local", "127.0.0.1", false),
    ])
    func addresses(_ range: String, _ address: String, _ fits: Bool) throws {
        #expect(try #require(AddressRange(range)).contains(address) == fits)
    }
}
