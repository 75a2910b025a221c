internal import AutomatonCore
internal import CurlHTTP

/// A channel of Slack, by an incoming webhook.
///
/// What pods and people wrote goes into `plain_text` objects, which have no markup; in the line that Slack shows as a notification, the
/// three characters that begin markup and mentions are escaped.
public struct Slack: Notifier {
    public static let kind = "slack"

    private let service: HTTPService
    private let url: SecretSource

    /// Limits of Block Kit, in characters and blocks.
    private static let (mostHeader, mostSection, mostSections) = (150, 3000, 10)

    /// Makes one.
    /// - Parameter url: the webhook's address, which is a secret.
    public init(_ service: HTTPService, url: SecretSource) {
        self.service = service
        self.url = url
    }

    public func deliver(_ message: Message) async throws(DeliveryFailure) {
        let url = try await url.read()
        _ = try await service.send("POST", url.text, body: Self.body(message).bytes, hiding: [url])
    }

    static func body(_ message: Message) -> JSON {
        let title = "\(message.badge) \(message.title)"
        var blocks: [JSON] = [.keys(["type": "header", "text": plain(title.cut(mostHeader, by: \.utf16.count))])]
        let paragraphs = message.paragraphs
        for paragraph in paragraphs.prefix(mostSections) where !paragraph.isEmpty {
            blocks.append(.keys(["type": "section", "text": plain(paragraph.cut(mostSection, by: \.utf16.count))]))
        }
        if paragraphs.count > mostSections {
            blocks.append(.keys(["type": "section", "text": plain("And \(paragraphs.count - mostSections) more.")]))
        }
        if let link = message.link {
            let text = "<\(SafeLink.encoded(link))|Open the dashboard>"
            blocks.append(.keys(["type": "section", "text": .keys(["type": "mrkdwn", "text": .text(text)])]))
        }
        return .keys(["text": .text(escaped(title)), "blocks": .list(blocks)])
    }

    private static func plain(_ text: String) -> JSON { .keys(["type": "plain_text", "text": .text(text), "emoji": .flag(false)]) }

    static func escaped(_ text: String) -> String {
        text.reduce(into: "") { text, character in
            switch character {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            default: text.append(character)
            }
        }
    }
}

/// An address that goes into markup.
enum SafeLink {
    /// Everything that could end or turn an address in some markup is percent-encoded.
    static func encoded(_ link: String) -> String {
        let digits = Array("0123456789ABCDEF")
        return link.utf8.reduce(into: "") { text, byte in
            let isSafe =
                (0x30...0x3A).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || "-._~/?#@!$;=%+&".utf8.contains(byte)
            if isSafe {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
    }
}
