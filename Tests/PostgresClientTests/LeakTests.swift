import AutomatonCore
import EmbeddedPostgres
import Foundation
import LoopbackServer
import PostgresClient
import Testing

extension PostgresTests {
    /// 1,000 rounds of everything that can happen leave nothing behind.
    @Suite struct LeakTests {
        private struct Footprint {
            var threads: Int
            var descriptors: Int
            var kilobytes: Int

            init() throws {
                let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
                func field(_ name: String) -> Int {
                    let line = status.split(separator: "\n").first { $0.hasPrefix(name) } ?? ""
                    return line.split { !$0.isNumber }.first.flatMap { Int($0) } ?? -1
                }
                (threads, kilobytes) = (field("Threads:"), field("VmRSS:"))
                descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
            }
        }

        @Test(.timeLimit(.minutes(10))) func thousandRoundsLeaveNothingBehind() async throws {
            let server = try Stage.find()
            let target = try Stage.automaton()
            let silent = try LoopbackServer { $0.waitForClose() }
            defer { silent.stop() }
            let idle = try await IdleSessions.open(20, server.local("app"))
            func round(_ number: Int, _ sessions: PostgresSessions) async throws {
                let reading = try await sessions.read(target)
                if number % 10 == 0 {
                    _ = try await sessions.terminate(
                        SessionTermination(server: target, sessions: reading.sessions, states: [.idle], idleFor: .hours(1)))
                }
                guard number % 20 == 0 else { return }
                // A new client that connects and leaves; one that is refused, one that is not answered, one that is cancelled.
                try await withSessions { _ = try await $0.read(target) }
                _ = try await failure(PostgresServer(connection: server.remote("automaton")))
                let unanswered = PostgresServer(
                    connection: "host=127.0.0.1 port=\(silent.port) user=a dbname=a", timeout: .milliseconds(20))
                _ = try await failure(unanswered)
                try await withSessions { sessions in
                    await withTaskGroup(of: Void.self) { group in
                        group.addTask { _ = try? await sessions.read(target) }
                        group.cancelAll()
                    }
                }
            }
            try await withSessions { sessions in
                for number in 0..<200 { try await round(number, sessions) }
                // Others in this process come and go meanwhile: what leaks here grows every time.
                var grown = ""
                for _ in 0..<4 {
                    let before = try Footprint()
                    for number in 0..<1000 { try await round(number, sessions) }
                    // Threads that were told to end take a moment.
                    var after = try Footprint()
                    try? await Stage.until("as many threads and descriptors as before", within: .seconds(5)) {
                        after = try Footprint()
                        return after.threads <= before.threads + 1 && after.descriptors <= before.descriptors + 1
                    }
                    let isSame = after.threads <= before.threads + 1 && after.descriptors <= before.descriptors + 1
                    if isSame, after.kilobytes - before.kilobytes < 4096 { return }
                    grown = "\(before) became \(after)"
                }
                Issue.record("threads, descriptors or memory grow: \(grown)")
            }
            #expect(idle.openCount == 20)
        }
    }
}
