import AutomatonCore
import LoopbackServer
import Testing

@testable import KubernetesClient

@Suite struct OwnRightsTests {
    private func rights(_ answer: ScriptedAPI.Answer) async throws -> (Result<GrantedRights, PortError>, ScriptedAPI) {
        let api = try ScriptedAPI { _ in answer }
        do throws(PortError) {
            return (.success(try await KubernetesOwnRights(api.api).rights(inNamespace: "production")), api)
        } catch {
            return (.failure(error), api)
        }
    }

    @Test func readsWhatIsAllowed() async throws {
        let (result, api) = try await rights(
            .init(
                201,
                """
                {"kind":"SelfSubjectRulesReview","apiVersion":"authorization.k8s.io/v1","metadata":{},"spec":{},"status":{"resourceRules":[
                {"verbs":["get","list"],"apiGroups":[""],"resources":["pods"]},
                {"verbs":["get","patch"],"apiGroups":["coordination.k8s.io"],"resources":["leases"],"resourceNames":["leader"]}],
                "nonResourceRules":[{"verbs":["get"],"nonResourceURLs":["/healthz"]}],"incomplete":true,
                "evaluationError":"webhook authorizer does not support user rule resolution"}}
                """))
        let granted = try result.get()
        #expect(granted.allows(Right("list", "pods")) && !granted.allows(Right("delete", "pods")))
        #expect(granted.allows(Right("patch", "leases", group: "coordination.k8s.io", named: "leader")))
        #expect(granted.isIncomplete)
        let request = try #require(api.requests.first)
        #expect(request.path == "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews")
        #expect(String(decoding: request.body, as: UTF8.self).contains(#""spec":{"namespace":"production"}"#))
    }

    @Test func nothingAllowedIsAnAnswer() async throws {
        let (result, _) = try await rights(
            .init(201, #"{"kind":"SelfSubjectRulesReview","status":{"resourceRules":null,"nonResourceRules":null,"incomplete":false}}"#))
        #expect(try result.get() == GrantedRights(rules: []))
    }

    @Test(arguments: [(201, "{}"), (201, "<html>"), (503, "down"), (401, "Unauthorized")])
    func whatIsNoReviewIsNoAnswer(_ status: Int, _ body: String) async throws {
        let (result, _) = try await rights(.init(status, body))
        #expect(throws: PortError.self) { try result.get() }
    }
}
