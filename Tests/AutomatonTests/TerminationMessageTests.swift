import CurlHTTP
import Foundation
import Simulator
import Testing

/// What a container wrote of its own end, from its status through the binary to everywhere that people look.
@Suite("Termination messages", .timeLimit(.minutes(5)))
struct TerminationMessageTests {
    private static let secrets = ["hunter2pass", "S3cr3tV4lue", "ghp_A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6"]
    private static let message = """
        cannot reach postgres://app:hunter2pass@db/orders
        password=S3cr3tV4lue \u{1B}[2Jtoken ghp_A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6
        """

    @Test("A secret in one is told nowhere, and the rest of it is")
    func nowhere() async throws {
        try await withStage(features: .complete) { stage in
            try await stage.deploy(Email.blueprint)
            let state = stage.directory.path + "/state"
            try await stage.withAutomaton(["--state", state]) { automaton in
                let metrics = try await Scrape(of: automaton)
                try await stage.cluster.write { store, now in try store.crashLoop(Email.workload, message: Self.message, at: now) }
                // The cluster does hold it: nobody would find what is not there.
                try await until("a pod bears the message") {
                    await stage.cluster.read { store in
                        store.list(.pods, namespace: Email.namespace).contains { $0.json.text.contains(Self.secrets[0]) }
                    }
                }
                try await automaton.line("it acts") { $0.isDecision("act", rule: "crash-loop") }
                try await automaton.line("Healed: crash-loop")

                let list = try JSON(parsing: try await metrics.get("/api/autoheal/incidents").body)
                let found = list["incidents"]?.array?.first { $0["rule"] == "crash-loop" }?["id"]?.string
                let id = try #require(found)
                var told: [String: String] = ["the log": automaton.log, "the metrics": try await metrics.text()]
                for path in [
                    "/", "/incidents", "/incidents/\(id)", "/api/autoheal/incidents", "/api/autoheal/incidents/\(id)",
                    "/api/autoheal/explain",
                    "/api/autoheal/decisions?since=1h", "/api/autoheal/status",
                ] {
                    let answer = try await metrics.get(path)
                    #expect(answer.status == 200, "\(path)")
                    told[path] = String(decoding: answer.body, as: UTF8.self)
                }
                told["the notes on the object"] = await stage.notes.map(\.text).joined()
                for arguments in [["explain", "deployment/email-service"], ["decisions"]] {
                    let said = try await Program.run(arguments + ["--api", "http://127.0.0.1:\(metrics.port)"])
                    told["automaton \(arguments[0])"] = said.out + said.log
                }
                // It is told, without them.
                #expect(told["/api/autoheal/incidents/\(id)"]?.contains("cannot reach postgres:") == true)
                for (place, text) in told {
                    for secret in Self.secrets { #expect(!text.contains(secret), "\(place) tells '\(secret)'") }
                    #expect(!text.contains("\u{1B}[2J"), "\(place) clears a screen")
                }
                automaton.terminate()
                _ = try await automaton.wait()
            }
            let files = FileManager.default.enumerator(atPath: state)?.compactMap { $0 as? String } ?? []
            #expect(files.contains("journal.sqlite"))
            for file in files {
                let data = FileManager.default.contents(atPath: "\(state)/\(file)") ?? Data()
                for secret in Self.secrets { #expect(data.firstRange(of: Data(secret.utf8)) == nil, "\(file) holds '\(secret)'") }
            }
        }
    }
}
