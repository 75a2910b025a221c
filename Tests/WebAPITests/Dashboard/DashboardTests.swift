import AutomatonCore
import Foundation
import Testing

@testable import Engine
@testable import WebAPI

/// A person's browser, as far as forms go: it keeps cookies, and sends the fields that a page has.
struct Visitor {
    let client: TestClient
    var cookies: [String: String] = [:]

    mutating func get(_ path: String) async throws -> TestClient.Answer {
        let answer = try await client.get(path, headers: cookieHeader)
        keep(answer)
        return answer
    }

    mutating func post(
        _ path: String, _ fields: [String: String], origin: String? = "http://localhost", headers: [String] = [], host: String = "localhost"
    ) async throws -> TestClient.Answer {
        let body = fields.sorted { $0.key < $1.key }.map { "\(WebPath.encoded($0.key))=\(WebPath.encoded($0.value))" }.joined(
            separator: "&")
        let answer = try await client.get(
            path, method: "POST", host: host,
            headers: ["Content-Type: application/x-www-form-urlencoded"] + cookieHeader + headers
                + (origin.map { ["Origin: \($0)"] } ?? []),
            body: body)
        keep(answer)
        return answer
    }

    /// The fields that a form has already.
    static func fields(of page: TestClient.Answer) -> [String: String] {
        let inputs = page.body.matches(of: /<input type="hidden" name="([^"]*)" value="([^"]*)">/)
        return Dictionary(inputs.map { (String($0.1), String($0.2)) }) { $1 }
    }

    private var cookieHeader: [String] {
        cookies.isEmpty ? [] : ["Cookie: " + cookies.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")]
    }

    private mutating func keep(_ answer: TestClient.Answer) {
        guard let pair = answer.headers["set-cookie"]?.split(separator: ";").first?.split(separator: "=", maxSplits: 1) else { return }
        cookies[String(pair[0])] = pair.count > 1 ? String(pair[1]) : ""
    }
}

@Suite("Dashboard: pages", .timeLimit(.minutes(10)))
struct DashboardTests {
    @Test(
        "Each page says what there is, and lets nothing in from elsewhere",
        arguments: ["/", "/incidents", "/rules", "/settings", "/actions/pause"])
    func pages(path: String) async throws {
        try await serving { stage in
            let answer = try await stage.client.get(path)
            #expect(answer.status == 200)
            #expect(answer.headers["content-type"] == "text/html; charset=utf-8")
            let policy = try #require(answer.headers["content-security-policy"])
            #expect(
                policy.hasPrefix("default-src 'none'; script-src 'self'") && !policy.contains("unsafe")
                    && policy.contains("frame-ancestors 'none'"))
            #expect(answer.headers["x-content-type-options"] == "nosniff" && answer.headers["cache-control"] == "no-store")
            #expect(answer.headers["referrer-policy"] == "same-origin")
            #expect(answer.body.hasPrefix("<!doctype html>\n<html lang=\"en\">"))
            // What the policy forbids is not even written.
            #expect(
                !answer.body.contains(" style=") && !answer.body.contains("<style")
                    && answer.body.firstMatch(of: /<script(?! src="\/)/) == nil)
            #expect(answer.body.firstMatch(of: /(src|href|action)="(?!\/|#)/) == nil, "every address is of this server")
            #expect(answer.body.count(of: "<h1") == 1)
            let head = try await stage.client.get(path, method: "HEAD")
            #expect(head.status == 200 && head.body.isEmpty)
        }
    }

    @Test("What is not there, or not so, is told on a page")
    func missing() async throws {
        try await serving { stage in
            for (method, path, status) in [
                ("GET", "/incidents/20260101T000000Z-00000000", 404), ("GET", "/rules/none", 404), ("GET", "/actions/explode", 404),
                ("GET", "/assets/other.js", 404), ("GET", "/sign-in", 404), ("PUT", "/", 405), ("GET", "/sign-out", 405),
                ("GET", "/incidents?show=some", 400), ("GET", "/incidents?page=2", 400), ("GET", "/actions/silence?subject=email", 400),
                ("GET", "/actions/pause?rule=unknown", 404), ("GET", "/actions/lift?id=p-1", 404), ("GET", "/actions/lift", 400),
                ("GET", "/actions/approve?rule=hot&subject=deployment/boiler", 404), ("GET", "/actions/resume?rule=hot", 409),
            ] {
                let answer = try await stage.client.get(path, method: method)
                #expect(answer.status == status, "\(method) \(path)")
                #expect(answer.body.contains("<h1 id=\"problem-heading\">\(status) "), "\(method) \(path)")
            }
            #expect(try await stage.client.get("/other").status == 404)
            #expect(try await stage.client.get("/metrics").headers["content-type"]?.hasPrefix("text/plain") == true)
        }
    }

    @Test("Style, script and picture are served under names that change with them")
    func assets() async throws {
        try await serving { stage in
            let page = try await stage.client.get("/").body
            for (type, pattern) in [
                ("text/css", /href="(\/assets\/app\.css\?v=[0-9a-f]+)"/), ("text/javascript", /src="(\/assets\/app\.js\?v=[0-9a-f]+)"/),
                ("image/svg+xml", /href="(\/assets\/icon\.svg\?v=[0-9a-f]+)"/),
            ] {
                let path = try #require(page.firstMatch(of: pattern)?.1)
                let answer = try await stage.client.get(String(path))
                #expect(answer.status == 200 && answer.headers["content-type"]?.hasPrefix(type) == true)
                #expect(answer.headers["cache-control"] == "public, max-age=31536000, immutable")
            }
        }
    }

    @Test("An incident is told from its detection to its end, with what was changed")
    func story() async throws {
        try await serving { stage in
            #expect(try await stage.client.get("/").body.contains("No incident is open."))
            stage.furnaces.heat("boiler")
            try await eventually("it is healed") { try await stage.client.get("/").body.contains("1 healed") }
            let overview = try await stage.client.get("/").body
            #expect(overview.contains("<title>Healthy · Automaton</title>") && overview.contains("1 helped"))
            let link = try #require(overview.firstMatch(of: /href="(\/incidents\/[^"]+)"/)?.1)
            let page = try await stage.client.get(String(link)).body
            let words = page.matches(of: /<strong>(Seen|Waited|Watched|Planned|Changed|Verified|Over)<\/strong>/).map { String($0.1) }
            #expect(words.filter { $0 != "Waited" && $0 != "Watched" } == ["Seen", "Planned", "Changed", "Verified", "Over"])
            #expect(page.contains("<td class=\"before\">90</td>") && page.contains("</span>20</td>"))
            #expect(page.contains("Likely cause") && page.contains("Nothing was read around this incident."))
            let rules = try await stage.client.get("/rules").body
            #expect(rules.contains("1 of 1 helped") && rules.contains("id=\"rule-hot\""))
            let list = try await stage.client.get("/incidents?show=healed").body
            #expect(list.contains("1 incident<") && list.contains("cool down"))
            #expect(try await stage.client.get("/incidents?show=open").body.contains("No incident is open."))
        }
    }

    @Test("Settings show each value with where it comes from, and what is wrong with the files by now")
    func settings() async throws {
        try await serving { stage in
            let page = try await stage.client.get("/settings").body
            #expect(page.contains("<strong>/etc/automaton/COOLDOWN</strong>") && page.contains("default 5m"))
            #expect(
                page.contains("rules/a.yaml:3: &lt;b&gt;bold&lt;/b&gt; is no key")
                    && page.contains("the last good configuration stays in force"))
            #expect(page.contains("1 set, 1 by default"))
        }
    }

    @Test("What comes from the cluster stays text on every page")
    func hostile() async throws {
        let name = "<img src=x onerror=alert(1)>\"'"
        try await serving(delay: .hours(1), names: [name]) { stage in
            stage.furnaces.heat(name)
            try await eventually("it is seen") { try await stage.client.get("/").body.contains("1 incident open") }
            let overview = try await stage.client.get("/").body
            let link = try #require(overview.firstMatch(of: /href="(\/incidents\/[0-9][^"]+)"/)?.1)
            let silence = try #require(overview.firstMatch(of: /href="(\/actions\/silence\?rule=[^"]+)"/)?.1)
            for path in ["/", "/incidents", String(link), String(silence).replacing("&amp;", with: "&"), "/rules"] {
                let page = try await stage.client.get(path)
                #expect(page.status == 200 && !page.body.contains("<img"), "\(path)")
                #expect(page.body.contains("&lt;img src=x onerror=alert(1)&gt;") || path == "/rules")
            }
        }
    }

    @Test("A follower says who leads, and what it cannot tell")
    func follower() async throws {
        try await serving(isElected: true) { stage in
            await stage.engine.lead(false, "healer-1 leads")
            let page = try await stage.client.get("/").body
            #expect(page.contains("Standing by") && page.contains("healer-1 leads") && page.contains("it knows what is open"))
            var visitor = Visitor(client: stage.client)
            let form = try await visitor.get("/actions/pause")
            let refused = try await visitor.post("/actions/pause", Visitor.fields(of: form).merging(["by": "anna", "for": ""]) { $1 })
            #expect(refused.status == 409 && refused.body.contains("healer-1 leads") && refused.body.contains("value=\"anna\""))
        }
    }
}

extension String {
    fileprivate func count(of part: String) -> Int { components(separatedBy: part).count - 1 }
}
