import AutomatonCore
import Foundation
import NIOCore
import Synchronization
import Testing

@testable import Engine
@testable import WebAPI

@Suite("API: who may", .timeLimit(.minutes(10)))
struct AccessTests {
    /// Knows two people.
    final class People: TokenReviews {
        let asked = Mutex<[String]>([])
        let isAway = Mutex(false)
        let gone = Mutex<Set<String>>([])
        func review(_ token: String, verb: String, path: String) async throws(PortError) -> TokenVerdict {
            asked.withLock { $0.append("\(verb) \(path)") }
            if isAway.withLock({ $0 }) { throw .unavailable("the API server does not answer", retryAfter: nil) }
            if gone.withLock({ $0.contains(token) }) { return .unknown }
            switch token {
            case "anna": return .allowed(user: "anna")
            case "bert": return verb == "get" ? .allowed(user: "bert") : .denied(user: "bert")
            case "dora": return path == "/autoheal/actions/revert" ? .allowed(user: "dora") : .denied(user: "dora")
            default: return .unknown
            }
        }
    }

    private func bearer(_ token: String) -> [String] { [json, "Authorization: Bearer \(token)"] }
    private let pause = #"{"kind":"pause","by":"anna"}"#

    @Test("A token that Kubernetes knows opens what RBAC allows; each answer is kept for a while")
    func reviews() async throws {
        let people = People()
        try await serving(reviews: people) { stage in
            let (none, noToken, _) = try await stage.post("/suspensions", pause)
            #expect(none == 401 && noToken?.detail.contains("needs a token") == true)
            #expect(try await stage.post("/suspensions", pause, headers: bearer("carl")).0 == 401)
            let (denied, why, _) = try await stage.post("/suspensions", pause, headers: bearer("bert"))
            #expect(denied == 403 && why?.detail == "bert may not post /autoheal/suspensions")
            #expect(why?.expected?.contains("nonResourceURLs") == true)
            for _ in 0..<3 { #expect(try await stage.post("/suspensions", pause, headers: bearer("anna")).0 == 201) }
            #expect(people.asked.withLock { $0.filter { $0 == "post /autoheal/suspensions" }.count } == 3, "carl, bert, and anna once")
            #expect(try await stage.client.get(base + "/status").status == 200, "reading is open")
            people.isAway.withLock { $0 = true }
            #expect(try await stage.post("/suspensions", pause, headers: bearer("emil")).0 == 503)
            #expect(try await stage.post("/suspensions", pause, headers: bearer("anna")).0 == 201, "she is known")
        }
    }

    @Test("The file's token goes beside those of Kubernetes; a very long one is nobody's")
    func both() async throws {
        let token = try APIToken("0123456789abcdef".utf8, from: "test")
        try await serving(token: token, reviews: People()) { stage in
            for (bearer, status) in [
                ("0123456789abcdef", 201), ("anna", 201), ("0123456789abcdeg", 401), (String(repeating: "a", count: 15_000), 401),
            ] {
                let (answer, _, _) = try await stage.post("/suspensions", pause, headers: self.bearer(bearer))
                #expect(answer == status)
            }
        }
    }

    @Test("Reading can be protected, too; figures and health stay open")
    func protectedReading() async throws {
        try await serving(reviews: People(), protectsReading: true) { stage in
            for path in ["/status", "/incidents", "/explain", "/events", "/suspensions"] {
                let answer = try await stage.client.get(base + path)
                #expect(answer.status == 401, "\(path)")
                #expect(answer.headers["www-authenticate"] != nil)
            }
            #expect(try await stage.client.get(base + "/status", headers: ["Authorization: Bearer bert"]).status == 200)
            for path in ["/healthz", "/metrics"] { #expect(try await stage.client.get(path).status == 200) }
        }
    }

    @Test("Who follows is looked at again: with its right the stream ends, in order; where nobody can say, after a while")
    func following() async throws {
        let people = People()
        let pace = FollowerPace(heartbeat: .milliseconds(20), review: .milliseconds(20), unreviewed: .seconds(1))
        try await serving(reviews: people, protectsReading: true, remembered: .zero, pace: pace) { stage in
            for isGone in [true, false] {
                let reader = EventsAPITests.Reader()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        try await stage.client.connected { inbound, outbound in
                            let request = "GET \(base)/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer bert\r\n\r\n"
                            try await outbound.write(ByteBuffer(string: request))
                            for try await buffer in inbound {
                                reader.add(String(buffer: buffer))
                                if reader.all.hasSuffix("\r\n0\r\n\r\n") { return }
                            }
                        }
                    }
                    let before = people.asked.withLock { $0.count }
                    try await eventually("it is looked at again and again") { people.asked.withLock { $0.count } > before + 5 }
                    #expect(reader.all.contains("\nid: test-") && stage.feed.followers == 1)
                    if isGone { _ = people.gone.withLock { $0.insert("bert") } } else { people.isAway.withLock { $0 = true } }
                    // The end of the body, as HTTP has it.
                    try await group.next()
                }
                try await eventually("nobody follows") { stage.feed.followers == 0 }
                people.gone.withLock { $0 = [] }
            }
        }
    }

    @Test("Who asks too fast, or guesses, is told when to come back")
    func pace() async throws {
        let token = try APIToken("0123456789abcdef".utf8, from: "test")
        try await serving(token: token, limits: RequestLimits(requestsASecond: 1000, refusalsAMinute: 3)) { stage in
            var statuses: [Int] = []
            for number in 0..<6 { statuses.append(try await stage.post("/suspensions", pause, headers: bearer("guess-\(number)")).0) }
            #expect(statuses == [401, 401, 401, 429, 429, 429])
            #expect(try await stage.client.get(base + "/status").status == 200, "reading goes on")
            let right = bearer("0123456789abcdef")
            #expect(try await stage.post("/suspensions", pause, headers: right).0 == 201, "others behind that address are not locked out")
            let page = try await stage.client.get("/actions/pause", headers: ["Authorization: Bearer guess"])
            #expect(page.status == 429, "nor by way of the pages")
            var visitor = Visitor(client: stage.client)
            let form = Visitor.fields(of: try await visitor.get("/sign-in"))
            #expect(try await visitor.post("/sign-in", form.merging(["token": "guess"]) { $1 }).status == 429, "nor by signing in")
            #expect(try await visitor.post("/sign-in", form.merging(["token": "0123456789abcdef"]) { $1 }).status == 303)
        }
        let people = People()
        try await serving(reviews: people, limits: RequestLimits(requestsASecond: 1000, refusalsAMinute: 3)) { stage in
            #expect(try await stage.post("/suspensions", pause, headers: bearer("anna")).0 == 201)
            for number in 0..<6 { _ = try await stage.post("/suspensions", pause, headers: bearer("guess-\(number)")) }
            #expect(people.asked.withLock { $0.count } == 4, "the API server is asked no more")
            #expect(try await stage.post("/suspensions", pause, headers: bearer("anna")).0 == 201, "she was looked at a moment ago")
        }
        // Wrong tokens at the sign-in count, too.
        try await serving(token: token, limits: RequestLimits(requestsASecond: 1000, refusalsAMinute: 2)) { stage in
            var visitor = Visitor(client: stage.client)
            let form = Visitor.fields(of: try await visitor.get("/sign-in"))
            var statuses: [Int] = []
            for number in 0..<4 {
                statuses.append(try await visitor.post("/sign-in", form.merging(["token": "guess-\(number)"]) { $1 }).status)
            }
            #expect(statuses == [403, 403, 429, 429])
            #expect(try await stage.post("/suspensions", pause, headers: bearer("guess")).0 == 429)
        }
        try await serving(limits: RequestLimits(requestsASecond: 0.1)) { stage in
            var answers: [TestClient.Answer] = []
            for _ in 0..<7 { answers.append(try await stage.client.get(base + "/status")) }
            #expect(answers.last?.status == 429)
            #expect(answers.last?.headers["retry-after"].flatMap { Int($0) }.map { (1...10).contains($0) } == true)
            #expect(try await stage.client.get("/healthz").status == 200, "probes are not counted")
            let page = try await stage.client.get("/incidents")
            #expect(page.status == 429 && page.headers["retry-after"] != nil && page.body.contains("too many requests"), "pages are")
        }
    }

    @Test(
        "No answer is taken for what it is not, or by a page of elsewhere",
        arguments: ["/metrics", "/healthz", "/readyz", "/openapi.json", "/nothing", base + "/events", base + "/status", base + "/nothing"])
    func headers(path: String) async throws {
        try await serving { stage in
            for method in ["GET", "HEAD"] where method == "HEAD" || !path.hasSuffix("/events") {
                let headers = try await stage.client.get(path, method: method).headers
                #expect(headers["x-content-type-options"] == "nosniff" && headers["cross-origin-resource-policy"] == "same-origin")
                #expect(headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'")
                #expect(headers["cache-control"] == "no-store")
            }
        }
    }

    @Test("What every user may get by Kubernetes' own roles opens nothing here")
    func reviewedPaths() {
        #expect(Rights.reviewed("/api/autoheal/status") == "/autoheal/status")
        #expect(Rights.reviewed("/") == "/autoheal/" && Rights.reviewed("/actions/pause") == "/autoheal/actions/pause")
        for path in ["/api/autoheal/status", "/api/x", "/"] { #expect(!Rights.reviewed(path).hasPrefix("/api/")) }
    }

    @Test("A bucket fills with time, and no more than there may be are remembered")
    func bucket() {
        let pace = RequestPace(.init(aSecond: 2, atOnce: 3))
        let now = ContinuousClock.now
        for _ in 0..<3 { #expect(pace.take("a", at: now) == nil) }
        #expect(pace.take("a", at: now) == .milliseconds(500))
        #expect(pace.take("b", at: now) == nil)
        #expect(pace.take("a", at: now + .milliseconds(500)) == nil)
        #expect(pace.take("a", at: now + .milliseconds(500)) != nil)
        for number in 0..<5000 { _ = pace.take("n\(number)", at: now) }
        #expect(pace.take("a", at: now + .hours(1)) == nil)
    }
}
