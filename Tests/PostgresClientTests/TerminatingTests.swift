import AutomatonCore
import EmbeddedPostgres
import Foundation
import PostgresClient
import Testing

@testable import Checks
@testable import Remediations

extension PostgresTests {
    /// What ends, and what never does.
    @Suite struct TerminatingTests {
        @Test func endsThoseThatAreNamedAndStillIdle() async throws {
            let server = try Stage.find()
            let idle = try await IdleSessions.open(4, server.local("app"))
            let busy = try await IdleSessions.open(1, server.local("app"))
            let chief = try await IdleSessions.open(1, server.local("chief"))
            let copy = try await IdleSessions.open(1, server.local("copy"))
            let target = try Stage.automaton()
            try await withSessions { sessions in
                // Long enough in its state, but not in one that is meant.
                try await busy.run("BEGIN")
                try await Stage.until("some idle time") {
                    try await sessions.read(target).sessions.allSatisfy { $0.isProtected || $0.stateFor > .milliseconds(300) }
                }
                let reading = try await sessions.read(target)
                var named = reading.sessions.filter { $0.role != "postgres" }
                #expect(named.count >= 7)
                // One whose pid is another backend's now, one that does not exist.
                let reused = try #require(named.firstIndex { $0.pid == idle.processes[0] })
                named[reused].startedAt = Instant(microseconds: named[reused].startedAt.microseconds - 1)
                named.append(
                    Session(
                        pid: 1, startedAt: .epoch, role: "app", database: "", application: "", address: "", state: .idle,
                        stateFor: .hours(1), isProtected: false))
                let ended = try await sessions.terminate(
                    SessionTermination(server: target, sessions: named, states: [.idle], idleFor: .milliseconds(300)))
                #expect(Set(ended.map(\.pid)) == Set(idle.processes[1...]))
                try await Stage.until("they are gone") { idle.openCount == 1 }
                #expect(busy.openCount == 1 && chief.openCount == 1 && copy.openCount == 1)
                // Idle, but not for so long.
                let young = try await sessions.terminate(
                    SessionTermination(
                        server: target, sessions: try await sessions.read(target).sessions, states: [.idle, .idleInTransaction],
                        idleFor: .hours(1)))
                #expect(young.isEmpty)
                #expect(idle.openCount == 1 && busy.openCount == 1)
            }
        }

        @Test func withoutTheRightItIsUnknownWhatHappened() async throws {
            let server = try Stage.find()
            let idle = try await IdleSessions.open(1, server.local("app"))
            let reader = PostgresServer(connection: server.remote("reader"), passwordFile: try Stage.file("reader-password", "reader"))
            try await withSessions { sessions in
                let named = try await sessions.read(reader).sessions.filter { idle.processes.contains($0.pid) }
                do throws(PortError) {
                    _ = try await sessions.terminate(
                        SessionTermination(server: reader, sessions: named, states: [.idle], idleFor: .zero))
                    Issue.record("it was ended")
                } catch {
                    guard case .outcomeUnknown(let why) = error else { throw error }
                    #expect(why.contains("42501"))
                }
                #expect(idle.openCount == 1)
            }
        }

        /// The acceptance: 100 idle sessions, slots full; a connection that is kept open heals, and a new one is refused.
        @Test func hundredIdleSessionsAreUnderTenAfter() async throws {
            let server = try Stage.find()
            let target = try Stage.automaton()
            let spared = try await IdleSessions.open(2, server.local("web", application: "pgbouncer-1"))
            let chief = try await IdleSessions.open(1, server.local("chief"))
            try await withSessions { sessions in
                let check = try PostgresConnections(.init(connection: target.connection, passwordFile: target.passwordFile))
                var parameters = TerminateIdleSessions.Parameters()
                parameters.connection = target.connection
                parameters.passwordFile = target.passwordFile
                parameters.idleFor = ConfiguredDuration(.seconds(10))
                parameters.downTo = 10
                parameters.exemptApplications = ["pgbouncer*"]
                let remediation = try TerminateIdleSessions(parameters)
                let world = environment(sessions)

                let healthy = try #require(try await check.run(in: world).first)
                #expect(try await isRefused(remediation, healthy, world, "not above 10 %"))
                let idle = try await IdleSessions.open(100, server.local("app", application: "web"))
                var filling: [IdleSessions] = []
                while let one = try? await IdleSessions.open(1, server.local("app", application: "filling")) { filling.append(one) }
                defer { for session in filling { session.close() } }

                // Full: a new connection is refused, and says why; the kept one goes on.
                guard case .unavailable(let why, _) = try await failure(target) else { throw Stage.NotInTime(what: "unavailable") }
                #expect(why.contains("has no slot for a new connection") && why.contains("53300"))
                let full = try #require(try await check.run(in: world).first)
                guard case .seen(let evidence) = full.observation else { throw Stage.NotInTime(what: "evidence") }
                #expect(full.subject.description == "database/127.0.0.1:\(server.port)")
                #expect((evidence.figures.first?.value ?? 0) >= 100)
                #expect(evidence.details.first?.hasPrefix("role app, application web, database postgres: 100 sessions, 100 idle") == true)
                #expect(try await isRefused(remediation, full, world, "idle for less than 10 s"))

                try await Stage.until("ten seconds of idleness") {
                    try await sessions.read(target).sessions.filter { $0.role == "app" }.allSatisfy { $0.stateFor >= .seconds(10) }
                }
                guard case .plan(let plan) = try await remediation.plan(for: full, on: full.subject, in: world) else {
                    throw Stage.NotInTime(what: "a plan")
                }
                let stamp = Stamp(
                    attempt: AttemptID("a-1"), rule: "postgres-connections", remediation: "terminate-idle-sessions", at: .epoch)
                let report = try await remediation.apply(plan, stamp: stamp, in: world)
                #expect(
                    report.summary.firstMatch(
                        of: /^Terminated 1\d\d idle PostgreSQL connections; \d+ of 117 slots \([0-9.]+ %\) are used now$/) != nil,
                    "\(report.summary)")
                try await Stage.until("fewer than ten of them are open") { idle.openCount < 10 }
                #expect(spared.openCount == 2 && chief.openCount == 1)
                let after = try #require(try await check.run(in: world).first)
                guard case .seen(let evidence) = after.observation else { throw Stage.NotInTime(what: "evidence") }
                #expect((evidence.figure("used") ?? 100) <= 10)
                #expect((evidence.figure("idle") ?? 100) < 12)
            }
        }

        private func isRefused(
            _ remediation: TerminateIdleSessions, _ finding: Finding, _ world: Environment, _ words: String
        ) async throws -> Bool {
            do {
                guard case .refused(let why) = try await remediation.plan(for: finding, on: finding.subject, in: world) else {
                    return false
                }
                return why.contains(words)
            } catch PortError.unavailable(let why, _) {
                return why.contains(words)
            }
        }
    }
}
