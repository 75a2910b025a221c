public import AutomatonCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Bearer tokens by a TokenReview (`authentication.k8s.io/v1`), what they allow by a SubjectAccessReview (`authorization.k8s.io/v1`) on the
/// path: a ClusterRole allows it with `nonResourceURLs`, as for `/metrics` of Kubernetes' own programs.
public struct KubernetesTokenReviews: TokenReviews {
    /// What it needs to be allowed: what the ClusterRole `system:auth-delegator` holds.
    public static let permissions = [
        Permission(["create"], "tokenreviews", group: "authentication.k8s.io"),
        Permission(["create"], "subjectaccessreviews", group: "authorization.k8s.io"),
    ]

    private let api: KubernetesAPI

    /// Makes the port.
    /// - Parameter requestTimeout: how long one request may take: somebody waits for the answer.
    public init(_ api: KubernetesAPI, requestTimeout: Duration = .seconds(5)) {
        self.api = api.bounded(requestTimeout: requestTimeout, retry: .never)
    }

    public func review(_ token: String, verb: String, path: String) async throws(PortError) -> TokenVerdict {
        guard let user = try await user(token) else { return .unknown }
        var body = JSONText()
        body.append(raw: "{\"apiVersion\":\"authorization.k8s.io/v1\",\"kind\":\"SubjectAccessReview\",\"spec\":{\"user\":")
        body.append(string: user.username)
        body.append(raw: ",\"uid\":")
        body.append(string: user.uid ?? "")
        body.append(raw: ",\"groups\":")
        body.append(strings: user.groups ?? [])
        body.append(raw: ",\"extra\":{")
        for (index, extra) in (user.extra ?? [:]).sorted(by: { $0.key < $1.key }).enumerated() {
            if index > 0 { body.append(raw: ",") }
            body.append(string: extra.key)
            body.append(raw: ":")
            body.append(strings: extra.value)
        }
        body.append(raw: "},\"nonResourceAttributes\":{\"path\":")
        body.append(string: path)
        body.append(raw: ",\"verb\":")
        body.append(string: verb)
        body.append(raw: "}}}")
        let review: AccessReview = try await post(
            APIPath(group: "authorization.k8s.io", resource: "subjectaccessreviews"), body.bytes)
        return review.status.allowed ? .allowed(user: user.username) : .denied(user: user.username)
    }

    /// Whose it is; nil for nobody's.
    private func user(_ token: String) async throws(PortError) -> User? {
        var body = JSONText()
        body.append(raw: "{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"TokenReview\",\"spec\":{\"token\":")
        body.append(string: token)
        body.append(raw: "}}")
        let review: TokenReview = try await post(APIPath(group: "authentication.k8s.io", resource: "tokenreviews"), body.bytes)
        guard review.status.authenticated == true, let user = review.status.user else { return nil }
        guard let name = user.username, !name.isEmpty else {
            throw .refused("the API server knows the token and names nobody whose it is")
        }
        return User(username: name, uid: user.uid, groups: user.groups, extra: user.extra)
    }

    private func post<Answer: Decodable>(_ path: APIPath, _ body: [UInt8]) async throws(PortError) -> Answer {
        let bytes: [UInt8]
        do {
            bytes = try await api.post(path, body: body)
        } catch {
            throw PortError(error, isChange: false)
        }
        do {
            return try JSONDecoder().decode(Answer.self, from: Data(bytes))
        } catch {
            throw .unavailable("POST \(path): the answer is not the review: \(KubernetesAPI.place(of: error))", retryAfter: nil)
        }
    }

    private struct User {
        var username: String
        var uid: String?
        var groups: [String]?
        var extra: [String: [String]]?
    }

    private struct TokenReview: Decodable {
        struct Status: Decodable {
            struct User: Decodable {
                var username: String?
                var uid: String?
                var groups: [String]?
                var extra: [String: [String]]?
            }
            /// Left out when it is not.
            var authenticated: Bool?
            var user: User?
        }
        var status: Status
    }

    private struct AccessReview: Decodable {
        struct Status: Decodable { var allowed: Bool }
        var status: Status
    }
}

extension JSONText {
    /// Appends an array of strings.
    fileprivate mutating func append(strings: [String]) {
        append(raw: "[")
        for (index, text) in strings.enumerated() {
            if index > 0 { append(raw: ",") }
            append(string: text)
        }
        append(raw: "]")
    }
}
