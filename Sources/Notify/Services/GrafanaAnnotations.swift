internal import AutomatonCore
internal import CurlHTTP

/// Annotations in Grafana: a mark where something happened, a region once it is over.
public struct GrafanaAnnotations: Notifier {
    public static let kind = "grafana"
    /// It is one's own server.
    public var pace: Duration { .milliseconds(200) }

    private let service: HTTPService
    private let base: String
    private let token: SecretSource
    private let dashboard: String?
    private let panel: Int?
    private let tags: [String]

    private static let mostText = 2000

    /// Makes one.
    /// - Parameters:
    ///   - base: `https://grafana.example.org`.
    ///   - token: of a service account that may write annotations.
    ///   - dashboard: the uid of the one dashboard that shows them; nil for all that ask for the tags.
    ///   - tags: beside `auto-heal`, the rule, the namespace and how bad it is.
    public init(
        _ service: HTTPService, base: String, token: SecretSource, dashboard: String? = nil, panel: Int? = nil, tags: [String] = []
    ) {
        self.service = service
        self.base = base
        self.token = token
        self.dashboard = dashboard
        self.panel = panel
        self.tags = tags
    }

    public func deliver(_ message: Message) async throws(DeliveryFailure) {
        let token = try await token.read()
        _ = try await service.send(
            "POST", "\(base)/api/annotations", headers: [HTTPField("Authorization", "Bearer \(token.text)")],
            body: body(message).bytes, hiding: [token])
    }

    func body(_ message: Message) -> JSON {
        let records = message.entries.map(\.record)
        let isOver = message.kind == .resolved && !records.isEmpty
        // A region from when it was seen until it was over; else a mark at the time of the message.
        let begin = isOver ? records.map(\.detectedAt).min() ?? message.at : message.at
        let end = isOver ? records.compactMap(\.closedAt).max() : nil
        let labels = ["auto-heal", message.first?.key.rule, message.first?.key.subject.namespace, message.severity.rawValue]
            .compactMap { $0 }.filter { !$0.isEmpty }
        let text = Telegram.escaped("\(message.title)\n\(message.body)".cut(Self.mostText, by: \.utf8.count))
        return .keys([
            "dashboardUID": dashboard.map { .text($0) }, "panelId": panel.map { .whole($0) },
            "time": .whole(Int(begin.microseconds / 1000)), "timeEnd": end.map { .whole(Int(max($0, begin).microseconds / 1000)) },
            "tags": .list((labels + tags).map { .text($0.oneLine(100)) }), "text": .text(text),
        ])
    }
}
