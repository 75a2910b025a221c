import AutomatonCore
import EmbeddedPostgres
import Foundation
import LoopbackServer
import PostgresClient
import Testing

extension PostgresTests {
    /// Servers that hang, vanish and come back.
    @Suite struct ResilienceTests {
        /// How long a failing read takes, and what it says.
        private func timed(_ sessions: PostgresSessions, _ target: PostgresServer) async -> (PortError?, Duration) {
            let begun = ContinuousClock.now
            do throws(PortError) {
                _ = try await sessions.read(target)
                return (nil, .now - begun)
            } catch {
                return (error, .now - begun)
            }
        }

        @Test func frozenServerEndsWithinItsTimeout() async throws {
            let server = try Stage.find()
            let target = try Stage.automaton(timeout: .seconds(1))
            try await withSessions { sessions in
                _ = try await sessions.read(target)
                let idle = try await sessions.read(target).sessions.filter { $0.role == "automaton" }
                server.freeze()
                defer { server.thaw() }
                let (kept, keptTook) = await timed(sessions, target)
                #expect(
                    kept?.description.contains("does not answer in time (waiting for the answer to a statement)") == true,
                    "\(String(describing: kept))")
                // Long bounds: a busy machine is slow, and only one that waits for ever is wrong.
                #expect((.milliseconds(900)...(.seconds(20))).contains(keptTook))
                // The kernel accepts for it, and nobody answers.
                let (new, newTook) = await timed(sessions, target)
                #expect(new?.description.contains("does not answer in time (connecting)") == true, "\(String(describing: new))")
                #expect(newTook < .seconds(20))
                // It is not asked at once again, and that is told; the pause after a failure may be over on a busy machine, and grows.
                var again: (any Error)?
                for _ in 0..<5 where again.map({ !"\($0)".contains("it is tried again in") }) ?? true {
                    again = await timed(sessions, target).0
                }
                #expect(again.map { "\($0)".contains("it is tried again in") } == true, "\(String(describing: again))")
                do throws(PortError) {
                    _ = try await sessions.terminate(
                        SessionTermination(server: target, sessions: idle, states: [.idle], idleFor: .zero))
                    Issue.record("frozen servers end nothing")
                } catch {
                    guard case .unavailable = error else { throw error }
                }
                server.thaw()
                try await Stage.until("it is read again") { (try? await sessions.read(target)) != nil }
            }
        }

        @Test func anAnswerThatIsLostLeavesTheOutcomeUnknown() async throws {
            let server = try Stage.find()
            let target = try Stage.automaton(timeout: .seconds(1))
            let idle = try await IdleSessions.open(1, server.local("app"))
            try await withSessions { sessions in
                let named = try await sessions.read(target).sessions.filter { idle.processes.contains($0.pid) }
                server.freeze()
                defer { server.thaw() }
                do throws(PortError) {
                    _ = try await sessions.terminate(
                        SessionTermination(server: target, sessions: named, states: [.idle], idleFor: .zero))
                    Issue.record("frozen servers end nothing")
                } catch {
                    guard case .outcomeUnknown(let why) = error else { throw error }
                    #expect(why.contains("some sessions may have been ended"))
                }
            }
        }

        @Test func halfOpenServerEndsWithinItsTimeoutAndHoldsUpNoOther() async throws {
            let silent = try LoopbackServer { $0.waitForClose() }
            let deaf = try LoopbackServer(acceptsConnections: false) { _ in }
            defer {
                silent.stop()
                deaf.stop()
            }
            let good = try Stage.automaton()
            try await withSessions { sessions in
                for port in [silent.port, deaf.port] {
                    let target = PostgresServer(connection: "host=127.0.0.1 port=\(port) user=a dbname=a", timeout: .seconds(6))
                    async let stuck = timed(sessions, target)
                    let (none, took) = await timed(sessions, good)
                    #expect(none == nil && took < .milliseconds(5900))
                    let (error, _) = await stuck
                    #expect(error?.description.contains("127.0.0.1:\(port)") == true)
                }
            }
        }

        @Test func cancellationIsHeededAtOnce() async throws {
            let deaf = try LoopbackServer(acceptsConnections: false) { _ in }
            defer { deaf.stop() }
            let target = PostgresServer(connection: "host=127.0.0.1 port=\(deaf.port) user=a dbname=a", timeout: .seconds(30))
            try await withSessions { sessions in
                let begun = ContinuousClock.now
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { _ = try? await sessions.read(target) }
                    group.addTask { _ = try? await sessions.read(target) }
                    try? await Task.sleep(for: .milliseconds(100))
                    group.cancelAll()
                }
                #expect(ContinuousClock.now - begun < target.timeout)
            }
        }

        /// The kept connection may hold the last slot: giving up one answer must not give it away.
        @Test func cancellationKeepsTheConnection() async throws {
            let server = try Stage.find()
            let target = try Stage.automaton()
            func own(_ sessions: PostgresSessions) async throws -> [Int32] {
                try await sessions.read(target).sessions.filter { $0.role == "automaton" }.map(\.pid)
            }
            try await withSessions { sessions in
                let before = try await own(sessions)
                #expect(before.count == 1)
                server.freeze()
                defer { server.thaw() }
                let begun = ContinuousClock.now
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { _ = try? await sessions.read(target) }
                    try? await Task.sleep(for: .milliseconds(50))
                    group.cancelAll()
                }
                #expect(ContinuousClock.now - begun < target.timeout)
                server.thaw()
                #expect(try await own(sessions) == before)
            }
        }

        @Test func itConnectsAgainAfterARestart() async throws {
            let server = try Stage.find()
            let target = try Stage.automaton()
            try await withSessions { sessions in
                _ = try await sessions.read(target)
                await server.stop(keepingData: true)
                let (error, took) = await timed(sessions, target)
                guard case .unavailable(let why, _) = error else { throw Stage.NotInTime(what: "unavailable") }
                #expect(why.contains("cannot be reached") && took < target.timeout)
                try await server.resume()
                try await Stage.until("it is read again") { (try? await sessions.read(target)) != nil }
            }
        }

        /// A pooler that refuses the settings which go along is asked again without them.
        @Test func poolerThatRefusesOptionsIsAskedWithoutThem() async throws {
            let refusal = Array("SFATAL\0VFATAL\0C08P01\0Munsupported startup parameter: options\0\0".utf8)
            let pooler = try LoopbackServer { connection in
                guard let first = connection.nextBytes() else { return }
                let text = String(decoding: first, as: UTF8.self)
                if text.contains("statement_timeout") {
                    connection.write([0x45] + Self.length(refusal.count + 4) + refusal)
                } else {
                    let other = Array("SFATAL\0VFATAL\0C3D000\0Mno such database\0\0".utf8)
                    connection.write([0x45] + Self.length(other.count + 4) + other)
                }
            }
            defer { pooler.stop() }
            let error = try await failure(
                PostgresServer(connection: "host=127.0.0.1 port=\(pooler.port) user=a dbname=lost sslmode=disable"))
            #expect(error.description.contains("has no database lost (3D000)"), "\(error)")
            #expect(pooler.accepted == 2)
        }

        private static func length(_ count: Int) -> [UInt8] { [0, 0, UInt8(count >> 8), UInt8(count & 0xFF)] }

        @Test func connectionsAreBoundedAndClosedWhenUnused() async throws {
            let server = try Stage.find()
            let target = try Stage.automaton()
            let sessions = PostgresSessions(maximumServers: 1, unusedFor: .milliseconds(200))
            _ = try await sessions.read(target)
            let other = PostgresServer(connection: server.local("reader"))
            let (error, _) = await timed(sessions, other)
            guard case .refused(let why) = error else { throw Stage.NotInTime(what: "refused") }
            #expect(why.contains("to 1 PostgreSQL servers"))
            // The first is closed by itself, and gives its place away.
            try await Stage.until("there is room") { (try? await sessions.read(other)) != nil }
            await sessions.shutdown()
            let (late, _) = await timed(sessions, target)
            #expect(late?.description == "the automaton is shutting down")
        }
    }
}
