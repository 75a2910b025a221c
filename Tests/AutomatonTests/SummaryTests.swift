import Analysis
import CurlHTTP
import Engine
import Foundation
import LoopbackServer
import Simulator
import Synchronization
import Testing
import WebAPI

/// Summaries through the real binary, with a model that answers over HTTP.
@Suite("Summaries", .timeLimit(.minutes(10)))
struct SummaryTests {
    private static let key = "made-up-key-of-a-test-0123456789"

    /// A model; counts who asks.
    private final class Model: Sendable {
        let server: LoopbackServer
        private let requests: Requests

        private final class Requests: Sendable { let all = Mutex<[Connection.Request]>([]) }

        init(_ status: Int, _ text: String) throws {
            let requests = Requests()
            self.requests = requests
            server = try LoopbackServer { connection in
                while let request = connection.nextRequest() {
                    requests.all.withLock { $0.append(request) }
                    connection.respond(
                        status, #"{"choices":[{"message":{"role":"assistant","content":"\#(text)"},"finish_reason":"stop"}]}"#)
                }
            }
        }

        var asked: [Connection.Request] { requests.all.withLock { $0 } }

        var environment: [String: String] {
            [
                "SUMMARY_PROVIDER": "openai", "SUMMARY_URL": server.url, "SUMMARY_MODEL": "llama3.1:8b",
                "SUMMARY_API_KEY": SummaryTests.key,
            ]
        }
    }

    private func incident(_ metrics: Scrape) async throws -> HistoryReport? {
        let answer = try await metrics.get("/api/autoheal/incidents?status=healed")
        return try JSONDecoder().decode(IncidentsReport.self, from: Data(answer.body)).incidents.first { $0.rule == "oom-killed" }
    }

    @Test("What a model wrote of a healed incident is in the API, asked for once, and its key is nowhere")
    func written() async throws {
        let model = try Model(200, "What happened: it was killed.\\n\\nSee https://evil.example.com and raise the limit.")
        defer { model.server.stop() }
        try await withStage { stage in
            try await stage.deploy(Email.blueprint)
            try await stage.withAutomaton(environment: Stage.impatient.merging(model.environment) { $1 }) { automaton in
                let metrics = try await Scrape(of: automaton)
                #expect(try await metrics.value(#"healing_summaries_total{provider="openai",result="ok"}"#) == "0")
                try await stage.oom(mebibytes: 1536)
                try await automaton.line("Healed: oom-killed")
                // The built-in one is there before anybody was asked.
                #expect(try await incident(metrics)?.aiSummary?.contains("killed for want of memory") == true || !model.asked.isEmpty)
                try await until("it is written", context: { automaton.transcript }) {
                    try await incident(metrics)?.aiSummary == "What happened: it was killed.\n\nSee (link removed) and raise the limit."
                }
                // On a slow machine the kills are seen as a crash loop, too, which is an incident of its own.
                let asked = model.asked.filter { String(decoding: $0.body, as: UTF8.self).contains("rule: oom-killed") }
                #expect(asked.count == 1)
                let request = try #require(asked.first)
                let written = try await metrics.value(#"healing_summaries_total{provider="openai",result="ok"}"#)
                #expect(written.flatMap { Int($0) }.map { (1...model.asked.count).contains($0) } == true)
                #expect(request.headers["authorization"] == "Bearer \(Self.key)" && request.path == "/v1/chat/completions")
                #expect(String(decoding: request.body, as: UTF8.self).contains("it helped"))
                #expect(!automaton.log.contains(Self.key) && !String(decoding: request.body, as: UTF8.self).contains(Self.key))
            }
        }
    }

    @Test("A model in trouble changes nothing but a metric and a line of the log")
    func inTrouble() async throws {
        let model = try Model(500, "x")
        defer { model.server.stop() }
        try await withStage { stage in
            try await stage.deploy(Email.blueprint)
            try await stage.withAutomaton(environment: Stage.impatient.merging(model.environment) { $1 }) { automaton in
                let metrics = try await Scrape(of: automaton)
                try await stage.oom(mebibytes: 1536)
                let line = try await automaton.line("No summary was written")
                #expect(line["reason"] == "500: the service is in trouble")
                #expect(try await metrics.value(#"healing_summaries_total{provider="openai",result="failing"}"#) == "1")
                #expect(try await incident(metrics)?.aiSummary?.contains("killed for want of memory") == true)
                #expect(model.asked.count == 1)
            }
        }
    }

    @Test("Settings that cannot be used are told at the start")
    func unusable() async throws {
        try await withStage { stage in
            let (end, _, log) = try await Program.run(stage.arguments, environment: ["SUMMARY_PROVIDER": "openai"])
            #expect(end == .exit(1))
            #expect(log.contains("SUMMARY_PROVIDER=openai needs SUMMARY_URL"))
        }
    }

    @Test("Every result has its series from the start")
    func series() throws {
        let descriptor = try #require(HealingMetrics.descriptors.first { $0.name == "healing_summaries_total" })
        #expect(descriptor.labels.first { $0.name == "result" }?.values == SummaryResult.allCases.map(\.rawValue))
        #expect(descriptor.labels.first { $0.name == "provider" }?.values == ["gemini", "openai"])
    }
}
