import AutomatonCore
import Foundation
import NIOCore
import Testing

@testable import Engine
@testable import WebAPI

@Suite("API: Alertmanager's webhook", .timeLimit(.minutes(10)))
struct AlertsAPITests {
    /// As Alertmanager 0.27 sends it.
    static func message(_ status: String = "firing", fingerprint: String = "5ef77f1f8a3ecf8d", version: String = "4") -> String {
        """
        {"receiver":"automaton","status":"\(status)","alerts":[{"status":"\(status)","labels":{"alertname":"QueueFull","namespace":"shop",
        "deployment":"web","severity":"page"},"annotations":{"summary":"the queue\\nis full"},"startsAt":"2026-11-22T06:00:00.123456789Z",
        "endsAt":"0001-01-01T00:00:00Z","generatorURL":"http://prometheus/graph","fingerprint":"\(fingerprint)"}],
        "groupLabels":{"alertname":"QueueFull"},"commonLabels":{},"commonAnnotations":{},"externalURL":"http://alertmanager",
        "version":"\(version)","groupKey":"{}:{alertname=\\"QueueFull\\"}","truncatedAlerts":0,"somethingNew":{"a":[1]}}
        """
    }

    @Test("What fires is kept until it is resolved; one alert told twice is one")
    func conversation() async throws {
        try await serving { stage in
            for _ in 0..<2 {
                let (status, _, body) = try await stage.post("/alerts", Self.message())
                #expect(status == 200, "\(body)")
                #expect(body == #"{"firing":1,"refused":0,"resolved":0,"success":true}"# + "\n")
            }
            let alert = try #require(try await stage.inbox.read().alerts.first)
            #expect(try await stage.inbox.read().alerts.count == 1)
            #expect(alert.labels["deployment"] == "web" && alert.summary == "the queue is full" && alert.resolvedAt == nil)
            #expect(try await stage.post("/alerts", Self.message("resolved")).2.contains(#""resolved":1"#))
            #expect(try await stage.inbox.read().alerts.first?.resolvedAt != nil)
            // What was never heard of is not over.
            #expect(try await stage.post("/alerts", Self.message("resolved", fingerprint: "0")).0 == 200)
            #expect(try await stage.inbox.read().alerts.count == 1)
        }
    }

    @Test("What a template put into an annotation is kept without secrets, also where it is cut")
    func secrets() async throws {
        try await serving { stage in
            let long = String(repeating: "queue ", count: 81) + "amqp://shop:hunter2pass@mq/orders"
            for (text, left) in [
                ("cannot reach amqp://shop:hunter2pass@mq/orders, password=S3cr3tV4lue", "cannot reach amqp://***@mq/orders, password=***"),
                (long, String(repeating: "queue ", count: 81) + "amqp://***@mq…"),
            ] {
                let (status, _, body) = try await stage.post(
                    "/alerts", Self.message().replacingOccurrences(of: #"the queue\nis full"#, with: text))
                #expect(status == 200, "\(body)")
                #expect(try await stage.inbox.read().alerts.map(\.summary) == [left])
            }
        }
    }

    @Test(
        "What makes no sense names the field",
        arguments: [
            (message(version: "3"), "version"), (#"{"version":"4"}"#, "alerts"), (#"{"version":"4","alerts":{}}"#, "alerts"),
            ("[]", nil), ("", nil), ("{\"version\":", nil), ("\u{0}\u{1}", nil),
        ] as [(String, String?)])
    func wrong(_ body: String, _ field: String?) async throws {
        try await serving { stage in
            let (status, error, text) = try await stage.post("/alerts", body)
            #expect(status == 400, "\(text)")
            #expect(error?.field == field || field == nil, "\(text)")
            #expect(try await stage.inbox.read().alerts.isEmpty)
        }
    }

    /// A right alert, in the same message as each of those that are not.
    private static let right = #"{"status":"firing","labels":{"alertname":"a"},"startsAt":"2026-11-22T06:00:00Z","fingerprint":"beef"}"#

    @Test(
        "One alert that makes no sense is left out alone, and counted; which field is wrong is known",
        arguments: [
            (#"{"status":"pending","labels":{"alertname":"a"},"startsAt":"2026-11-22T06:00:00Z","fingerprint":"a"}"#, "alerts[1].status"),
            (
                #"{"status":"firing","labels":{"alertname":"a"},"startsAt":"2026-11-22T06:00:00Z","fingerprint":""}"#,
                "alerts[1].fingerprint"
            ),
            (
                #"{"status":"firing","labels":{"alertname":"a"},"startsAt":"2026-11-22T06:00:00Z","fingerprint":"a/../b"}"#,
                "alerts[1].fingerprint"
            ),
            (#"{"status":"firing"}"#, "alerts.[1].labels"), ("null", "alerts.[1]"), ("7", "alerts.[1]"),
            (#"{"status":"firing","labels":{"a":1},"startsAt":"x","fingerprint":"a"}"#, "alerts.[1].labels.a"),
            (#"{"status":"firing","labels":{},"startsAt":"x","fingerprint":"a"}"#, "alerts[1].labels.alertname"),
            (#"{"status":"firing","labels":{"alertname":"a"},"startsAt":"x","fingerprint":"a"}"#, "alerts[1].startsAt"),
            (
                #"{"status":"firing","labels":{"alertname":"a","l":"\#(String(repeating: "x", count: 1025))"},"startsAt":"x","fingerprint":"a"}"#,
                "alerts[1].labels"
            ),
        ] as [(String, String)])
    func odd(_ alert: String, _ field: String) async throws {
        let body = #"{"version":"4","alerts":[\#(Self.right),\#(alert),\#(Self.right.replacing("beef", with: "cafe"))]}"#
        try await serving { stage in
            let (status, _, text) = try await stage.post("/alerts", body)
            #expect(status == 200 && text == #"{"firing":2,"refused":1,"resolved":0,"success":true}"# + "\n")
            #expect(try await stage.inbox.read().alerts.map(\.fingerprint) == ["beef", "cafe"])
        }
        #expect(try AlertmanagerMessage(Array(body.utf8)).told(at: .epoch).problem?.report.field == field)
    }

    @Test("Of a message with too many alerts the first are taken")
    func many() throws {
        let alerts = Array(repeating: Self.right, count: AlertmanagerMessage.most + 3).joined(separator: ",")
        let told = try AlertmanagerMessage(Array(#"{"version":"4","alerts":[\#(alerts)]}"#.utf8)).told(at: .epoch)
        #expect(told.alerts.count == AlertmanagerMessage.most && told.refused == 3 && told.problem?.report.field == "alerts")
    }

    @Test("The inbox is bounded in bytes, too: what is over makes room, and no more than there is room for is taken")
    func bytes() async throws {
        let start = Instant(seconds: 1_800_000_000)
        let inbox = AlertInbox(toldSince: start)
        let long = String(repeating: "x", count: 1024)
        func alert(_ number: Int, labels: Int = 64, resolved: Bool = false) -> Alert {
            let labels = Dictionary(uniqueKeysWithValues: (0..<labels).map { ("\($0)" + long.dropLast(2), long) })
            return Alert(
                fingerprint: "\(number)", labels: labels, summary: "", startsAt: start, heardAt: start, resolvedAt: resolved ? start : nil)
        }
        let receipt = try #require(inbox.take((0..<200).map { alert($0) }, at: start))
        let most = AlertInbox.mostBytes / (64 * 2048)
        #expect((most - 10...most).contains(receipt.firing) && receipt.refused == 200 - receipt.firing)
        #expect(inbox.take([alert(0)], at: start) == .init(firing: 1), "one that is known is taken")
        _ = inbox.take([alert(1, resolved: true)], at: start)
        #expect(inbox.take([alert(900), alert(901)], at: start) == .init(firing: 1, refused: 1))
        // A shorter word of one that is known gives back what it does not need.
        _ = inbox.take([alert(2, labels: 1)], at: start)
        #expect(inbox.take([alert(902, labels: 60), alert(903)], at: start) == .init(firing: 1, refused: 1))
        #expect(try await inbox.read().alerts.count == receipt.firing + 1)
    }

    @Test("One that does not lead takes none, so that the sender tries again")
    func follower() async throws {
        try await serving(isElected: true) { stage in
            await stage.engine.lead(false, "healer-1 leads")
            let body = Self.message()
            let request = "POST \(base)/alerts HTTP/1.1\r\nHost: localhost\r\n\(json)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
            let answer = try await stage.client.connected { inbound, outbound in
                try await outbound.write(ByteBuffer(string: request))
                var text = ""
                for try await buffer in inbound {
                    text += String(buffer: buffer)
                    if text.contains("healer-1 leads") { break }
                }
                return text
            }
            #expect(answer.hasPrefix("HTTP/1.1 503"))
            // Over the same connection it would come here again.
            #expect(answer.lowercased().contains("\r\nconnection: close\r\n"))
            #expect(try await stage.inbox.read().alerts.isEmpty)
        }
    }

    @Test("Strangers, other types and bodies without end are refused")
    func refused() async throws {
        let token = try APIToken("0123456789abcdef".utf8, from: "test")
        try await serving(token: token) { stage in
            let (stranger, _, _) = try await stage.post("/alerts", Self.message())
            #expect(stranger == 401)
            let right = ["Authorization: Bearer 0123456789abcdef"]
            #expect(try await stage.post("/alerts", Self.message(), headers: right).0 == 415, "no type")
            let long = String(repeating: " ", count: HealingAPI.largestAlerts) + Self.message()
            #expect(try await stage.post("/alerts", long, headers: right + [json]).0 == 413)
            #expect(try await stage.post("/alerts", Self.message(), headers: right + [json]).0 == 200)
        }
    }

    @Test("The inbox is bounded; what is over, or not repeated for very long, is forgotten")
    func inbox() async throws {
        let start = Instant(seconds: 1_800_000_000)
        let inbox = AlertInbox(toldSince: start)
        func alert(_ number: Int, resolved: Bool = false, at now: Instant) -> Alert {
            Alert(
                fingerprint: "\(number)", labels: ["alertname": "a"], summary: "", startsAt: start, heardAt: now,
                resolvedAt: resolved ? now : nil)
        }
        let receipt = inbox.take((0..<AlertInbox.most + 5).map { alert($0, at: start) }, at: start)
        #expect(receipt == .init(firing: AlertInbox.most, resolved: 0, refused: 5))
        #expect(inbox.take([alert(3, at: start)], at: start)?.firing == 1, "one that is known is taken")
        _ = inbox.take([alert(1, resolved: true, at: start)], at: start)
        #expect(inbox.take([alert(99_999, at: start)], at: start) == .init(firing: 1), "what is over makes room")
        _ = inbox.take([alert(2, resolved: true, at: start)], at: start)
        _ = inbox.take([], at: start + .hours(2))
        #expect(try await inbox.read().alerts.count == AlertInbox.most - 1)
        _ = inbox.take([], at: start + .hours(24 * 8))
        #expect(try await inbox.read().alerts.isEmpty)
    }

    @Test("One that leads no more forgets what it was told; one that leads from now on is told from now on")
    func leadership() async throws {
        let start = Instant(seconds: 1_800_000_000)
        let alert = Alert(fingerprint: "1", labels: ["alertname": "a"], summary: "", startsAt: start, heardAt: start)
        let inbox = AlertInbox(toldSince: nil)
        #expect(inbox.take([alert], at: start) == nil)
        #expect(try await inbox.read() == AlertReading(version: 0, alerts: [], toldSince: nil))
        inbox.observe(.leadership(.leading(term: 1)), at: start)
        #expect(inbox.take([alert], at: start + .seconds(1)) == .init(firing: 1))
        inbox.observe(.leadership(.leading(term: 1)), at: start + .seconds(2))
        #expect(try await inbox.read() == AlertReading(version: 2, alerts: [alert], toldSince: start))
        let reading = try await inbox.read()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await inbox.news(after: reading) }
            inbox.observe(.leadership(.following(holder: "other")), at: start + .seconds(3))
        }
        inbox.observe(.leadership(.unknown("why")), at: start + .seconds(4))
        inbox.observe(.leadership(.leading(term: 3)), at: start + .seconds(5))
        #expect(try await inbox.read() == AlertReading(version: 4, alerts: [], toldSince: start + .seconds(5)))
    }

    @Test("Who waits for news is told of the next message, and goes when it is cancelled")
    func news() async throws {
        let inbox = AlertInbox(toldSince: .epoch)
        let reading = try await inbox.read()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await inbox.news(after: reading) }
            _ = inbox.take([], at: Instant(seconds: 1))
            try await group.next()
            let now = try await inbox.read()
            group.addTask { await inbox.news(after: now) }
            group.cancelAll()
            try await group.next()
        }
    }
}
