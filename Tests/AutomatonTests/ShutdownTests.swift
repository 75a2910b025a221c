import Foundation
import LoopbackServer
import SimulatedAPI
import Simulator
import Synchronization
import Testing

/// SIGTERM, as kubelet sends it before it kills.
@Suite("Shutdown", .timeLimit(.minutes(10)))
struct ShutdownTests {
    @Test("SIGTERM ends it within 10 seconds with exit code 0; each line of its log is JSON")
    func idle() async throws {
        try await withStage { stage in
            try await stage.deploy(Email.blueprint)
            try await stage.withAutomaton { automaton in
                try await automaton.line("Starting Self-Healing Automaton")
                try await automaton.line("Running healing checks iteration 1")
                try await Self.terminate(automaton)
                let lines = automaton.log.split(separator: "\n")
                #expect(automaton.lines.count == lines.count)
                for line in automaton.lines {
                    #expect(!line.message.isEmpty && !line["level"].isEmpty)
                    #expect(line["time"].contains(/^[0-9-]{10}T[0-9:]{8}\.[0-9]{3}Z$/), "\(line["time"])")
                }
            }
        }
    }

    @Test("SIGTERM ends it within 10 seconds also while a PATCH has no answer")
    func whileWriting() async throws {
        try await withStage { stage in
            try await stage.deploy(Email.blueprint)
            try await stage.withAutomaton { automaton in
                try await automaton.line("Listening on")
                stage.faults.inject(.hang(.seconds(60)), method: "PATCH")
                try await stage.oom(mebibytes: 1536)
                try await until("the PATCH arrives", context: { automaton.transcript }) {
                    stage.requests.count("PATCH", Email.path) == 1
                }
                try await Self.terminate(automaton)
                let stopping = try #require(automaton.lines.first { $0.message.hasPrefix("Stopping") })
                #expect(stopping.json["attempts_in_flight"]?.int == 1)
            }
            #expect(await stage.email.limits == ["1Gi"])
        }
    }

    @Test("SIGTERM ends it within 10 seconds also while the API server is away")
    func withoutServer() async throws {
        try await withStage { stage in
            stage.faults.inject(.hang(.seconds(60)), count: 1000)
            try await stage.withAutomaton { automaton in
                try await automaton.line("Running healing checks iteration 1")
                try await until("a request hangs") { !stage.requests.all.isEmpty }
                try await Self.terminate(automaton)
            }
        }
    }

    /// The last attempt is answered when the end has long begun; then the API server is dead: the note on the object and the Lease hang.
    @Test(
        "SIGTERM ends it within 10 seconds, and people are told of the last attempt, while the API server takes connections and is silent")
    func lastWords() async throws {
        let told = Mutex<[String]>([])
        let listener = try LoopbackServer { connection in
            while let request = connection.nextRequest() {
                told.withLock { $0.append(String(decoding: request.body, as: UTF8.self)) }
                connection.respond(200)
            }
        }
        try await withStage { stage in
            try await stage.deploy(Email.blueprint)
            let notify = try stage.directory.write(
                "notify.yaml", "receivers: [{ name: chat, kind: webhook, url: \"\(listener.url)\" }]\nroutes: [{ receivers: [chat] }]\n")
            let options = ["--notify", notify, "--leader-election", "--lease-namespace", Email.namespace]
            try await stage.withAutomaton(options) { automaton in
                try await automaton.line("Listening on")
                // One that comes too early is a conflict, and is followed by another.
                stage.faults.inject(.late(.milliseconds(4500)), count: 100, method: "PATCH", path: Email.path)
                try await stage.oom(mebibytes: 1536)
                try await until("the PATCH is carried out", context: { automaton.transcript }) { await stage.email.limits.count == 2 }
                stage.faults.inject(.hang(.seconds(60)), count: 10_000)
                try await Self.terminate(automaton)
                #expect(told.withLock { $0.contains { $0.contains("Memory Raised") } }, "\(automaton.transcript)")
            }
        }
    }

    private static func terminate(_ automaton: Program) async throws {
        let start = ContinuousClock.now
        automaton.terminate()
        #expect(try await automaton.wait() == .exit(0), "\(automaton.transcript)")
        // What it promises is 10 seconds of a machine that is its own; what hangs here hangs for a minute.
        #expect(start.duration(to: .now) < .seconds(30))
        #expect(automaton.lines.contains { $0.message == "Stopped" })
    }
}
