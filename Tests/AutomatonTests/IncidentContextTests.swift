import CurlHTTP
import Foundation
import Simulator
import Testing

/// What a person finds around an incident, through the real binary and the real HTTP API.
@Suite("What stands around an incident", .timeLimit(.minutes(5)))
struct IncidentContextTests {
    @Test("The last lines of the container that was killed outlive it and the automaton, and hold no secret")
    func outOfMemory() async throws {
        try await withStage(features: .complete) { stage in
            try await stage.deploy(Email.blueprint)
            let state = ["--state", stage.directory.path + "/state"]
            let before = try await stage.withAutomaton(state) { automaton in
                let metrics = try await Scrape(of: automaton)
                try await stage.oom(mebibytes: 1536)
                try await automaton.line("Healed: oom-killed")
                let incident = try await Self.incident(metrics)
                let lines = (incident["log"]?.array ?? []).compactMap(\.string)
                #expect(lines.contains { $0.contains("email-service starts, image ") }, "\(incident.text)")
                #expect(lines.contains { $0.contains("DATABASE_URL=postgres://") }, "the line is there, and its secret is not")
                #expect(!incident.text.contains("Winter"))
                #expect(incident["logOf"]?.string?.hasSuffix("which ended with exit code 137 (OOMKilled)") == true)
                #expect(incident["logMissing"] == .null && incident["eventsMissing"] == .null)
                let events = incident["events"]?.array ?? []
                #expect(events.contains { $0["about"] == "deployment/email-service" && $0["reason"] == "ScalingReplicaSet" })
                #expect(incident["node"]?.string?.isEmpty == false)
                automaton.kill()
                _ = try await automaton.wait()
                return incident
            }
            let after = try await stage.withAutomaton(state) { automaton in try await Self.incident(try await Scrape(of: automaton)) }
            for field in ["id", "log", "logOf", "events", "node"] { #expect(after[field] == before[field], "\(field)") }
            let files = FileManager.default.enumerator(atPath: stage.directory.path + "/state")?.compactMap { $0 as? String } ?? []
            #expect(!files.isEmpty)
            for file in files {
                let data = FileManager.default.contents(atPath: "\(stage.directory.path)/state/\(file)") ?? Data()
                #expect(data.firstRange(of: Data("Winter-2026".utf8)) == nil, "\(file)")
            }
        }
    }

    /// The incident of the OOM, once its context was read.
    private static func incident(_ automaton: Scrape) async throws -> JSON {
        var found = JSON.null
        try await until("it was read around", context: { found.text }) {
            let list = try JSON(parsing: try await automaton.get("/api/autoheal/incidents").body)
            guard let id = list["incidents"]?.array?.first(where: { $0["rule"] == "oom-killed" })?["id"]?.string else { return false }
            found = try JSON(parsing: try await automaton.get("/api/autoheal/incidents/\(id)").body)["incident"] ?? .null
            return !(found["log"]?.array ?? []).isEmpty
        }
        return found
    }
}
