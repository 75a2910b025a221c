internal import AutomatonCore
internal import CurlHTTP

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// Issues of a project in Jira Cloud (REST API v3): one for what belongs together, with comments while it goes on, done when it is over.
///
/// Texts are nodes of the Atlassian Document Format, which have no markup.
public struct Jira: Notifier {
    public static let kind = "jira"
    public static let keepsOpen = true

    private let service: HTTPService
    private let base: String
    private let project: String
    private let type: String
    private let user: String
    private let token: SecretSource
    private let transition: String?

    private static let (mostSummary, mostText) = (250, 20_000)

    /// Makes one.
    /// - Parameters:
    ///   - base: `https://example.atlassian.net`.
    ///   - project: its key: `OPS`.
    ///   - type: the issues' type.
    ///   - user: whose token it is.
    ///   - transition: what ends an issue, by its name; nil for the first that leads to a status of the category Done.
    public init(
        _ service: HTTPService, base: String, project: String, type: String = "Task", user: String, token: SecretSource,
        transition: String? = nil
    ) {
        self.service = service
        self.base = base
        self.project = project
        self.type = type
        self.user = user
        self.token = token
        self.transition = transition
    }

    public func deliver(_ message: Message) async throws(DeliveryFailure) {
        let token = try await token.read()
        let label = "auto-heal-\(message.digest)"
        guard let key = try await openIssue(label, token) else {
            if message.kind == .resolved { return }
            let fields = JSON.keys([
                "project": .keys(["key": .text(project)]), "issuetype": .keys(["name": .text(type)]),
                "summary": .text(message.title.oneLine(Self.mostSummary)), "description": document(message),
                "labels": .list([.text("auto-heal"), .text(label)]),
            ])
            _ = try await send("POST", "issue", .keys(["fields": fields]), token)
            return
        }
        // Done first: tried again after a failure, it is not found open, and nothing is said twice.
        if message.kind == .resolved { try await end(key, token) }
        _ = try await send("POST", "issue/\(key)/comment", .keys(["body": document(message)]), token)
    }

    private struct Found: Decodable {
        struct Issue: Decodable { var key: String }
        var issues: [Issue]
    }

    private struct Transitions: Decodable {
        struct Category: Decodable { var key: String }
        struct Status: Decodable { var statusCategory: Category? }
        struct Transition: Decodable {
            var id: String
            var name: String
            var to: Status?
        }
        var transitions: [Transition]
    }

    private func openIssue(_ label: String, _ token: Secret) async throws(DeliveryFailure) -> String? {
        let query = "project = \"\(project)\" AND labels = \"\(label)\" AND statusCategory != Done ORDER BY created DESC"
        let response = try await send(
            "POST", "search/jql", .keys(["jql": .text(query), "fields": .list([.text("status")]), "maxResults": .whole(1)]), token)
        let found: Found = try decode(response, token)
        guard let key = found.issues.first?.key else { return nil }
        // It becomes a part of the path.
        guard key.utf8.allSatisfy({ ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x5F })
        else { throw DeliveryFailure("what answered is no Jira: \(key.oneLine(60)) is no key of an issue", retry: .never) }
        return key
    }

    private func end(_ key: String, _ token: Secret) async throws(DeliveryFailure) {
        let answer: Transitions = try decode(await send("GET", "issue/\(key)/transitions", nil, token), token)
        let wanted = answer.transitions.first { transition == nil ? $0.to?.statusCategory?.key == "done" : $0.name == transition }
        guard let wanted else {
            let names = answer.transitions.map { $0.name.oneLine(40) }.joined(separator: ", ")
            throw DeliveryFailure(
                "\(key) cannot be ended: there is no \(transition.map { "transition '\($0)'" } ?? "transition to a status of the category Done")"
                    + "; there are: \(names.isEmpty ? "none" : names)", retry: .never)
        }
        _ = try await send("POST", "issue/\(key)/transitions", .keys(["transition": .keys(["id": .text(wanted.id)])]), token)
    }

    private func decode<Answer: Decodable>(_ response: HTTPResponse, _ token: Secret) throws(DeliveryFailure) -> Answer {
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(response.body)) else {
            throw DeliveryFailure(
                "what answered is no Jira: \(HTTPService.shown(response.body, hiding: [token]))", retry: .later(after: nil))
        }
        return answer
    }

    private func send(_ method: String, _ path: String, _ body: JSON?, _ token: Secret) async throws(DeliveryFailure) -> HTTPResponse {
        let credentials = Data("\(user):\(token.text)".utf8).base64EncodedString()
        return try await service.send(
            method, "\(base)/rest/api/3/\(path)",
            headers: [HTTPField("Authorization", "Basic \(credentials)"), HTTPField("Accept", "application/json")], body: body?.bytes,
            hiding: [token, Secret(credentials)])
    }

    /// The Atlassian Document Format: a paragraph a paragraph.
    private func document(_ message: Message) -> JSON {
        let text = message.body.cut(Self.mostText, by: \.utf8.count)
        var paragraphs = [JSON.keys(["type": "text", "text": .text(message.title)])].map { paragraph([$0]) }
        for part in text.split(separator: "\n", omittingEmptySubsequences: true) {
            paragraphs.append(paragraph([.keys(["type": "text", "text": .text(String(part))])]))
        }
        if let link = message.link {
            let mark = JSON.keys(["type": "link", "attrs": .keys(["href": .text(SafeLink.encoded(link))])])
            paragraphs.append(paragraph([.keys(["type": "text", "text": "Open the dashboard", "marks": .list([mark])])]))
        }
        return .keys(["type": "doc", "version": .whole(1), "content": .list(paragraphs)])
    }

    private func paragraph(_ content: [JSON]) -> JSON { .keys(["type": "paragraph", "content": .list(content)]) }
}
