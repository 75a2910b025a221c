internal import AutomatonCore
internal import CurlHTTP

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// Issues of a repository on GitHub: one for what belongs together, with comments while it goes on, closed when it is over.
///
/// What pods and people wrote stands in code blocks, where it mentions nobody, links to nothing and loads no image.
public struct GitHubIssues: Notifier {
    public static let kind = "github"
    public static let keepsOpen = true

    private let service: HTTPService
    private let base: String
    private let repository: String
    private let token: SecretSource
    private let label: String

    /// Limits of the API: characters of a body and a title, and pages of open issues that are looked through.
    private static let (mostBody, mostTitle, mostPages) = (60_000, 250, 5)

    /// Makes one.
    /// - Parameters:
    ///   - repository: `owner/name`.
    ///   - label: what issues of the automaton bear, and are found by.
    ///   - base: the API of a server of one's own: `https://github.example.org/api/v3`.
    public init(
        _ service: HTTPService, repository: String, token: SecretSource, label: String = "auto-heal",
        base: String = "https://api.github.com"
    ) {
        self.service = service
        self.repository = repository
        self.token = token
        self.label = label
        self.base = base
    }

    /// A change a second is what GitHub asks for.
    public var pace: Duration { .seconds(2) }

    public func deliver(_ message: Message) async throws(DeliveryFailure) {
        let token = try await token.read()
        let number = try await openIssue(message, token)
        guard let number else {
            if message.kind == .resolved { return }
            _ = try await send(
                "POST", "issues",
                .keys([
                    "title": .text(message.title.oneLine(Self.mostTitle)), "body": .text(body(message, marker: true)),
                    "labels": .list([.text(label)]),
                ]), token)
            return
        }
        // Closed first: tried again after a failure, it is not found open, and nothing is said twice.
        if message.kind == .resolved {
            _ = try await send("PATCH", "issues/\(number)", .keys(["state": "closed", "state_reason": "completed"]), token)
        }
        _ = try await send("POST", "issues/\(number)/comments", .keys(["body": .text(body(message, marker: false))]), token)
    }

    private struct Issue: Decodable {
        var number: Int
        var body: String?
    }

    private func marker(_ message: Message) -> String { "<!-- auto-heal: \(message.digest) -->" }

    /// The number of the open issue about the same; nil when there is none.
    private func openIssue(_ message: Message, _ token: Secret) async throws(DeliveryFailure) -> Int? {
        let marker = marker(message)
        for page in 1...Self.mostPages {
            let response = try await send(
                "GET", "issues?state=open&labels=\(Template.encoded(label))&per_page=100&page=\(page)", nil, token)
            guard let issues = try? JSONDecoder().decode([Issue].self, from: Data(response.body)) else {
                throw DeliveryFailure(
                    "what answered is no GitHub: \(HTTPService.shown(response.body, hiding: [token]))", retry: .later(after: nil))
            }
            if let issue = issues.first(where: { $0.body?.contains(marker) ?? false }) { return issue.number }
            if issues.count < 100 { return nil }
        }
        return nil
    }

    private func send(_ method: String, _ path: String, _ body: JSON?, _ token: Secret) async throws(DeliveryFailure) -> HTTPResponse {
        try await service.send(
            method, "\(base)/repos/\(repository)/\(path)",
            headers: [
                HTTPField("Authorization", "Bearer \(token.text)"), HTTPField("Accept", "application/vnd.github+json"),
                HTTPField("X-GitHub-Api-Version", "2022-11-28"),
            ], body: body?.bytes, hiding: [token]
        ) { answer in
            guard answer.head["X-RateLimit-Remaining"] == "0" else { return nil }
            return answer.head["X-RateLimit-Reset"].flatMap { Int64($0) }.map { max(.zero, Instant(seconds: $0) - service.now()) }
        }
    }

    private func body(_ message: Message, marker isMarked: Bool) -> String {
        let text = message.body.cut(Self.mostBody, by: \.utf8.count)
        let fence = CodeFence.around(text)
        return "\(fence)text\n\(message.title)\n\n\(text)\n\(fence)\n"
            + (message.link.map { "\n[Open the dashboard](\(SafeLink.encoded($0)))\n" } ?? "") + (isMarked ? "\n\(marker(message))\n" : "")
    }
}

/// The fence of a code block in Markdown.
enum CodeFence {
    /// Longer than any run of backticks in the text, so that nothing in it ends the block (CommonMark, section 4.5).
    static func around(_ text: String) -> String {
        var (longest, run) = (2, 0)
        for byte in text.utf8 {
            run = byte == 0x60 ? run + 1 : 0
            longest = max(longest, run)
        }
        return String(repeating: "`", count: longest + 1)
    }
}
