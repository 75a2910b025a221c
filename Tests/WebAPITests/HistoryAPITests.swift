import AutomatonCore
import Foundation
import Testing

@testable import Engine
@testable import WebAPI

@Suite("API: the history", .timeLimit(.minutes(10)))
struct HistoryAPITests {
    @Test("An incident is listed from its detection to its end, with what was tried")
    func lifecycle() async throws {
        try await serving { stage in
            let empty = try await stage.client.get(base + "/incidents")
            #expect(empty.body == #"{"incidents":[],"success":true,"total":0}"# + "\n")
            stage.furnaces.heat("boiler")
            try await eventually("it is healed") {
                try await stage.get("/incidents", as: IncidentsReport.self).incidents.first?.status == "healed"
            }
            let report = try await stage.get(
                "/incidents?status=healed&namespace=production&severity=warning&since=1h", as: IncidentsReport.self)
            let incident = try #require(report.incidents.first)
            #expect(report.total == 1 && report.nextCursor == nil)
            #expect(incident.subject == "production/deployment/boiler" && incident.rule == "hot" && incident.namespace == "production")
            #expect(incident.message == "temperature 90 °C, above 80" && incident.reason == nil)
            #expect(incident.healedAt != nil && incident.healedAt == incident.closedAt && incident.ending == "healed")
            #expect(incident.durationSeconds.map { $0 > 0 } == true)
            #expect(incident.attempts.map(\.outcome) == ["helped"])
            #expect(incident.attempts.first?.changes.first?.before == "90")
            #expect(
                incident.aiSummary?.hasPrefix("production/deployment/boiler: is unhealthy (temperature 90 °C, above 80), detected at ")
                    == true)
            let one = try await stage.get("/incidents/\(incident.id)", as: IncidentAnswer.self)
            #expect(incident.log == nil && incident.events == nil, "a list leaves them out")
            var whole = incident
            (whole.log, whole.events) = ([], [])
            #expect(one.incident == whole)
            let text = try await stage.client.get(base + "/incidents/\(incident.id)").body
            for key in [
                "podName", "containerName", "restartCount", "reason", "exitCode", "personTold", "logOf", "logMissing", "node",
                "explainedBy",
            ] {
                #expect(text.contains("\"\(key)\":null"), "\(key) in \(text)")
            }
            let time = try #require(text.firstMatch(of: /"detectedAt":"([^"]*)"/)?.1)
            #expect(time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil, "\(time)")
            let status = try await stage.get("/status", as: StatusReport.self)
            #expect(status.isLeader && status.lastDay.healed == 1 && status.open == .init(detected: 0, healing: 0, failed: 0, healed: 0))
        }
    }

    @Test("What was read around an incident, and which explains which")
    func context() async throws {
        try await serving(delay: .hours(1), names: ["boiler", "oven"]) { stage in
            stage.furnaces.heat("boiler")
            stage.furnaces.heat("oven")
            try await eventually("both are seen") { try await stage.get("/incidents", as: IncidentsReport.self).total == 2 }
            let ids = try await stage.get("/incidents", as: IncidentsReport.self).incidents.reduce(into: [:]) { $0[$1.subject] = $1.id }
            let boiler = try #require(ids["production/deployment/boiler"])
            let oven = try #require(ids["production/deployment/oven"])
            let at = Instant(seconds: 1_767_268_800)
            await stage.engine.amend(IncidentID(oven)) { record in
                record.explainedBy = IncidentID(boiler)
                record.context = IncidentContext(
                    readAt: at, log: ["hot", "hotter"], logOf: "container oven of pod oven-0, which runs",
                    events: [.init(at: at, type: "Warning", reason: "BackOff", note: "again", count: 3, about: "pod/oven-0")],
                    eventsMissing: "replicaset/oven-7: no answer", node: "node-1")
            }
            let one = try await stage.get("/incidents/\(oven)", as: IncidentAnswer.self).incident
            #expect(one.log == ["hot", "hotter"] && one.logOf == "container oven of pod oven-0, which runs" && one.logMissing == nil)
            #expect(one.events?.map(\.reason) == ["BackOff"] && one.events?.first?.count == 3)
            #expect(one.eventsMissing == "replicaset/oven-7: no answer" && one.node == "node-1")
            #expect(one.explainedBy == boiler && one.explains == [])
            #expect(try await stage.get("/incidents/\(boiler)", as: IncidentAnswer.self).incident.explains == [oven])
            let list = try await stage.get("/incidents", as: IncidentsReport.self).incidents
            #expect(list.first { $0.id == boiler }?.explains == [oven] && list.first { $0.id == oven }?.explainedBy == boiler)
            #expect(list.allSatisfy { $0.log == nil && $0.events == nil })
        }
    }

    @Test("Pages follow each other by their cursor")
    func pages() async throws {
        let names = (0..<7).map { "oven-\($0)" }
        try await serving(delay: .hours(1), names: names) { stage in
            for name in names { stage.furnaces.heat(name) }
            try await eventually("all are seen") { try await stage.get("/incidents", as: IncidentsReport.self).total == 7 }
            var seen: [String] = []
            var path = "/incidents?limit=3"
            for _ in 0..<3 {
                let page = try await stage.get(path, as: IncidentsReport.self)
                #expect(page.total == 7)
                seen += page.incidents.map(\.subject)
                guard let next = page.nextCursor else { break }
                path = "/incidents?limit=3&cursor=\(next)"
            }
            #expect(Set(seen).count == 7 && seen.count == 7)
            let status = try await stage.get("/status", as: StatusReport.self)
            #expect(status.open.detected == 7)
        }
    }

    @Test("What was over is dropped by who may; what is open stays")
    func forgetting() async throws {
        let token = try APIToken("0123456789abcdef0123".utf8, from: "a test")
        try await serving(token: token, isElected: true) { stage in
            await stage.engine.lead(true)
            stage.furnaces.heat("oven")
            try await eventually("it is healed") {
                try await stage.get("/incidents", as: IncidentsReport.self).incidents.first?.status == "healed"
            }
            let path = base + "/incidents/old?hours=1"
            let unknown = try await stage.client.get(path, method: "DELETE")
            #expect(unknown.status == 401)
            let kept = try await stage.client.get(path, method: "DELETE", headers: ["Authorization: Bearer 0123456789abcdef0123"])
            #expect(kept.status == 200 && kept.body == #"{"deleted":0,"success":true}"# + "\n", "it was over a moment ago")
            await stage.engine.lead(false, "healer-1 leads")
            let refused = try await stage.client.get(path, method: "DELETE", headers: ["Authorization: Bearer 0123456789abcdef0123"])
            #expect(refused.status == 409)
            #expect(refused.headers["content-type"] == "application/problem+json")
            let problem = try JSONDecoder().decode(ErrorReport.self, from: Data(refused.body.utf8))
            #expect(!problem.success && problem.status == 409 && problem.title == "Conflict" && problem.leader == "healer-1 leads")
        }
    }

    @Test(
        "What is asked wrongly is told",
        arguments: [
            ("/incidents?limit=0", "limit", "from 1 to 1000"), ("/incidents?status=open", "status", "detected, healing, healed, failed"),
            ("/incidents?severity=low", "severity", "critical"), ("/incidents?cursor=x", "cursor", "nextCursor"),
            ("/incidents?since=soon", "since", "30m"), ("/incidents?page=2", "page", "cursor"), ("/status?x=1", "x", "no field"),
        ])
    func badQuery(_ path: String, _ field: String, _ expected: String) async throws {
        try await serving { stage in
            let answer = try await stage.client.get(base + path)
            #expect(answer.status == 400)
            let report = try JSONDecoder().decode(ErrorReport.self, from: Data(answer.body.utf8))
            #expect(report.field == field)
            #expect(report.expected?.contains(expected) == true, "\(report)")
        }
    }

    @Test("There is no such incident")
    func unknown() async throws {
        try await serving { stage in
            for (method, path, status) in [
                ("GET", "/20260101T000000Z-00000000", 404), ("GET", "/old", 405), ("DELETE", "/old", 400), ("DELETE", "/x", 405),
            ] {
                let answer = try await stage.client.get("\(base)/incidents\(path)", method: method)
                #expect(answer.status == status, "\(method) \(path): \(answer.body)")
            }
        }
    }
}
