import AutomatonCore
import Foundation
import Testing

@testable import Engine
@testable import WebAPI

@Suite("API: fixes", .timeLimit(.minutes(5)))
struct FixesAPITests {
    private static let boiler = Subject(.deployment, namespace: "production", name: "boiler")

    private static func body(_ changes: [String: String?] = [:]) throws -> String {
        var fields: [String: String] = [
            "namespace": "production", "resource": "deployment/boiler", "container": "app", "type": "memory", "value": "2Gi",
            "request": "1Gi", "timestamp": "2026-03-01T12:00:00Z", "rule": "oom-killed", "incident": "20260301T115500Z-8f3a01b2",
            "by": "anna",
        ]
        for (name, value) in changes { fields[name] = value }
        return String(decoding: try JSONEncoder().encode(fields), as: UTF8.self)
    }

    @Test("A fix is kept, told, found by its name, replaced by a newer one, and forgotten")
    func life() async throws {
        try await serving { stage in
            #expect(try await stage.get("/fixes", as: FixesReport.self) == FixesReport(fixes: []))
            let (status, _, text) = try await stage.post("/fixes", try Self.body())
            #expect(status == 201, "\(text)")
            let kept = try #require(try await stage.get("/fixes?subject=deployment/boiler", as: FixesReport.self).fixes.first)
            #expect(
                kept.value == "2Gi" && kept.request == "1Gi" && kept.rule == "oom-killed" && kept.state == .unknown && kept.imported == true
            )
            #expect(kept.fix?.value == .memory(limit: ByteQuantity(bytes: 2 << 30), request: ByteQuantity(bytes: 1 << 30)))
            #expect(try await stage.get("/fixes/\(kept.id)", as: FixReport.self) == kept)
            #expect(try await stage.get("/fixes?subject=deployment/oven", as: FixesReport.self).fixes.isEmpty)

            // What is older stays out, and so does what says the same later.
            for body in [
                try Self.body(["value": "4Gi", "timestamp": "2026-02-01T12:00:00Z"]), try Self.body(["timestamp": "2026-04-01T12:00:00Z"]),
            ] {
                let (status, _, text) = try await stage.post("/fixes", body)
                let answer = try JSONDecoder().decode(FixKeptReport.self, from: Data(text.utf8))
                #expect(status == 200 && !answer.isTaken && answer.fix == kept)
            }
            #expect(try await stage.post("/fixes", try Self.body(["value": "3Gi", "timestamp": "2026-03-01T12:00:01Z"])).0 == 201)
            #expect(try await stage.get("/fixes", as: FixesReport.self).fixes.map(\.value) == ["3Gi"])
            let page = try await stage.client.get("/settings").body
            #expect(page.contains("production/deployment/boiler") && page.contains("memory 3Gi of app"))
            #expect(page.contains(", imported") && !page.contains("that it healed"))

            let forgotten = try await stage.client.get(base + "/fixes/\(kept.id)?by=anna", method: "DELETE")
            #expect(forgotten.status == 200)
            #expect(try await stage.client.get(base + "/fixes/\(kept.id)").status == 404)
            #expect(try await stage.client.get(base + "/fixes/\(kept.id)", method: "DELETE").status == 404)
        }
    }

    @Test("A field that makes no sense is named, with what would be right")
    func wrong() async throws {
        try await serving { stage in
            let cases: [([String: String?], field: String)] = [
                (["type": "memroy"], "type"), (["container": nil], "container"), (["value": "many"], "value"),
                (["request": "3Gi"], "request"), (["resource": "deployment/../x"], "resource"), (["namespace": "No"], "namespace"),
                (["timestamp": "2036-03-01T12:00:00Z"], "timestamp"), (["by": nil], "by"), (["valeu": "1Gi"], "valeu"),
                (["type": "replicas", "value": "2", "request": nil], "container"), (["rule": "a b"], "rule"),
                (["imported": "maybe"], "imported"),
            ]
            for (changes, field) in cases {
                let (status, problem, text) = try await stage.post("/fixes", try Self.body(changes))
                #expect(status == 400 && problem?.field == field && problem?.expected != nil, "\(changes): \(text)")
            }
            #expect(try await stage.get("/fixes", as: FixesReport.self).fixes.isEmpty)
        }
    }

    @Test("Applying says why there is nothing to apply")
    func apply() async throws {
        try await serving { stage in
            func apply(_ subject: String) async throws -> (Int, String) {
                let (status, problem, _) = try await stage.post("/fixes/apply", #"{"subject":"\#(subject)","by":"anna"}"#)
                return (status, problem?.detail ?? "")
            }
            #expect(try await apply("deployment/boiler").0 == 404)
            _ = try await stage.post("/fixes", try Self.body())
            let none = try await apply("deployment/boiler")
            #expect(none.0 == 409 && none.1.contains("no rule in force looks for fixes"))
            _ = try await stage.post("/fixes", try Self.body(["namespace": "staging"]))
            #expect(try await apply("deployment/boiler").1.contains("is more than one"))
            #expect(try await apply("boiler").0 == 400)
        }
    }

    @Test("Who may not change anything may read")
    func rights() async throws {
        try await serving(token: try APIToken("0123456789abcdef".utf8, from: "test")) { stage in
            let reading = try await stage.client.get(base + "/fixes")
            #expect(reading.status == 200)
            for path in ["/fixes", "/fixes/apply"] { #expect(try await stage.post(path, try Self.body()).0 == 401) }
            #expect(try await stage.client.get(base + "/fixes/f-1", method: "DELETE").status == 401)
        }
    }
}
