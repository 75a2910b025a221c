import AutomatonCore
import Foundation
import HTTPTypes
import Logging
import NIOCore
import ServiceLifecycle
import Testing

@testable import Engine
@testable import WebAPI

@Suite("API: explaining", .timeLimit(.minutes(10)))
struct ExplainAPITests {
    @Test("An open incident is told with its cause, what holds it until when, and its trail")
    func incident() async throws {
        try await serving(delay: .minutes(30)) { stage in
            stage.furnaces.heat("boiler")
            try await eventually("it is held") { try await stage.incident(of: "boiler")?.now.hold == "delay" }
            let report = try await stage.get("/explain", as: ExplanationReport.self)
            #expect(report.automaton?.leads == true)
            #expect(report.automaton?.standsDown == nil)
            #expect(report.watched.isEmpty, "what is well is told where it is asked for")
            let incident = try #require(report.incidents.first)
            #expect(report.incidents.count == 1)
            #expect(incident.subject == "production/deployment/boiler")
            #expect(incident.rule == "hot")
            #expect(incident.priority == "critical")
            #expect(incident.cause == "temperature 90 °C, above 80")
            #expect(incident.now.reason.hasPrefix("delay: priority critical waits 30 min; 29 min"))
            #expect(incident.now.until.map { $0.instant > report.at.instant } == true)
            #expect(incident.trail.map(\.kind) == ["opened", "hold"])
            let text = try await stage.client.get(base + "/explain")
            #expect(text.headers["content-type"] == "application/json")
            #expect(text.body.contains(#""detectedAt":"20"#), "times are RFC 3339")
            let keys = ["\"at\":", "\"automaton\":", "\"incidents\":", "\"incidentsLeftOut\":", "\"watched\":"]
            let places = keys.compactMap { text.body.range(of: $0)?.lowerBound }
            #expect(places.count == keys.count)
        }
    }

    @Test("A healthy subject: which rules look at it, and what they saw")
    func healthy() async throws {
        try await serving { stage in
            let report = try await stage.get("/explain?subject=production/deploy/oven", as: ExplanationReport.self)
            #expect(report.incidents.isEmpty)
            #expect(report.unmatched == nil)
            let watched = try #require(report.watched.first)
            #expect(watched.subject == "production/deployment/oven")
            #expect(watched.check == "thermometer")
            #expect(watched.seen == "temperature 20 °C")
            #expect(watched.rules.map(\.rule) == ["hot"])
            #expect(watched.rules.map(\.verdict) == ["healthy"])
            #expect(try await stage.get("/explain?subject=deployment/oven&healthy=false", as: ExplanationReport.self).watched.isEmpty)
            #expect(try await stage.get("/explain?healthy=true", as: ExplanationReport.self).watched.count == 2)
            let bounded = try await stage.get("/explain?healthy=true&limit=1", as: ExplanationReport.self)
            #expect(bounded.watched.count == 1)
            #expect(bounded.watchedLeftOut == 1)
        }
    }

    @Test("What is not known is told with what is")
    func unknown() async throws {
        try await serving { stage in
            func unmatched(_ query: String) async throws -> String? {
                try await stage.get("/explain?\(query)", as: ExplanationReport.self).unmatched
            }
            for (query, text) in [
                ("subject=deployment/boilr", "no rule looks at deployment/boilr; the nearest known is production/deployment/boiler"),
                ("subject=statefulset/oven", "no rule looks at statefulset/oven; known subjects of that name: production/deployment/oven"),
                ("subject=job/something-else", "no rule looks at job/something-else; 2 other subjects are known"),
                ("rule=hott", "no rule is named 'hott'; did you mean 'hot'? In force: hot"),
            ] {
                let told = try await unmatched(query)
                #expect(told == text)
            }
        }
    }

    @Test("Decisions come with a limit, by rule and subject")
    func decisions() async throws {
        try await serving { stage in
            stage.furnaces.heat("boiler")
            stage.furnaces.heat("oven")
            try await eventually("both are healed") {
                try await stage.get("/decisions?since=1h", as: DecisionsReport.self).decisions.count { $0.kind == "closed" } == 2
            }
            let boiler = try await stage.get("/decisions?since=1h&subject=deployment/boiler&rule=hot", as: DecisionsReport.self)
            #expect(boiler.decisions.first?.kind == "opened")
            #expect(boiler.decisions.allSatisfy { $0.subject == "production/deployment/boiler" })
            #expect(boiler.decisions.contains { $0.kind == "act" && $0.word == "cool" && $0.attempt != nil })
            #expect(!boiler.isCut)
            let cut = try await stage.get("/decisions?limit=2", as: DecisionsReport.self)
            #expect(cut.decisions.count == 2)
            #expect(cut.isCut)
            #expect(try await stage.get("/decisions?rule=other", as: DecisionsReport.self).decisions.isEmpty)
            let future = (WallClock.read() + .hours(1)).rfc3339
            #expect(try await stage.get("/decisions?since=\(future)", as: DecisionsReport.self).decisions.isEmpty)
        }
    }

    @Test(
        "A query that makes no sense is an error that says what would be right",
        arguments: [
            ("/explain?subject=oven", "subject", "KIND/NAME"), ("/explain?healthy=yes", "healthy", "true or false"),
            ("/explain?subjct=deployment/oven", "subjct", "subject"), ("/explain?rule=a&rule=b", "rule", "once"),
            ("/explain?limit=0", "limit", "from 1 to"), ("/decisions?since=yesterday", "since", "30m"),
            ("/decisions?limit=ten", "limit", "whole number"), ("/suspensions?all=1", "all", "no field"),
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

    @Test("Paths and methods that there are not, and HEAD")
    func paths() async throws {
        try await serving { stage in
            for path in ["/api", "/api/autoheal", base + "/", base + "/explain/more", base + "/rules/hot", base + "/suspensions/"] {
                let answer = try await stage.client.get(path)
                #expect(answer.status == 404, "\(path)")
                #expect(answer.headers["content-type"] == "application/problem+json")
            }
            for (method, path, allow) in [
                ("POST", "/explain", "GET, HEAD"), ("PUT", "/suspensions", "GET, HEAD, POST"), ("GET", "/suspensions/x", "DELETE"),
                ("GET", "/approve", "POST"), ("DELETE", "/rules/hot/resume", "POST"), ("OPTIONS", "/approve", "POST"),
            ] {
                let answer = try await stage.client.get(base + path, method: method, headers: ["Content-Length: 0"])
                #expect(answer.status == 405, "\(method) \(path)")
                #expect(answer.headers["allow"] == allow)
            }
            let head = try await stage.client.get(base + "/explain", method: "HEAD")
            #expect(head.status == 200)
            #expect(head.body.isEmpty)
            #expect(head.headers["content-length"].flatMap { Int($0) } ?? 0 > 50)
            #expect(try await stage.client.get("/api-docs").status == 404)
        }
    }
}

@Suite("API: changing", .timeLimit(.minutes(10)))
struct ChangeAPITests {
    @Test("A pause holds what it names until it is lifted")
    func pause() async throws {
        try await serving { stage in
            let (status, _, body) = try await stage.post(
                "/suspensions", #"{"kind":"pause","subject":"deployment/boiler","by":"anna","why":"deploying"}"#)
            #expect(status == 201, "\(body)")
            let answer = try JSONDecoder().decode(SuspendedReport.self, from: Data(body.utf8))
            #expect(answer.suspension.until == nil)
            #expect(answer.warnings == ["there is no journal (--state), so it ends with this process"])
            stage.furnaces.heat("boiler")
            try await eventually("it is held") { try await stage.incident(of: "boiler")?.now.hold == "paused" }
            let reason = try await stage.incident(of: "boiler")?.now.reason
            #expect(reason?.contains("by anna") == true && reason?.contains("deploying") == true)
            let held = try await stage.get("/suspensions", as: SuspensionsReport.self).suspensions
            #expect(held.map(\.id) == [answer.suspension.id])
            #expect(try await stage.client.get(base + "/suspensions/p-none", method: "DELETE").status == 404)
            #expect(try await stage.client.get(base + "/suspensions/\(answer.suspension.id)", method: "DELETE").status == 200)
            try await eventually("it is healed") { stage.furnaces.temperature(of: "boiler") == 20 }
            #expect(try await stage.get("/suspensions", as: SuspensionsReport.self).suspensions.isEmpty)
        }
    }

    @Test("A silence has an end; what nobody knows is told")
    func silence() async throws {
        try await serving { stage in
            let (status, error, _) = try await stage.post("/suspensions", #"{"kind":"silence","by":"anna"}"#)
            #expect(status == 400)
            #expect(error?.field == "for")
            let (created, _, body) = try await stage.post(
                "/suspensions", #"{"kind":"silence","subject":"deployment/nobody","rule":"hot","for":"30m","by":"anna"}"#)
            #expect(created == 201)
            let answer = try JSONDecoder().decode(SuspendedReport.self, from: Data(body.utf8))
            #expect(answer.warnings.first == "no subject named deployment/nobody is known now")
            let length = try #require(answer.suspension.until).instant - answer.suspension.at.instant
            #expect(length == .minutes(30))
        }
    }

    @Test("A planned change is confirmed once, and the record says by whom")
    func approve() async throws {
        try await serving(["hot": .approve]) { stage in
            let ask = #"{"rule":"hot","subject":"deployment/boiler","by":"anna"}"#
            #expect(try await stage.post("/approve", ask).0 == 404, "there is no incident yet")
            stage.furnaces.heat("boiler")
            try await eventually("it asks") { try await stage.incident(of: "boiler")?.now.hold == "approval" }
            #expect(stage.furnaces.temperature(of: "boiler") == 90)
            let (status, _, body) = try await stage.post("/approve", ask)
            #expect(status == 200)
            #expect(body.contains("temperature 90 → 20"))
            try await eventually("it is healed") { stage.furnaces.temperature(of: "boiler") == 20 }
            try await eventually("the incident is over") { try await stage.incident(of: "boiler") == nil }
            let decisions = try await stage.get("/decisions", as: DecisionsReport.self).decisions
            #expect(decisions.contains { $0.kind == "act" && $0.text.hasSuffix("confirmed by anna") })
            let (missing, error, _) = try await stage.post("/approve", #"{"rule":"hto","subject":"deployment/boiler","by":"anna"}"#)
            #expect(missing == 404)
            #expect(error?.detail.contains("did you mean 'hot'?") == true)
        }
    }

    @Test("What does not wait for anybody cannot be confirmed")
    func nothingToApprove() async throws {
        try await serving(delay: .minutes(30)) { stage in
            stage.furnaces.heat("boiler")
            try await eventually("it is open") { try await stage.incident(of: "boiler") != nil }
            let (status, error, _) = try await stage.post("/approve", #"{"rule":"hot","subject":"deployment/boiler","by":"anna"}"#)
            #expect(status == 409)
            #expect(error?.detail.contains("rule hot is in mode auto") == true)
        }
    }

    @Test("An incident whose delay a person does not want to wait for is healed at once, but not under a pause")
    func heal() async throws {
        try await serving(delay: .minutes(30)) { stage in
            stage.furnaces.heat("boiler")
            try await eventually("it is held") { try await stage.incident(of: "boiler")?.now.hold == "delay" }
            let ask = #"{"rule":"hot","subject":"deployment/boiler","by":"anna"}"#
            let (_, _, paused) = try await stage.post("/suspensions", #"{"kind":"pause","by":"bert"}"#)
            let id = try #require(paused.firstMatch(of: /"id":"(p-[0-9a-z]+)"/)).1
            let (held, _, why) = try await stage.post("/heal", ask)
            #expect(held == 200 && why.contains(#""hold":"paused""#) && why.contains("paused by bert"), "\(why)")
            #expect(stage.furnaces.temperature(of: "boiler") == 90)
            #expect(try await stage.client.get(base + "/suspensions/\(id)", method: "DELETE").status == 200)
            try await eventually("it is healed") { stage.furnaces.temperature(of: "boiler") == 20 }
            let decisions = try await stage.get("/decisions", as: DecisionsReport.self).decisions
            #expect(decisions.contains { $0.kind == "act" && $0.text.hasSuffix(", at once for anna") })
            #expect(try await stage.post("/heal", #"{"rule":"hot","subject":"deployment/oven","by":"anna"}"#).0 == 404)
        }
    }

    /// The last incident of a furnace in the history, once it is as it should be.
    private func incident(
        of name: String, _ stage: Stage, _ what: Comment, _ isIt: (HistoryReport) -> Bool
    ) async throws -> HistoryReport {
        var found: HistoryReport?
        try await eventually(what) {
            found = try await stage.get("/incidents", as: IncidentsReport.self).incidents.first { $0.subject.hasSuffix("/" + name) }
            return found.map(isIt) == true
        }
        return try #require(found)
    }

    @Test("What helped is taken back on a person's word, once, and the rule waits before it does it again")
    func revert() async throws {
        try await serving { stage in
            stage.furnaces.heat("boiler")
            let healed = try await incident(of: "boiler", stage, "it is healed") { $0.status == "healed" }
            let attempt = try #require(healed.attempts.first)
            let (status, _, body) = try await stage.post(
                "/revert", #"{"incident":"\#(healed.id)","attempt":"\#(attempt.id)","by":"anna"}"#)
            #expect(status == 202)
            let answer = try JSONDecoder().decode(RevertedReport.self, from: Data(body.utf8))
            #expect(answer.changes.map { "\($0.field) \($0.before ?? "") \($0.after ?? "")" } == ["replicas 20 90"])
            try await eventually("it is as before") { stage.furnaces.temperature(of: "boiler") == 90 }
            _ = try await incident(of: "boiler", stage, "another one holds") { $0.id != healed.id && $0.status == "detected" }
            #expect(try await stage.incident(of: "boiler")?.now.hold == "cooldown")
            // Why it came back, in the trail of what came back: who took it back, when, and what became of that.
            try await eventually("it is in the trail") {
                let trail = try await stage.incident(of: "boiler")?.trail ?? []
                return trail.first.map { $0.kind == "restore" && $0.text.hasPrefix("anna asks for it: replicas 20 → 90") } == true
                    && trail.contains { $0.kind == "restored" }
            }
            let past = try await stage.get("/incidents/\(healed.id)", as: IncidentAnswer.self).incident
            #expect(past.attempts.first?.undoneAt != nil)
            let (again, error, _) = try await stage.post("/revert", #"{"incident":"\#(healed.id)","attempt":"\#(attempt.id)","by":"anna"}"#)
            #expect(again == 409 && error?.detail.contains("it was put back already") == true, "\(error?.detail ?? "")")
            let (none, _, _) = try await stage.post("/revert", #"{"incident":"\#(healed.id)","by":"anna"}"#)
            #expect(none == 404, "nothing stands any more")
            let decisions = try await stage.get("/decisions", as: DecisionsReport.self).decisions
            #expect(decisions.contains { $0.kind == "restore" && $0.text.hasPrefix("anna asks for it: replicas 20 → 90") })
        }
    }

    @Test("What somebody changed since stays, and is told")
    func revertOfWhatChanged() async throws {
        try await serving { stage in
            stage.furnaces.heat("boiler")
            _ = try await incident(of: "boiler", stage, "it is healed") { $0.status == "healed" }
            stage.furnaces.turn("boiler", to: 30)
            #expect(try await stage.post("/revert", #"{"rule":"hot","subject":"deployment/boiler","by":"anna"}"#).0 == 202)
            try await eventually("it is told") {
                try await stage.get("/decisions", as: DecisionsReport.self).decisions.contains {
                    $0.text.contains("cool was not put back") && $0.text.contains("somebody turned the knob")
                }
            }
            #expect(stage.furnaces.temperature(of: "boiler") == 30)
        }
    }

    @Test("Nothing is taken back that is not there, or while everything is paused")
    func revertRefused() async throws {
        try await serving { stage in
            stage.furnaces.heat("boiler")
            let healed = try await incident(of: "boiler", stage, "it is healed") { $0.status == "healed" }
            #expect(try await stage.post("/revert", #"{"incident":"nope","by":"anna"}"#).0 == 404)
            #expect(try await stage.post("/revert", #"{"incident":"\#(healed.id)","attempt":"nope","by":"anna"}"#).0 == 404)
            #expect(try await stage.post("/revert", #"{"incident":"\#(healed.id)"}"#).0 == 400)
            #expect(try await stage.post("/revert", #"{"incident":"\#(healed.id)","rule":"hot","subject":"boiler","by":"anna"}"#).0 == 400)
            #expect(try await stage.post("/revert", #"{"rule":"hot","by":"anna"}"#).0 == 400)
            #expect(try await stage.post("/revert", #"{"rule":"hot","subject":"deployment/oven","by":"anna"}"#).0 == 404)
            _ = try await stage.post("/suspensions", #"{"kind":"pause","by":"bert"}"#)
            let (status, error, _) = try await stage.post("/revert", #"{"incident":"\#(healed.id)","by":"anna"}"#)
            #expect(status == 409 && error?.detail.contains("cool is not taken back: paused by bert") == true)
            #expect(stage.furnaces.temperature(of: "boiler") == 20)
        }
    }

    @Test("A plan that waits to be confirmed is not, while everything is paused: the answer names the pause")
    func pausedApproval() async throws {
        try await serving(["hot": .approve]) { stage in
            stage.furnaces.heat("boiler")
            try await eventually("it asks") { try await stage.incident(of: "boiler")?.now.hold == "approval" }
            _ = try await stage.post("/suspensions", #"{"kind":"pause","by":"anna"}"#)
            let (status, error, _) = try await stage.post("/approve", #"{"rule":"hot","subject":"deployment/boiler","by":"bert"}"#)
            #expect(status == 409)
            #expect(error?.detail.contains("waits to be confirmed, and cannot be now: paused by anna") == true)
            #expect(stage.furnaces.temperature(of: "boiler") == 90)
        }
    }

    @Test("Resuming a rule that acts changes nothing; an unknown one is not there")
    func resume() async throws {
        try await serving { stage in
            let (status, _, body) = try await stage.post("/rules/hot/resume", "{}")
            #expect(status == 200)
            #expect(body == #"{"isReinstated":false,"rule":"hot"}"# + "\n")
            #expect(try await stage.post("/rules/cold/resume", "").0 == 404)
            let (unknown, error, _) = try await stage.post("/suspensions", #"{"kind":"pause","by":"a","rule":"hto"}"#)
            #expect(unknown == 404)
            #expect(error?.field == "rule" && error?.expected?.contains("hot") == true)
        }
    }

    @Test("Who does not lead says who does")
    func notLeading() async throws {
        try await serving(isElected: true) { stage in
            await stage.engine.lead(true)
            await stage.engine.lead(false, "healer-1 leads")
            let (status, error, _) = try await stage.post("/suspensions", #"{"kind":"pause","by":"anna"}"#)
            #expect(status == 409)
            #expect(error?.leader == "healer-1 leads")
            let report = try await stage.get("/explain", as: ExplanationReport.self)
            #expect(report.automaton?.leads == false)
            #expect(report.automaton?.notLeading == "healer-1 leads")
            #expect(report.automaton?.isElected == true)
            #expect(try await stage.get("/decisions", as: DecisionsReport.self).partial == "this process does not lead: healer-1 leads")
            #expect(try await stage.get("/status", as: StatusReport.self).suspensions == nil)
            let held = try await stage.client.get(base + "/suspensions")
            #expect(held.status == 409 && held.body.contains("healer-1 leads"))
        }
    }

    @Test(
        "A body that makes no sense is an error that names the field and says what would be right",
        arguments: [
            (#"{"kind":"mute","by":"a"}"#, "kind", "silence or pause"), (#"{"kind":"pause"}"#, "by", "who asks"),
            (#"{"kind":"pause","by":"  "}"#, "by", "who asks"), (#"{"kind":"pause","by":"a","forr":"1h"}"#, "forr", "for"),
            (#"{"kind":"pause","by":"a","for":"1h","until":"2030-01-01T00:00:00Z"}"#, "until", "one of the two"),
            (#"{"kind":"pause","by":"a","for":"0s"}"#, "for", "time span"), (#"{"kind":"pause","by":"a","for":"900d"}"#, "for", "at most"),
            (#"{"kind":"pause","by":"a","until":"2020-01-01T00:00:00Z"}"#, "until", "between now"),
            (#"{"kind":"pause","by":"a","until":"soon"}"#, "until", "between now"),
            (#"{"kind":"pause","by":"a","subject":"boiler"}"#, "subject", "KIND/NAME"), (#"{"kind":"pause","by":5}"#, "by", "a text"),
            (#"{"kind":"pause","by":"a\nb"}"#, "by", "one line"), (#"["pause"]"#, nil, "JSON object"), ("{\"kind\"", nil, "JSON object"),
        ] as [(String, String?, String)])
    func badBody(_ body: String, _ field: String?, _ expected: String) async throws {
        try await serving { stage in
            let (status, error, text) = try await stage.post("/suspensions", body)
            #expect(status == 400)
            #expect(error?.field == field)
            #expect(error?.expected?.contains(expected) == true, "\(text)")
        }
    }

    @Test("A body that is too large is refused, and the server goes on")
    func large() async throws {
        try await serving { stage in
            let (status, error, _) = try await stage.post(
                "/suspensions", #"{"kind":"pause","by":"a","why":""# + String(repeating: "x", count: 70_000) + #""}"#)
            #expect(status == 413)
            #expect(error?.detail.contains("65536 bytes") == true)
            #expect(try await stage.client.get("/healthz").status == 200)
        }
    }
}

@Suite("API: who may change something", .timeLimit(.minutes(10)))
struct RightsTests {
    private static let pause = #"{"kind":"pause","by":"anna","for":"1m"}"#

    @Test("With a token configured, nobody changes anything without it, not even from this machine")
    func token() async throws {
        let token = try APIToken("0123456789abcdef0123".utf8, from: "test")
        try await serving(token: token) { stage in
            for header in [
                [], ["Authorization: Bearer 0123456789abcdef0124"], ["Authorization: Bearer 0123456789abcdef012"],
                ["Authorization: Bearer 0123456789abcdef01230"], ["Authorization: Bearer "],
                ["Authorization: Basic 0123456789abcdef0123"], ["Authorization: 0123456789abcdef0123"],
            ] {
                let answer = try await stage.client.get(
                    base + "/suspensions", method: "POST", headers: [json] + header, body: Self.pause)
                #expect(answer.status == 401, "\(header)")
                #expect(answer.headers["www-authenticate"]?.hasPrefix("Bearer") == true)
                #expect(!answer.body.contains("0123456789"))
            }
            #expect(try await stage.client.get(base + "/suspensions/x", method: "DELETE").status == 401)
            let right = [json, "Authorization: bearer 0123456789abcdef0123"]
            // With the token, the name under which it is reached does not matter.
            #expect(try await stage.post("/suspensions", Self.pause, headers: right, host: "healer.example.com").0 == 201)
            #expect(try await stage.client.get(base + "/explain", host: "healer.example.com").status == 200, "reading is open")
        }
    }

    @Test("Without a token: only this machine, under its own name, not through a proxy")
    func local() async throws {
        try await serving { stage in
            for host in ["localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000", "LOCALHOST"] {
                #expect(try await stage.post("/suspensions", Self.pause, host: host).0 == 201, "\(host)")
            }
            for host in ["evil.example.com", "localhost.evil.com", "127.0.0.1.evil.com:8000", "localhost:8000.evil.com", "10.0.0.1"] {
                let (status, error, _) = try await stage.post("/suspensions", Self.pause, host: host)
                #expect(status == 403, "\(host)")
                #expect(error?.expected?.contains("API_TOKEN") == true)
            }
            for header in ["X-Forwarded-For: 10.0.0.1", "Forwarded: for=10.0.0.1", "Via: 1.1 proxy", "X-Envoy-Expected-Rq-Timeout-Ms: 1"] {
                #expect(try await stage.post("/suspensions", Self.pause, headers: [json, header]).0 == 403, "\(header)")
            }
        }
    }

    @Test("A page of another origin, and a form of any, are refused")
    func pages() async throws {
        try await serving { stage in
            let own = try await stage.post("/suspensions", Self.pause, headers: [json, "Origin: http://localhost"]).0
            #expect(own == 201)
            for origin in ["https://evil.example.com", "null", "http://localhost:9999"] {
                #expect(try await stage.post("/suspensions", Self.pause, headers: [json, "Origin: \(origin)"]).0 == 403, "\(origin)")
                #expect(try await stage.client.get(base + "/explain", headers: ["Origin: \(origin)"]).status == 403)
            }
            for type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
                #expect(try await stage.post("/suspensions", Self.pause, headers: ["Content-Type: \(type)"]).0 == 415, "\(type)")
            }
            #expect(try await stage.post("/suspensions", Self.pause, headers: []).0 == 415)
            #expect(try await stage.post("/rules/hot/resume", "", headers: []).0 == 415, "also without a body")
            #expect(try await stage.post("/suspensions", Self.pause, headers: ["Content-Type: application/json; charset=utf-8"]).0 == 201)
        }
    }

    private static func caller(_ peer: SocketAddress) -> Caller { Caller(headers: [:], authority: "localhost", from: peer) }

    @Test(
        "Another machine, and a service mesh's sidecar, are not this machine",
        arguments: ["10.1.2.3", "127.0.0.6", "fe80::1", "::ffff:10.0.0.1"])
    func peers(_ address: String) async throws {
        let peer = try SocketAddress(ipAddress: address, port: 4000)
        await #expect(throws: APIProblem.self) { try await Rights(token: nil).check(Self.caller(peer), .post, "/x") }
        let token = try APIToken("0123456789abcdef0123".utf8, from: "test")
        await #expect(throws: APIProblem.self) { try await Rights(token: token).check(Self.caller(peer), .post, "/x") }
        for local in ["127.0.0.1", "::1"] {
            let peer = try SocketAddress(ipAddress: local, port: 4000)
            await #expect(throws: Never.self) { try await Rights(token: nil).check(Self.caller(peer), .post, "/x") }
        }
    }

    @Test("Tokens that can be guessed or sent wrong are refused, and none is ever printed")
    func tokens() throws {
        #expect(throws: APIToken.Unusable.self) { try APIToken("short".utf8, from: "x") }
        #expect(throws: APIToken.Unusable.self) { try APIToken("0123456789 abcdef0123".utf8, from: "x") }
        #expect(throws: APIToken.Unusable.self) { try APIToken("".utf8, from: "x") }
        let token = try APIToken("  0123456789abcdef\n".utf8, from: "x")
        #expect(token.text == "0123456789abcdef")
        #expect("\(token)\(String(reflecting: token))" == "<redacted><redacted>")
        var dumped = ""
        dump(token, to: &dumped)
        #expect(!dumped.contains("0123"))
        for candidate in ["0123456789abcdef", "0123456789abcdeF", "0123456789abcde", "", "0123456789abcdef0123456789abcdef"] {
            #expect(token.matches(candidate.utf8) == (candidate == "0123456789abcdef"))
        }
    }
}
