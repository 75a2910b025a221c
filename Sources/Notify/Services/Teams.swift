internal import AutomatonCore
internal import CurlHTTP

/// A channel of Microsoft Teams, by the webhook of a workflow: an Adaptive Card.
///
/// What pods and people wrote goes into text runs, which have no markup, as `TextBlock` has.
public struct Teams: Notifier {
    public static let kind = "teams"

    private let service: HTTPService
    private let url: SecretSource

    /// A card has at most 28 kB: so much text, which JSON's escapes may double, and so many paragraphs.
    private static let (mostParagraph, mostParagraphs) = (1200, 8)

    /// Makes one.
    /// - Parameter url: the webhook's address, which is a secret.
    public init(_ service: HTTPService, url: SecretSource) {
        self.service = service
        self.url = url
    }

    public func deliver(_ message: Message) async throws(DeliveryFailure) {
        let url = try await url.read()
        let response = try await service.send("POST", url.text, body: Self.body(message).bytes, hiding: [url])
        // A connector of the old kind answers 200 when Teams itself refused.
        let said = HTTPService.shown(response.body, hiding: [url])
        guard said.contains("HTTP error") else { return }
        throw DeliveryFailure(said, retry: said.contains("429") || said.contains("error 5") ? .later(after: nil) : .never)
    }

    static func body(_ message: Message) -> JSON {
        var body = [paragraph("\(message.badge) \(message.title)".oneLine(300), isTitle: true)]
        let paragraphs = message.paragraphs
        for text in paragraphs.prefix(mostParagraphs) where !text.isEmpty {
            body.append(paragraph(text.cut(mostParagraph, by: \.utf8.count), isTitle: false))
        }
        if paragraphs.count > mostParagraphs {
            body.append(paragraph("And \(paragraphs.count - mostParagraphs) more.", isTitle: false))
        }
        let actions = message.link.map {
            JSON.list([.keys(["type": "Action.OpenUrl", "title": "Open the dashboard", "url": .text(SafeLink.encoded($0))])])
        }
        let card = JSON.keys([
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4",
            "body": .list(body), "actions": actions, "msteams": .keys(["width": "Full"]),
        ])
        let attachment = JSON.keys([
            "contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": .null, "content": card,
        ])
        return .keys(["type": "message", "attachments": .list([attachment])])
    }

    private static func paragraph(_ text: String, isTitle: Bool) -> JSON {
        .keys([
            "type": "RichTextBlock",
            "inlines": .list([
                .keys([
                    "type": "TextRun", "text": .text(text), "weight": isTitle ? "Bolder" : nil, "size": isTitle ? "Medium" : nil,
                ])
            ]),
        ])
    }
}
