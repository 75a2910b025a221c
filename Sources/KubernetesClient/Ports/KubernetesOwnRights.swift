public import AutomatonCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What the caller may do, by a SelfSubjectRulesReview (`authorization.k8s.io/v1`). Whoever is logged in may ask.
public struct KubernetesOwnRights: OwnRights {
    private let api: KubernetesAPI

    /// Makes the port.
    /// - Parameter requestTimeout: how long one request may take.
    public init(_ api: KubernetesAPI, requestTimeout: Duration = .seconds(5)) {
        self.api = api.bounded(requestTimeout: requestTimeout, retry: .never)
    }

    public func rights(inNamespace namespace: String) async throws(PortError) -> GrantedRights {
        let path = APIPath(group: "authorization.k8s.io", resource: "selfsubjectrulesreviews")
        var body = JSONText()
        body.append(
            raw: "{\"apiVersion\":\"authorization.k8s.io/v1\",\"kind\":\"SelfSubjectRulesReview\",\"spec\":{\"namespace\":")
        body.append(string: namespace)
        body.append(raw: "}}")
        let bytes: [UInt8]
        do {
            bytes = try await api.post(path, body: body.bytes)
        } catch {
            throw PortError(error, isChange: false)
        }
        do {
            let status = try JSONDecoder().decode(Review.self, from: Data(bytes)).status
            return GrantedRights(
                rules: (status.resourceRules ?? []).map {
                    GrantedRights.Rule(
                        verbs: Set($0.verbs ?? []), groups: Set($0.apiGroups ?? []), resources: Set($0.resources ?? []),
                        names: Set($0.resourceNames ?? []))
                }, isIncomplete: status.incomplete ?? false)
        } catch {
            throw .unavailable("POST \(path): the answer is not the review: \(KubernetesAPI.place(of: error))", retryAfter: nil)
        }
    }

    private struct Review: Decodable {
        struct Status: Decodable {
            struct ResourceRule: Decodable {
                var verbs: [String]?
                var apiGroups: [String]?
                var resources: [String]?
                var resourceNames: [String]?
            }
            /// Null where there is none.
            var resourceRules: [ResourceRule]?
            var incomplete: Bool?
        }
        var status: Status
    }
}
