import Simulator
import Testing

/// Tokens and rules: 401 and 403 in the API server's words.
@Suite struct AccessTests {
    private static let access = Access(tokens: [
        "admin-token": .administrator,
        "healer-token": Access.User(
            name: "system:serviceaccount:default:healer",
            rules: [
                Access.Rule(verbs: ["get", "list", "watch"], resources: ["pods"], namespaces: ["default"]),
                Access.Rule(verbs: ["patch"], groups: ["apps"], resources: ["deployments"], names: ["web"], namespaces: ["default"]),
            ]),
    ])

    struct Case: Sendable, CustomTestStringConvertible {
        let method: String
        let path: String
        let token: String?
        let status: Int
        let message: String?
        var testDescription: String { "\(method) \(path) as \(token ?? "nobody")" }
    }

    @Test(arguments: [
        Case(method: "GET", path: "/api/v1/namespaces/default/pods", token: "healer-token", status: 200, message: nil),
        Case(method: "GET", path: "/api/v1/namespaces/default/pods/none", token: "healer-token", status: 404, message: nil),
        Case(
            method: "GET", path: "/api/v1/pods", token: "healer-token", status: 403,
            message:
                "pods is forbidden: User \"system:serviceaccount:default:healer\" cannot list resource \"pods\" in API group \"\" at the cluster scope"
        ),
        Case(
            method: "DELETE", path: "/api/v1/namespaces/default/pods/a", token: "healer-token", status: 403,
            message:
                "pods \"a\" is forbidden: User \"system:serviceaccount:default:healer\" cannot delete resource \"pods\" in API group \"\" in the namespace \"default\""
        ),
        Case(
            method: "GET", path: "/apis/apps/v1/namespaces/default/deployments/web/scale", token: "healer-token", status: 403,
            message:
                "deployments.apps \"web\" is forbidden: User \"system:serviceaccount:default:healer\" cannot get resource \"deployments/scale\" in API group \"apps\" in the namespace \"default\""
        ),
        Case(
            method: "GET", path: "/api/v1/namespaces/default/unknown", token: "healer-token", status: 403,
            message:
                "unknown is forbidden: User \"system:serviceaccount:default:healer\" cannot list resource \"unknown\" in API group \"\" in the namespace \"default\""
        ),
        Case(method: "GET", path: "/api/v1/namespaces/default/pods", token: "nobody's", status: 401, message: "Unauthorized"),
        Case(method: "GET", path: "/version", token: "nobody's", status: 401, message: "Unauthorized"),
        Case(method: "GET", path: "/version", token: nil, status: 200, message: nil),
        Case(
            method: "GET", path: "/apis", token: nil, status: 403,
            message: "forbidden: User \"system:anonymous\" cannot get path \"/apis\""),
        Case(method: "GET", path: "/api/v1/namespaces", token: "admin-token", status: 200, message: nil),
    ])
    func authorises(_ test: Case) async throws {
        try await withServer(access: Self.access) { server in
            let headers = test.token.map { ["Authorization": "Bearer \($0)"] } ?? [:]
            let answer = try await server.client.send(test.method, test.path, headers: headers)
            #expect(answer.status == test.status)
            if let message = test.message { #expect(answer.json["message"]?.string == message) }
        }
    }

    /// What a caller is told that it may is what it may.
    @Test func ownRules() async throws {
        try await withServer(access: Self.access) { server in
            let path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
            func ask(_ namespace: String) async throws -> Answer {
                try await server.client.send(
                    "POST", path, headers: ["Authorization": "Bearer healer-token", "Content-Type": "application/json"],
                    body: Array(
                        """
                        {"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectRulesReview","spec":{"namespace":"\(namespace)"}}
                        """.utf8))
            }
            let answer = try await ask("default")
            #expect(answer.status == 201)
            let rules = answer.json["status", "resourceRules"]?.array ?? []
            #expect(rules.contains { $0["resources"] == ["pods"] && $0["verbs"] == ["get", "list", "watch"] })
            #expect(rules.contains { $0["resources"] == ["deployments"] && $0["resourceNames"] == ["web"] })
            let elsewhere = try await ask("other").json["status", "resourceRules"]?.array ?? []
            #expect(!elsewhere.contains { $0["resources"] == ["pods"] })
            #expect(try await ask("").status == 400)
        }
    }
}
