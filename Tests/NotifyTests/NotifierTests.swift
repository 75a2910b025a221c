import AutomatonCore
import Foundation
import LoopbackServer
import Testing

@testable import Notify

/// Each service with its real shape of requests and answers.
@Suite("Notifiers", .timeLimit(.minutes(10)))
struct NotifierTests {
    private func text(_ value: Any?) -> String { (value as? String) ?? "\(value ?? "nothing")" }

    /// Every text in some JSON, by the key that it stands under.
    private func texts(_ value: Any, _ key: String = "") -> [(key: String, text: String)] {
        switch value {
        case let text as String: [(key, text)]
        case let list as [Any]: list.flatMap { texts($0, key) }
        case let mapping as [String: Any]: mapping.flatMap { texts($0.value, $0.key) }
        default: []
        }
    }

    @Test("Slack: text without markup, a notification that mentions nobody, a link that ends where it ends")
    func slack() async throws {
        let service = try FakeService { _, _ in .status(200, "ok") }
        let url = service.url + "/services/T0/B0/secretsecret"
        let slack = try receiver("kind: slack\nurl: { env: SLACK }", ["SLACK": url])
        try await slack.deliver(hostileMessage())
        let request = try #require(service.requests.first)
        #expect(request.method == "POST" && request.path == "/services/T0/B0/secretsecret")
        #expect(request.headers["content-type"] == "application/json")
        let body = try #require(service.bodies.first)
        let line = text(body["text"])
        #expect(line.contains("&lt;!channel&gt;") && !line.contains("<") && line.contains("&amp;amp;"))
        let blocks = try #require(body["blocks"] as? [[String: Any]])
        #expect(blocks.map { $0["type"] as? String } == ["header", "section", "section"])
        let kinds = blocks.map { ($0["text"] as? [String: Any])?["type"] as? String }
        #expect(kinds == ["plain_text", "plain_text", "mrkdwn"])
        let last = text((blocks[2]["text"] as? [String: Any])?["text"])
        #expect(last == "<https://heal.example.org/incidents/a%7Cb%3Ec%22d%29e|Open the dashboard>")
        #expect(!texts(body).contains { $0.text.unicodeScalars.contains { $0.value == 0x202E || $0.value == 0 } })
    }

    @Test("Slack's limits are kept with hundreds of incidents")
    func slackLimits() throws {
        var message = hostileMessage()
        message.title = String(repeating: "t", count: 5000)
        message.entries = Array(repeating: message.entries[0], count: 40)
        for index in message.entries.indices { message.entries[index].summary = String(repeating: "😀", count: 4000) }
        let body = try #require(try JSONSerialization.jsonObject(with: Data(Slack.body(message).bytes)) as? [String: Any])
        let blocks = try #require(body["blocks"] as? [[String: Any]])
        #expect(blocks.count <= 50)
        for block in blocks {
            let limit = block["type"] as? String == "header" ? 150 : 3000
            #expect(text((block["text"] as? [String: Any])?["text"]).utf16.count <= limit)
        }
    }

    @Test("Telegram: HTML with everything escaped, at most 4096 units, and its own way to ask for patience")
    func telegram() async throws {
        let service = try FakeService { _, count in
            count == 1
                ? .status(
                    429,
                    "{\"ok\":false,\"error_code\":429,\"description\":\"Too Many Requests: retry after 35\",\"parameters\":{\"retry_after\":35}}"
                )
                : .status(200, "{\"ok\":true,\"result\":{\"message_id\":7}}")
        }
        let telegram = try receiver(
            "kind: telegram\ntoken: { env: TOKEN }\nchat: \"-100123\"\nthread: 4\nurl: \(service.url)", ["TOKEN": "123:ABC-def_9"])
        let failure = await #expect(throws: DeliveryFailure.self) { try await telegram.deliver(hostileMessage()) }
        #expect(failure?.retry == .later(after: .seconds(35)))
        var long = hostileMessage()
        long.entries[0].summary = String(repeating: "<&>😀", count: 5000)
        try await telegram.deliver(hostileMessage())
        try await telegram.deliver(long)
        #expect(service.requests.allSatisfy { $0.target == "/bot123:ABC-def_9/sendMessage" && $0.method == "POST" })
        let body = service.bodies[1]
        #expect(
            body["chat_id"] as? String == "-100123" && body["message_thread_id"] as? Int == 4 && body["parse_mode"] as? String == "HTML")
        let sent = text(body["text"])
        #expect(sent.hasPrefix("<b>") && sent.contains("&lt;script&gt;") && !sent.contains("<script"))
        #expect(sent.contains("<a href=\"https://heal.example.org/incidents/a%7Cb%3Ec%22d%29e\">"))
        let shown = text(service.bodies[2]["text"]).replacingOccurrences(of: "<[^>]*>", with: "", options: .regularExpression)
            .replacingOccurrences(of: "&lt;", with: "<").replacingOccurrences(of: "&gt;", with: ">")
            .replacingOccurrences(of: "&quot;", with: "\"").replacingOccurrences(of: "&amp;", with: "&")
        #expect(shown.utf16.count <= 4096 && shown.utf16.count > 3900)
    }

    @Test("PagerDuty: trigger and resolve by one key, 202, limits of the fields")
    func pagerDuty() async throws {
        let service = try FakeService { _, _ in .status(202, "{\"status\":\"success\",\"message\":\"Event processed\",\"dedup_key\":\"k\"}")
        }
        let pager = try receiver("kind: pagerduty\nkey: { env: KEY }\nurl: \(service.url)/v2/enqueue", ["KEY": "R0UT1NGKEY"])
        var message = hostileMessage()
        message.title = String(repeating: "x", count: 3000)
        try await pager.deliver(message)
        try await pager.deliver(hostileMessage(.resolved))
        let (trigger, resolve) = (service.bodies[0], service.bodies[1])
        #expect(trigger["event_action"] as? String == "trigger" && resolve["event_action"] as? String == "resolve")
        #expect(trigger["routing_key"] as? String == "R0UT1NGKEY" && trigger["dedup_key"] as? String == resolve["dedup_key"] as? String)
        let payload = try #require(trigger["payload"] as? [String: Any])
        #expect(text(payload["summary"]).count <= 1024 && payload["severity"] as? String == "critical")
        #expect(payload["source"] as? String == "production/deployment/my-app" && payload["class"] as? String == "OOMKilled")
        #expect(Instant(rfc3339: text(payload["timestamp"])) != nil)
    }

    @Test("Teams: an Adaptive Card of text runs, and a refusal inside of a 200")
    func teams() async throws {
        let service = try FakeService { _, count in
            count == 1
                ? .status(202)
                : .status(200, "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429")
        }
        let teams = try receiver("kind: teams\nurl: { env: URL }", ["URL": service.url + "/workflows/x?sig=abcdefgh"])
        var message = hostileMessage()
        message.entries = Array(repeating: message.entries[0], count: 30)
        for index in message.entries.indices { message.entries[index].summary = String(repeating: "\"\\", count: 4000) }
        try await teams.deliver(message)
        let request = try #require(service.requests.first)
        #expect(request.target == "/workflows/x?sig=abcdefgh" && request.body.count < 28_000)
        let attachments = try #require(service.bodies[0]["attachments"] as? [[String: Any]])
        #expect(attachments[0]["contentType"] as? String == "application/vnd.microsoft.card.adaptive")
        let card = try #require(attachments[0]["content"] as? [String: Any])
        let blocks = try #require(card["body"] as? [[String: Any]])
        #expect(card["type"] as? String == "AdaptiveCard" && blocks.allSatisfy { $0["type"] as? String == "RichTextBlock" })
        let failure = await #expect(throws: DeliveryFailure.self) { try await teams.deliver(message) }
        #expect(failure?.retry == .later(after: nil))
        #expect(failure?.description.contains("abcdefgh") == false)
    }

    @Test("Webhook: the message as JSON, signed; or a template that no text can break out of")
    func webhook() async throws {
        let service = try FakeService { _, _ in .status(204) }
        let plain = try receiver(
            "kind: webhook\nurl: \(service.url)/hook/{{namespace}}?t={{title}}\nsecret: { env: S }\nheaders: { X-Team: shop, Authorization: { env: A, prefix: 'Bearer ' } }",
            ["S": "key-key", "A": "token-1"])
        try await plain.deliver(hostileMessage())
        let request = try #require(service.requests.first)
        #expect(
            request.path == "/hook/production" && !request.target.contains(" ") && request.query("t")?.contains("%3C%21channel%3E") == true)
        #expect(request.headers["x-team"] == "shop" && request.headers["authorization"] == "Bearer token-1")
        let expected = SHA256.hex(SHA256.authentication(of: request.body, key: Array("key-key".utf8)))
        #expect(request.headers["x-signature-256"] == "sha256=\(expected)")
        let incidents = try #require(service.bodies[0]["incidents"] as? [[String: Any]])
        #expect(incidents[0]["pod"] as? String == "my-app-7c9-xyz" && incidents[0]["reason"] as? String == "OOMKilled")

        let own = try receiver(
            "kind: webhook\nmethod: PUT\nurl: \(service.url)\nbody: '{\"a\": \"{{title}} / {{text}}\", \"n\": {{incidents}}, \"c\": {{count}}}'"
        )
        try await own.deliver(hostileMessage())
        #expect(service.requests[1].method == "PUT" && service.bodies[1].count == 3)
        #expect(text(service.bodies[1]["a"]).hasPrefix(hostileMessage().title))
        let form = try receiver(
            "kind: webhook\nurl: \(service.url)\ncontentType: application/x-www-form-urlencoded\nbody: 'message={{title}}&priority=5'")
        try await form.deliver(hostileMessage())
        let sent = String(decoding: service.requests[2].body, as: UTF8.self)
        #expect(sent.split(separator: "&").count == 2 && sent.hasPrefix("message=Auto-Heal%3A%20%3C%21channel"))
    }

    @Test("Tickets: opened at one address and closed at another, by the key")
    func ticket() async throws {
        let service = try FakeService { _, _ in .status(202) }
        let ticket = try receiver(
            """
            kind: ticket
            open: { url: "\(service.url)/v2/alerts", body: '{"message": "{{title}}", "alias": "{{digest}}"}', headers: { Authorization: { env: K, prefix: "GenieKey " } } }
            close: { url: "\(service.url)/v2/alerts/{{digest}}/close?identifierType=alias", body: '{"source": "auto-heal"}', headers: { Authorization: { env: K, prefix: "GenieKey " } } }
            """, ["K": "kkkk"])
        var message = hostileMessage()
        message.key = "auto-heal/oom-killed/production#00ff00ff00ff00ff"
        try await ticket.deliver(message)
        message.kind = .resolved
        try await ticket.deliver(message)
        #expect(service.requests.map(\.path) == ["/v2/alerts", "/v2/alerts/00ff00ff00ff00ff/close"])
        #expect(service.bodies[0]["alias"] as? String == "00ff00ff00ff00ff")
        #expect(service.requests.allSatisfy { $0.headers["authorization"] == "GenieKey kkkk" })
        #expect(Set(service.requests.map { $0.headers["idempotency-key"] ?? "" }).count == 2)
    }

    @Test("GitHub: one issue for what belongs together, found by its mark, noted on, closed")
    func gitHub() async throws {
        let marker = "<!-- auto-heal: 00ff -->"
        let service = try FakeService { request, count in
            switch (request.method, count) {
            case ("GET", 1):
                return .status(200, "[{\"number\": 1, \"body\": \"other\"}, {\"number\": 2, \"body\": null, \"pull_request\": {}}]")
            case ("GET", _): return .status(200, "[{\"number\": 1, \"body\": null}, {\"number\": 41, \"body\": \"text\\n\(marker)\\n\"}]")
            default: return .status(request.method == "PATCH" ? 200 : 201, "{\"number\": 41}")
            }
        }
        let gitHub = try receiver(
            "kind: github\nrepository: shop/operations\ntoken: { env: T }\nurl: \(service.url)", ["T": "ghp_secret"])
        var message = hostileMessage()
        message.key = "auto-heal/x#00ff"
        try await gitHub.deliver(message)
        try await gitHub.deliver(message)
        message.kind = .resolved
        try await gitHub.deliver(message)
        #expect(
            service.requests.map { "\($0.method) \($0.path)" } == [
                "GET /repos/shop/operations/issues", "POST /repos/shop/operations/issues", "GET /repos/shop/operations/issues",
                "POST /repos/shop/operations/issues/41/comments", "GET /repos/shop/operations/issues",
                "PATCH /repos/shop/operations/issues/41", "POST /repos/shop/operations/issues/41/comments",
            ])
        let first = try #require(service.requests.first)
        #expect(first.headers["authorization"] == "Bearer ghp_secret" && first.headers["x-github-api-version"] == "2022-11-28")
        #expect(first.headers["user-agent"] != nil && first.query("state") == "open")
        let made = text(service.bodies.first { $0["title"] != nil }?["body"])
        #expect(made.hasPrefix("````text\n") && made.contains("\n````\n") && made.contains(marker))
        // What is hostile is all inside of the block.
        let after = made.components(separatedBy: "\n````\n").last ?? ""
        #expect(!after.contains("@octocat") && !after.contains("![") && !after.contains("<script"))
    }

    @Test("GitHub says in its own way when to come again")
    func gitHubLimit() async throws {
        let reset = Sample.start.microseconds / 1_000_000 + 90
        let service = try FakeService { _, _ in
            .status(403, "{\"message\":\"API rate limit exceeded\"}", headers: ["X-RateLimit-Remaining: 0", "X-RateLimit-Reset: \(reset)"])
        }
        let gitHub = try receiver("kind: github\nrepository: a/b\ntoken: { env: T }\nurl: \(service.url)", ["T": "tttt"])
        let failure = await #expect(throws: DeliveryFailure.self) { try await gitHub.deliver(hostileMessage()) }
        #expect(failure?.retry == .later(after: .seconds(90)))
    }

    @Test("Jira: made, noted on, ended by the transition to what is done")
    func jira() async throws {
        let service = try FakeService { request, count in
            switch request.path {
            case "/rest/api/3/search/jql":
                return .status(200, count == 1 ? "{\"issues\":[],\"isLast\":true}" : "{\"issues\":[{\"key\":\"OPS-9\"}]}")
            case "/rest/api/3/issue": return .status(201, "{\"id\":\"10\",\"key\":\"OPS-9\"}")
            case "/rest/api/3/issue/OPS-9/transitions" where request.method == "GET":
                return .status(
                    200,
                    "{\"transitions\":[{\"id\":\"11\",\"name\":\"Start\",\"to\":{\"statusCategory\":{\"key\":\"indeterminate\"}}},{\"id\":\"31\",\"name\":\"Done\",\"to\":{\"statusCategory\":{\"key\":\"done\"}}}]}"
                )
            default: return .status(request.path.hasSuffix("comment") ? 201 : 204)
            }
        }
        let jira = try receiver(
            "kind: jira\nurl: \(service.url)\nproject: OPS\nuser: bot@example.org\ntoken: { env: T }", ["T": "jtoken"])
        try await jira.deliver(hostileMessage())
        try await jira.deliver(hostileMessage(.resolved))
        #expect(
            service.requests.map { "\($0.method) \($0.path.dropFirst(12))" } == [
                "POST search/jql", "POST issue", "POST search/jql", "GET issue/OPS-9/transitions", "POST issue/OPS-9/transitions",
                "POST issue/OPS-9/comment",
            ])
        let expected = Data("bot@example.org:jtoken".utf8).base64EncodedString()
        #expect(service.requests.allSatisfy { $0.headers["authorization"] == "Basic \(expected)" })
        let fields = try #require(service.bodies[1]["fields"] as? [String: Any])
        #expect(text(fields["summary"]).count <= 255 && (fields["description"] as? [String: Any])?["type"] as? String == "doc")
        #expect((fields["labels"] as? [String])?.contains("auto-heal") == true)
        #expect((service.bodies[3]["transition"] as? [String: Any])?["id"] as? String == "31")
    }

    @Test("Grafana: a mark where something happened, a region when it is over, no HTML of others")
    func grafana() async throws {
        let service = try FakeService { _, _ in .status(200, "{\"message\":\"Annotation added\",\"id\":1}") }
        let grafana = try receiver(
            "kind: grafana\nurl: \(service.url)/\ntoken: { env: T }\ndashboard: abc-1\npanel: 3\ntags: [eu]", ["T": "glsa_secret"])
        try await grafana.deliver(hostileMessage())
        try await grafana.deliver(hostileMessage(.resolved))
        #expect(service.requests.allSatisfy { $0.path == "/api/annotations" && $0.headers["authorization"] == "Bearer glsa_secret" })
        let (mark, region) = (service.bodies[0], service.bodies[1])
        #expect(mark["time"] as? Int == 1_793_340_000_000 && mark["timeEnd"] == nil && mark["dashboardUID"] as? String == "abc-1")
        #expect(region["timeEnd"] as? Int == 1_793_340_090_000 && region["panelId"] as? Int == 3)
        #expect(mark["tags"] as? [String] == ["auto-heal", "oom-killed", "production", "critical", "eu"])
        #expect(text(mark["text"]).contains("&lt;script&gt;") && !text(mark["text"]).contains("<"))
    }

    @Test(
        "What the service says decides whether it is tried again, and no secret is repeated",
        arguments: [
            (
                FakeService.Answer.status(429, "slow down SECRET-PART", headers: ["Retry-After: 17"]),
                DeliveryFailure.Retry.later(after: .seconds(17))
            ),
            (.status(503, "busy", headers: ["Retry-After: Fri, 30 Oct 2026 06:02:00 GMT"]), .later(after: .seconds(120))),
            (.status(500, "oops"), .later(after: nil)), (.status(400, "invalid_payload SECRET-PART"), .never),
            (.status(404, "no_service"), .never),
            (.status(302, "", headers: ["Location: http://elsewhere/"]), .never), (.silence, .later(after: nil)),
            (.reset, .later(after: nil)),
        ])
    func failures(_ answer: FakeService.Answer, _ retry: DeliveryFailure.Retry) async throws {
        let service = try FakeService { _, _ in answer }
        let url = "\(service.url)/services/SECRET-PART"
        for kind in ["slack", "teams", "webhook"] {
            let notifier = try receiver(
                "kind: \(kind)\nurl: { env: U }\ntimeout: 1s\nheaders: {}".replacingOccurrences(
                    of: kind == "webhook" ? "" : "\nheaders: {}", with: ""), ["U": url])
            let failure = await #expect(throws: DeliveryFailure.self) { try await notifier.deliver(sampleMessage()) }
            #expect(failure?.retry == retry, "\(kind): \(failure?.description ?? "")")
            #expect(failure?.description.contains(url) == false)
        }
    }

    @Test("A secret in a file is read again at each delivery; one that is gone is a failure that passes")
    func rotation() async throws {
        let service = try FakeService { _, _ in .status(200) }
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("secret-\(UInt64.random(in: 0...UInt64.max))").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("first\n".utf8).write(to: URL(fileURLWithPath: path))
        let webhook = try receiver("kind: webhook\nurl: \(service.url)\nheaders: { X-Key: { file: \(path) } }")
        try await webhook.deliver(sampleMessage())
        try Data("second".utf8).write(to: URL(fileURLWithPath: path))
        try await webhook.deliver(sampleMessage())
        #expect(service.requests.map { $0.headers["x-key"] } == ["first", "second"])
        try FileManager.default.removeItem(atPath: path)
        let failure = await #expect(throws: DeliveryFailure.self) { try await webhook.deliver(sampleMessage()) }
        #expect(failure?.retry == .later(after: nil) && service.requests.count == 2)
    }
}
