internal import AutomatonCore
internal import CurlHTTP

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// A chat of Telegram, by a bot.
public struct Telegram: Notifier {
    public static let kind = "telegram"

    private let service: HTTPService
    private let base: String
    private let token: SecretSource
    private let chat: String
    private let thread: Int?

    /// The longest message, in UTF-16 code units after the markup is read.
    private static let most = 4096

    /// Makes one.
    /// - Parameters:
    ///   - chat: `-1001234567890` or `@channel`.
    ///   - thread: a topic of a forum.
    ///   - base: another server than Telegram's own.
    public init(_ service: HTTPService, token: SecretSource, chat: String, thread: Int? = nil, base: String = "https://api.telegram.org") {
        self.service = service
        self.token = token
        self.chat = chat
        self.thread = thread
        self.base = base
    }

    public func deliver(_ message: Message) async throws(DeliveryFailure) {
        let token = try await token.read()
        // It is a part of the path: nothing may end that.
        guard token.bytes.allSatisfy(Self.isTokenByte) else {
            throw DeliveryFailure("the token is none of Telegram's: it has the form 123456:ABC-DEF", retry: .never)
        }
        let response = try await service.send(
            "POST", "\(base)/bot\(token.text)/sendMessage", body: body(message).bytes, hiding: [token]
        ) { answer in
            let parameters = (try? JSONDecoder().decode(Answer.self, from: Data(answer.body)))?.parameters
            return parameters?.retry_after.map { .seconds(max(0, min($0, 86_400))) }
        }
        // It says so in the body as well.
        guard (try? JSONDecoder().decode(Answer.self, from: Data(response.body)))?.ok == true else {
            throw DeliveryFailure("what answered is no Telegram: \(HTTPService.shown(response.body, hiding: [token]))", retry: .never)
        }
    }

    func body(_ message: Message) -> JSON {
        let title = "\(message.badge) \(message.title)".oneLine(300)
        let link = message.link.map { ("\n\n", $0) }
        let room = Self.most - title.utf16.count - 2 - (link == nil ? 0 : 2 + "Open the dashboard".utf16.count)
        let text =
            "<b>\(Self.escaped(title))</b>\n\n\(Self.escaped(message.body.cut(room, by: \.utf16.count)))"
            + (link.map { "\($0)<a href=\"\(Self.escaped(SafeLink.encoded($1)))\">Open the dashboard</a>" } ?? "")
        return .keys([
            "chat_id": .text(chat), "message_thread_id": thread.map { .whole($0) }, "text": .text(text), "parse_mode": "HTML",
            "link_preview_options": .keys(["is_disabled": .flag(true)]),
        ])
    }

    static func escaped(_ text: String) -> String {
        text.reduce(into: "") { text, character in
            switch character {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            default: text.append(character)
            }
        }
    }

    private struct Answer: Decodable {
        struct Parameters: Decodable { var retry_after: Int? }
        var ok: Bool
        /// A 429 says here when to come again, and has no `Retry-After`.
        var parameters: Parameters?
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        (0x30...0x3A).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D || byte == 0x5F
    }
}
