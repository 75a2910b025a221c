import CurlHTTP
import KubernetesClient
import LoopbackServer
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5)))
struct KubernetesAPITests {
    private static let quick = RetryPolicy(
        attempts: 3, backoff: Backoff(base: .milliseconds(1), maximum: .milliseconds(5)), total: .seconds(5))
    private static let pod = APIPath(namespace: "shop", resource: "pods", name: "web-0")

    /// Answers request number n with the nth script, the last one for ever.
    private func serve(_ scripts: [@Sendable (Connection) -> Void]) throws -> (LoopbackServer, RequestLog) {
        let log = RequestLog()
        let server = try LoopbackServer { connection in
            while let request = connection.nextRequest() { scripts[min(log.note(request), scripts.count) - 1](connection) }
        }
        return (server, log)
    }

    private func api(
        _ server: LoopbackServer, credentials: any CredentialSource = FixedCredential(), timeout: Duration = .seconds(10),
        observe: @escaping KubernetesAPI.Observer = { _, _ in }
    ) throws -> KubernetesAPI {
        KubernetesAPI(
            ClusterConfiguration(server: server.url + "/base/", credentials: credentials, headers: [HTTPField("Impersonate-User", "ann")]),
            http: try HTTPClient(), userAgent: "test/1", retry: Self.quick, requestTimeout: timeout, observe: observe)
    }

    @Test func writesRequestsAsTheServerWantsThem() async throws {
        let (server, log) = try serve([{ $0.respond(200, "{}") }])
        let api = try api(server, credentials: FixedCredential(.bearer(Secret("abc"))))
        let path = APIPath(group: "apps", namespace: "shop", resource: "deployments", name: "web/../x y", subresource: "scale")
        _ = try await api.get(path, query: ["fieldSelector": "a=b&c"])
        _ = try await api.patch(path, .strategicMerge, body: Array("{}".utf8), fieldManager: "automaton")
        _ = try await api.post(APIPath(resource: "pods"), body: Array("[]".utf8))
        _ = try await api.put(path, body: Array("1".utf8))
        _ = try await api.delete(path)
        _ = try await api.listPage(APIPath(resource: "pods"), limit: 7, continue: "a+b=")
        let all = log.all
        #expect(all.map(\.method) == ["GET", "PATCH", "POST", "PUT", "DELETE", "GET"])
        #expect(all[0].target == "/base/apis/apps/v1/namespaces/shop/deployments/web%2F..%2Fx%20y/scale?fieldSelector=a%3Db%26c")
        #expect(all[1].headers["content-type"] == "application/strategic-merge-patch+json")
        #expect(all[1].query("fieldManager") == "automaton")
        #expect(all[2].headers["content-type"] == "application/json")
        #expect(all[5].target == "/base/api/v1/pods?limit=7&continue=a%2Bb%3D")
        for request in all {
            #expect(request.headers["authorization"] == "Bearer abc")
            #expect(request.headers["accept"] == "application/json")
            #expect(request.headers["user-agent"] == "test/1")
            #expect(request.headers["impersonate-user"] == "ann")
        }
    }

    @Test func encodesPathsSoThatNothingClimbsOut() {
        #expect(APIPath(namespace: "..", resource: "pods", name: ".").encoded == "/api/v1/namespaces/%2E%2E/pods/%2E")
        #expect(APIPath(resource: "pods", name: "a?b#c%d").encoded == "/api/v1/pods/a%3Fb%23c%25d")
        #expect(APIPath(raw: "/readyz/ping").encoded == "/readyz/ping")
    }

    @Test func readsAreTriedAgain() async throws {
        let codes = Mutex<[Int?]>([])
        let (server, log) = try serve([
            { $0.respond(503, "unavailable") }, { $0.respond(429, "slow", headers: ["Retry-After: 0"]) }, { $0.respond(200, "{\"a\":1}") },
        ])
        let api = try api(server) { method, code in codes.withLock { $0.append(method == "GET" ? code : -1) } }
        struct Answer: Decodable { var a: Int }
        #expect(try await api.get(Self.pod, as: Answer.self).a == 1)
        #expect(log.all.count == 3)
        #expect(codes.withLock { $0 } == [503, 429, 200])
    }

    @Test func readsAreTriedABoundedNumberOfTimes() async throws {
        let (server, log) = try serve([{ $0.respond(500, "boom") }])
        let error = await #expect(throws: KubernetesError.self) { try await api(server).get(Self.pod) }
        #expect(error?.kind == .serverError(retryAfter: nil))
        #expect(error?.request == "GET /api/v1/namespaces/shop/pods/web-0")
        #expect(log.all.count == 3)
    }

    @Test func aWaitThatIsTooLongIsNotWaited() async throws {
        let (server, log) = try serve([{ $0.respond(503, "", headers: ["Retry-After: 3000"]) }])
        let error = await #expect(throws: KubernetesError.self) { try await api(server).get(Self.pod) }
        #expect(error?.retryAfter == .seconds(3000))
        #expect(log.all.count == 1)
    }

    @Test func aChangeWithoutAnAnswerIsUnknownAndNotRepeated() async throws {
        let (server, log) = try serve([{ $0.waitForClose() }])
        let codes = Mutex<[Int?]>([])
        let api = try api(server, timeout: .milliseconds(80)) { _, code in codes.withLock { $0.append(code) } }
        for kind in [KubernetesAPI.PatchType.strategicMerge, .json] {
            let error = await #expect(throws: KubernetesError.self) { try await api.patch(Self.pod, kind, body: Array("{}".utf8)) }
            #expect(error?.kind == .outcomeUnknown)
        }
        let put = await #expect(throws: KubernetesError.self) { try await api.put(Self.pod, body: Array("{}".utf8)) }
        #expect(put?.kind == .outcomeUnknown)
        #expect(log.all.count == 3)
        #expect(codes.withLock { $0 } == [nil, nil, nil])
    }

    @Test func aChangeIsRepeatedOnlyWhereItWasSurelyNotMade() async throws {
        let (throttling, throttled) = try serve([{ $0.respond(429, "slow", headers: ["Retry-After: 0"]) }, { $0.respond(200, "{}") }])
        _ = try await api(throttling).patch(Self.pod, .merge, body: Array("{}".utf8))
        #expect(throttled.all.count == 2)
        let budget = #"{"kind":"Status","details":{"causes":[{"reason":"DisruptionBudget","message":"no"}]},"code":429}"#
        for (code, body) in [(500, "x"), (503, "x"), (429, budget), (409, "x"), (422, "x")] {
            let (server, log) = try serve([{ $0.respond(code, body) }])
            await #expect(throws: KubernetesError.self) { try await api(server).patch(Self.pod, .merge, body: Array("{}".utf8)) }
            #expect(log.all.count == 1, "\(code)")
        }
    }

    @Test func aMissingServerIsUnreachable() async throws {
        let (server, _) = try serve([{ $0.respond(200) }])
        let port = server.port
        let api = try api(server)
        server.stop()
        let error = await #expect(throws: KubernetesError.self) { try await api.patch(Self.pod, .merge, body: Array("{}".utf8)) }
        #expect(error?.kind == .unreachable)
        #expect(error?.description.contains("127.0.0.1:\(port)") == true)
    }

    /// Gives t1, then what it is told to.
    private actor Tokens: CredentialSource {
        private(set) var rejected: [Credential] = []
        private var number = 1
        func credential() -> Credential { .bearer(Secret("t\(number)")) }
        func reject(_ credential: Credential) {
            rejected.append(credential)
            number += 1
        }
    }

    @Test func a401HasTheCredentialReadAnewOnce() async throws {
        let (server, log) = try serve([{ $0.respond(401, "Unauthorized") }, { $0.respond(200, "{}") }, { $0.respond(401, "Unauthorized") }])
        let tokens = Tokens()
        let api = try api(server, credentials: tokens)
        _ = try await api.patch(Self.pod, .merge, body: Array("{}".utf8))
        #expect(log.all.map { $0.headers["authorization"] } == ["Bearer t1", "Bearer t2"])
        let error = await #expect(throws: KubernetesError.self) { try await api.get(Self.pod) }
        #expect(error?.kind == .unauthorized)
        #expect(log.all.count == 4)
        #expect(await tokens.rejected == [.bearer(Secret("t1")), .bearer(Secret("t2"))])
    }

    @Test func answersThatAreNotWhatWasAskedForSayWhere() async throws {
        struct Pod: Decodable {
            struct Metadata: Decodable { var name: String }
            var metadata: Metadata
        }
        for (body, part) in [("{}", ".metadata"), (#"{"metadata":{"name":5}}"#, "metadata.name has another type"), ("<html>", "malformed")]
        {
            let (server, _) = try serve([{ $0.respond(200, body) }])
            let error = await #expect(throws: KubernetesError.self) { try await api(server).get(Self.pod, as: Pod.self) }
            #expect(error?.kind == .decoding)
            #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
        }
    }

    @Test func backoffStaysInItsBounds() {
        let backoff = Backoff(base: .milliseconds(100), maximum: .seconds(30))
        for attempt in 1...100 {
            let (low, high) = (backoff.delay(before: attempt, jitter: 0), backoff.delay(before: attempt, jitter: 1))
            #expect(low <= high && low >= .milliseconds(50) && high <= .seconds(30))
            #expect(backoff.delay(before: attempt + 1, jitter: 0) >= low)
        }
        #expect(backoff.delay(before: 1, jitter: 1) == .milliseconds(100))
        #expect(backoff.delay(before: 50, jitter: 1) == .seconds(30))
    }
}
