import AutomatonCore
import CurlHTTP
import LoopbackServer
import Synchronization
import Testing

@testable import KubernetesClient

/// Against the answers of a real API server, as they were recorded.
@Suite struct TokenReviewTests {
    private static let known = """
        {"kind":"TokenReview","apiVersion":"authentication.k8s.io/v1","metadata":{},"spec":{"token":"secret-1"},"status":{
        "authenticated":true,"user":{"username":"system:serviceaccount:ops:anna","uid":"f5490008-e439-46d1-b2e4-d459586d5f3c",
        "groups":["system:serviceaccounts","system:authenticated"],
        "extra":{"authentication.kubernetes.io/credential-id":["JTI=8743013b"]}},"audiences":["https://kubernetes.default.svc.cluster.local"]}}
        """
    private static let unknown = """
        {"kind":"TokenReview","apiVersion":"authentication.k8s.io/v1","metadata":{},"spec":{"token":"x"},
        "status":{"user":{},"error":"invalid bearer token"}}
        """
    private static func access(_ allowed: Bool) -> String {
        #"{"kind":"SubjectAccessReview","apiVersion":"authorization.k8s.io/v1","metadata":{},"spec":{},"status":{"allowed":\#(allowed)}}"#
    }
    private static let forbidden = """
        {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"tokenreviews.authentication.k8s.io is forbidden: User \
        \\"system:serviceaccount:ops:healer\\" cannot create resource \\"tokenreviews\\" in API group \\"authentication.k8s.io\\" at the \
        cluster scope","reason":"Forbidden","details":{"group":"authentication.k8s.io","kind":"tokenreviews"},"code":403}
        """

    private final class Counter: Sendable {
        private let count = Mutex(0)
        func take() -> Int {
            count.withLock { count in
                defer { count += 1 }
                return count
            }
        }
    }

    private func verdict(_ answers: [ScriptedAPI.Answer]) async throws -> (Result<TokenVerdict, PortError>, [String]) {
        let next = Counter()
        let api = try ScriptedAPI { _ in answers[next.take()] }
        let result: Result<TokenVerdict, PortError>
        do throws(PortError) {
            result = .success(
                try await KubernetesTokenReviews(api.api).review("secret-1", verb: "post", path: "/api/autoheal/approve"))
        } catch {
            result = .failure(error)
        }
        return (result, api.requests.map { String(decoding: $0.body, as: UTF8.self) })
    }

    @Test func whoMay() async throws {
        let (verdict, bodies) = try await verdict([.init(201, Self.known), .init(201, Self.access(true))])
        #expect(try verdict.get() == .allowed(user: "system:serviceaccount:ops:anna"))
        #expect(bodies[0].contains(#""spec":{"token":"secret-1"}"#))
        #expect(!bodies[1].contains("secret-1"))
        for part in [
            #""user":"system:serviceaccount:ops:anna""#, #""groups":["system:serviceaccounts","system:authenticated"]"#,
            #""extra":{"authentication.kubernetes.io/credential-id":["JTI=8743013b"]}"#,
            #""nonResourceAttributes":{"path":"/api/autoheal/approve","verb":"post"}"#,
        ] { #expect(bodies[1].contains(part), "\(bodies[1])") }
    }

    @Test func whoMayNot() async throws {
        #expect(
            try await verdict([.init(201, Self.known), .init(201, Self.access(false))]).0.get()
                == .denied(user: "system:serviceaccount:ops:anna"))
        #expect(try await verdict([.init(201, Self.unknown)]).0.get() == .unknown)
    }

    @Test(arguments: [
        (403, forbidden), (500, "oops"), (201, "{}"), (201, "not json"), (201, #"{"status":{"authenticated":true,"user":{}}}"#),
    ])
    func whatCannotBeTold(_ status: Int, _ body: String) async throws {
        guard case .failure(let error) = try await verdict([.init(status, body)]).0 else {
            Issue.record("it was told")
            return
        }
        #expect(!"\(error)".contains("secret-1"))
        if status == 403 { #expect("\(error)".contains("tokenreviews")) }
    }
}
