internal import AutomatonCore
internal import CurlHTTP

/// A service of PagerDuty, by its Events API v2: triggers, and resolves by the same key.
public struct PagerDuty: Notifier {
    public static let kind = "pagerduty"
    public static let keepsOpen = true

    private let service: HTTPService
    private let url: String
    private let key: SecretSource

    /// Limits of the API, in characters.
    private static let (mostSummary, mostDetail, mostIncidents) = (1024, 4000, 20)

    /// Makes one.
    /// - Parameters:
    ///   - key: the integration's routing key.
    ///   - url: another address than the worldwide one (`https://events.eu.pagerduty.com/v2/enqueue`).
    public init(_ service: HTTPService, key: SecretSource, url: String = "https://events.pagerduty.com/v2/enqueue") {
        self.service = service
        self.key = key
        self.url = url
    }

    public func deliver(_ message: Message) async throws(DeliveryFailure) {
        let key = try await key.read()
        _ = try await service.send("POST", url, body: Self.body(message, routingKey: key.text).bytes, hiding: [key])
    }

    static func body(_ message: Message, routingKey: String) -> JSON {
        let isOver = message.kind == .resolved
        let link = message.link.map { SafeLink.encoded($0) }
        return .keys([
            "routing_key": .text(routingKey), "event_action": isOver ? "resolve" : "trigger", "dedup_key": .text(message.key),
            "payload": isOver ? nil : payload(message), "client": isOver ? nil : "self-healing automaton",
            "client_url": isOver ? nil : link.map { .text($0) },
            "links": isOver ? nil : link.map { .list([.keys(["href": .text($0), "text": "Open the dashboard"])]) },
        ])
    }

    private static func payload(_ message: Message) -> JSON {
        let first = message.first
        return .keys([
            "summary": .text(message.title.oneLine(mostSummary)),
            "source": .text((first?.key.subject.description ?? "self-healing-automaton").oneLine(255)),
            "severity": .text(severity(message)), "timestamp": .text(message.at.rfc3339Milli),
            "component": first.map { .text($0.key.subject.name.oneLine(255)) },
            "group": first.map { .text($0.key.subject.namespace.oneLine(255)) },
            "class": first.map { .text(($0.reason?.code ?? $0.key.rule).oneLine(255)) },
            "custom_details": .keys([
                "text": .text(message.body.cut(mostDetail, by: \.utf16.count)),
                "incidents": message.entries.isEmpty
                    ? nil : .list(message.entries.prefix(mostIncidents).map { .text($0.record.key.description.oneLine(400)) }),
            ]),
        ])
    }

    private static func severity(_ message: Message) -> String {
        if message.kind == .test { return "info" }
        return switch message.severity {
        case .critical: "critical"
        case .high: "error"
        case .medium, .warning: "warning"
        }
    }
}
