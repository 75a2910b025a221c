import AutomatonCore
import Testing

@testable import Checks

@Suite struct PostgresConnectionsTests {
    private func run(
        _ parameters: PostgresConnections.Parameters = .init(), _ answer: Result<SessionsReading, PortError>
    ) async throws -> [Finding] {
        var environment = Environment(
            pods: FakePods(), workloads: FakeWorkloads(), limits: { SafetyPolicy() }, now: { Instant(seconds: 1_800_000_000) })
        environment.sessions = FakeSessions(answer: answer)
        return try await PostgresConnections(parameters).run(in: environment)
    }

    private func reading(_ sessions: [Session], maximum: Int = 100) -> SessionsReading {
        SessionsReading(name: "db:5432", maximum: maximum, reserved: 3, sessions: sessions)
    }

    private func evidence(_ sessions: [Session], maximum: Int = 100) async throws -> Evidence {
        let findings = try await run(.init(), .success(reading(sessions, maximum: maximum)))
        expectDocumented(findings, of: PostgresConnections.self)
        guard case .seen(let evidence) = try #require(findings.first).observation else { throw PortError.refused("nothing was seen") }
        return evidence
    }

    @Test func countsOneServer() async throws {
        let sessions =
            (1...60).map { session($0, for: .minutes(Int($0))) }
            + [
                session(70, role: "job", application: "", state: .active, for: .hours(9)),
                session(71, role: "job", application: "", state: .idleInTransaction, for: .hours(2)),
                session(72, role: "job", application: "", state: .idleInTransactionAborted), session(73, state: .fastpath),
                // Just begun: it has no state yet.
                session(74, state: .unknown, for: .seconds(1)),
            ]
        let findings = try await run(.init(), .success(reading(sessions)))
        #expect(findings.map(\.subject) == [Subject(.database, namespace: "", name: "db:5432")])
        #expect(findings.map(\.observedAt) == [Instant(seconds: 1_800_000_000)])
        let evidence = try await evidence(sessions)
        #expect(evidence.figures.map(\.name) == PostgresConnections.vocabulary.figures)
        #expect(evidence.figures.map(\.value) == [67, 65, 97, 60, 2, 2, 7200])
        #expect(evidence.reasons.isEmpty)
        #expect(
            evidence.details == [
                "role app, application web, database shop: 62 sessions, 1 fastpath function call, 60 idle (longest 1 h), 1 unknown",
                "role job, database shop: 3 sessions, 1 active, 1 idle in transaction (longest 2 h), 1 idle in transaction (aborted) (longest 20 min)",
            ])
        #expect(findings.first?.summary.hasPrefix("used 67 %; role app, application web, database shop: 62 sessions") == true)
    }

    @Test func moreThanAllIsPossible() async throws {
        // Superusers hold reserved slots, too: ordinary roles are refused from 100 on.
        #expect(try await evidence((1...20).map { session($0) }, maximum: 20).figure("used") == 117.6)
    }

    @Test func hiddenStatesAreNotZero() async throws {
        let evidence = try await evidence([session(1), session(2, state: .unknown, for: .hours(1))])
        #expect(evidence.figures.map(\.name) == ["used", "sessions", "slots"])
    }

    @Test func holdersAreBounded() async throws {
        let sessions = (0..<400).map { session(Int32($0), application: "web-\($0 % 40)") }
        let evidence = try await evidence(sessions, maximum: 500)
        #expect(evidence.details.count == 6)
        #expect(evidence.details.last == "35 others: 350 sessions, 350 idle (longest 20 min)")
    }

    @Test func nameOfTheRule() async throws {
        let findings = try await run(.init(name: "orders"), .success(reading([session(1)])))
        #expect(findings.map(\.subject.description) == ["database/orders"])
    }

    @Test func whatCannotBeReadIsThrown() async throws {
        let error = PortError.unavailable("PostgreSQL at db:5432 does not answer in time (connecting)", retryAfter: nil)
        await #expect(throws: error) { try await run(.init(), .failure(error)) }
        let full = SessionsReading(name: "db:5432", maximum: 3, reserved: 3, sessions: [])
        await #expect(throws: PortError.self) { try await run(.init(), .success(full)) }
    }

    @Test(arguments: [
        (PostgresConnections.Parameters(connection: "postgresql://a:hunter2@db/x"), "connection"),
        (.init(connection: "host=db PASSWORD = hunter2"), "connection"),
        (.init(connection: "postgres://db/?password=hunter2"), "connection"),
        (.init(connection: "host=db\nhunter2"), "connection"), (.init(passwordFile: "hunter2"), "passwordFile"),
        (.init(timeout: .init(.zero)), "timeout"), (.init(timeout: .init(.minutes(2))), "timeout"), (.init(name: ""), "name"),
        (.init(name: "a b"), "name"),
    ])
    func senseless(_ parameters: PostgresConnections.Parameters, _ key: String) {
        let error = #expect(throws: ParameterError.self) { try PostgresConnections(parameters) }
        #expect(error?.key == key)
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test(arguments: [
        "", "postgresql://a@db:5432/x?sslmode=require", "host=db user=a", "service=orders", "postgres://db:5432/a%40b", "shop",
    ])
    func sensible(_ connection: String) throws { _ = try PostgresConnections(.init(connection: connection)) }

    @Test func namesAreThoseOfTheParameters() {
        let names = Mirror(reflecting: PostgresConnections.Parameters()).children.compactMap(\.label)
        #expect(names == PostgresConnections.parameterNames)
    }
}
