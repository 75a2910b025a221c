import AutomatonCore
import Foundation
import Testing

@testable import Engine
@testable import WebAPI

@Suite("API: what would be done", .timeLimit(.minutes(10)))
struct PlanAPITests {
    private func plan(_ stage: Stage, _ body: String = "{}") async throws -> ProspectsReport {
        let (status, _, text) = try await stage.post("/plan", body)
        #expect(status == 200, "\(text)")
        return try JSONDecoder().decode(ProspectsReport.self, from: Data(text.utf8))
    }

    @Test("The plan of an incident that waits, and nothing of it is done; what was shown is then done")
    func plan() async throws {
        try await serving(delay: .minutes(30)) { stage in
            #expect(try await plan(stage).plans.isEmpty)
            stage.furnaces.heat("boiler")
            try await eventually("it is held") { try await stage.incident(of: "boiler")?.now.hold == "delay" }
            let report = try await plan(stage, #"{"rule":"hot","subject":"deployment/boiler"}"#)
            let prospect = try #require(report.plans.first)
            #expect(prospect.outcome == "act" && prospect.remediation == "cool" && prospect.summary == "cool down")
            #expect(prospect.changes.map { "\($0.field) \($0.before ?? "") \($0.after ?? "")" } == ["temperature 90 20"])
            #expect(report.leftOut == 0 && prospect.cause == "temperature 90 °C, above 80")
            #expect(stage.furnaces.temperature(of: "boiler") == 90)
            #expect(try await stage.incident(of: "boiler")?.now.hold == "delay", "it waits as before")
            #expect(try await stage.get("/decisions", as: DecisionsReport.self).decisions.allSatisfy { $0.kind != "act" })

            let ask = { (digest: String) in #"{"rule":"hot","subject":"deployment/boiler","by":"anna","plan":"\#(digest)"}"# }
            let (bad, error, _) = try await stage.post("/heal", ask("abc"))
            #expect(bad == 400 && error?.field == "plan")
            #expect(try await stage.post("/heal", ask(String(repeating: "0", count: 64))).0 == 200)
            try await eventually("another plan is not done for her") {
                try await stage.get("/decisions", as: DecisionsReport.self).decisions.contains {
                    $0.word == "approval" && $0.text.contains("the plan changed since anna saw it: temperature 90 → 20 now")
                }
            }
            #expect(stage.furnaces.temperature(of: "boiler") == 90)
            #expect(try await stage.post("/heal", ask(try #require(prospect.digest))).0 == 200)
            try await eventually("it is healed") { stage.furnaces.temperature(of: "boiler") == 20 }
            try await eventually("it is over") { try await stage.incident(of: "boiler") == nil }
            let (none, why, _) = try await stage.post("/plan", #"{"rule":"hot"}"#)
            #expect(none == 404 && why?.detail == "no incident is open of rule hot: nothing is to be healed")
            #expect(try await stage.post("/plan", #"{"rule":"hto"}"#).1?.detail.contains("did you mean 'hot'?") == true)
        }
    }

    @Test("What waits for a person is confirmed as it was shown, or not at all")
    func approve() async throws {
        try await serving(["hot": .approve]) { stage in
            stage.furnaces.heat("boiler")
            try await eventually("it asks") { try await stage.incident(of: "boiler")?.now.hold == "approval" }
            let prospect = try #require(try await plan(stage).plans.first)
            #expect(prospect.outcome == "ask" && prospect.now.hold == "approval" && prospect.changes.count == 1)
            let ask = { (digest: String) in #"{"rule":"hot","subject":"deployment/boiler","by":"anna","plan":"\#(digest)"}"# }
            let (other, error, _) = try await stage.post("/approve", ask(String(repeating: "0", count: 64)))
            #expect(other == 409 && error?.detail.contains("asks for another plan by now: temperature 90 → 20") == true)
            #expect(stage.furnaces.temperature(of: "boiler") == 90)
            #expect(try await stage.post("/approve", ask(try #require(prospect.digest))).0 == 200)
            try await eventually("it is healed") { stage.furnaces.temperature(of: "boiler") == 20 }
        }
    }

    @Test("It takes the right to change, and is asked of the leader")
    func rights() async throws {
        let token = try APIToken("0123456789abcdef".utf8, from: "test")
        try await serving(token: token) { stage in
            let (refused, _, _) = try await stage.post("/plan", "{}")
            #expect(refused == 401)
            #expect(try await stage.post("/plan", "{}", headers: [json, "Authorization: Bearer 0123456789abcdef"]).0 == 200)
            #expect(try await stage.client.get(base + "/plan").status == 405)
        }
        try await serving(isElected: true) { stage in
            await stage.engine.lead(true)
            await stage.engine.lead(false, "healer-1 leads")
            let (status, error, _) = try await stage.post("/plan", "{}")
            #expect(status == 409 && error?.leader == "healer-1 leads")
        }
    }

    @Test("The history by rule and subject, and what is open of it")
    func history() async throws {
        try await serving(["hot": .auto, "warm": .observe]) { stage in
            stage.furnaces.heat("oven")
            try await eventually("it is healed") {
                try await stage.get("/incidents?rule=hot&status=healed&subject=deployment/oven", as: IncidentsReport.self).total == 1
            }
            for (query, rules) in [
                ("rule=warm", ["warm"]), ("subject=deployment/boiler", []), ("rule=hot&open=true", []), ("rule=hot&open=false", ["hot"]),
            ] {
                let found = try await stage.get("/incidents?\(query)", as: IncidentsReport.self)
                #expect(Set(found.incidents.map(\.rule)) == Set(rules), "\(query)")
            }
            #expect(try await stage.client.get(base + "/incidents?open=maybe").status == 400)
        }
    }
}
