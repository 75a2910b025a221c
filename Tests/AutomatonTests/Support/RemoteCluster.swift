import AutomatonCore
import CurlHTTP
import Foundation
import KubernetesClient
import Simulator

/// A cluster that is known through nothing but its API, real or simulated, with a namespace of the test's own in it.
///
/// Its controllers make the pods. No scheduler takes them, so that no kubelet does: what a kubelet would report, the test writes to
/// their `status` itself.
struct RemoteCluster: Sendable {
    /// The kubeconfig of a real cluster, where there is one.
    static let realKubeconfig = ProcessInfo.processInfo.environment["TEST_KUBECONFIG"].flatMap { $0.isEmpty ? nil : $0 }
    static let name = "email-service"

    let kubeconfig: String
    let namespace: String
    private let api: KubernetesAPI

    /// Makes a namespace with `email-service` in it, and removes it at the end, whatever happens.
    static func with(_ kubeconfig: String, _ body: (RemoteCluster) async throws -> Void) async throws {
        let http = try HTTPClient()
        let cluster = try RemoteCluster(kubeconfig: kubeconfig, http: http)
        let result: Result<Void, any Error>
        do {
            try await cluster.deploy()
            result = .success(try await body(cluster))
        } catch {
            result = .failure(error)
        }
        _ = try? await cluster.api.delete(APIPath(resource: "namespaces", name: cluster.namespace))
        await http.shutdown()
        try result.get()
    }

    private init(kubeconfig: String, http: HTTPClient) throws {
        self.kubeconfig = kubeconfig
        namespace = "self-healing-test-\(UInt32.random(in: .min ... .max))"
        let now: @Sendable () -> Instant = { Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) }
        api = KubernetesAPI(
            try ClusterConfiguration.load(kubeconfig: kubeconfig, environment: ProcessInfo.processInfo.environment, clock: now), http: http)
    }

    private func deploy() async throws {
        let labels: JSON = ["app": .string(Self.name)]
        _ = try await api.post(
            APIPath(resource: "namespaces"),
            body: (["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(namespace)]] as JSON).bytes)
        let container: JSON = [
            "name": .string(Self.name), "image": "registry.example.com/email-service:1",
            "resources": ["limits": ["memory": "1Gi"], "requests": ["memory": "512Mi"]],
        ]
        let deployment: JSON = [
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": .string(Self.name)],
            "spec": [
                "replicas": 1, "selector": ["matchLabels": labels],
                "template": [
                    "metadata": ["labels": labels], "spec": ["schedulerName": "nobody", "containers": [container]],
                ],
            ],
        ]
        _ = try await api.post(APIPath(group: "apps", namespace: namespace, resource: "deployments"), body: deployment.bytes)
        try await run(try await pod())
    }

    /// The Deployment as it is now.
    func deployment() async throws -> JSON {
        try JSON(parsing: try await api.get(APIPath(group: "apps", namespace: namespace, resource: "deployments", name: Self.name)))
    }

    /// The memory limit and request of the Deployment's container.
    func memory() async throws -> [String?] {
        let resources = try await deployment()["spec", "template", "spec", "containers", 0, "resources"]
        return ["limits", "requests"].map { resources?[$0]?["memory"]?.string }
    }

    /// Waits for a pod that is not one of those before, and returns its name.
    func pod(other known: Set<String> = []) async throws -> String {
        var found: String?
        try await until("a pod of \(namespace)") {
            let list = try JSON(parsing: try await api.get(APIPath(namespace: namespace, resource: "pods")))
            found = (list["items"]?.array ?? []).compactMap { $0["metadata", "name"]?.string }.first { !known.contains($0) }
            return found != nil
        }
        return found ?? ""
    }

    /// Lets a pod run and be ready, as a kubelet reports it.
    func run(_ pod: String) async throws {
        try await report(pod, ready: true, restarts: 0, ["state": ["running": ["startedAt": .string(now)]], "lastState": .emptyObject])
    }

    /// Lets a pod be OOM-killed.
    func killForMemory(_ pod: String) async throws {
        try await report(pod, ready: false, restarts: 0, ["state": ended(137, "OOMKilled"), "lastState": .emptyObject])
    }

    /// Lets a pod be in a crash loop.
    func crash(_ pod: String) async throws {
        let waiting: JSON = ["waiting": ["reason": "CrashLoopBackOff", "message": "back-off 40s restarting failed container"]]
        try await report(pod, ready: false, restarts: 3, ["state": waiting, "lastState": ended(1, "Error")])
    }

    private var now: String {
        Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)).rfc3339
    }

    private func ended(_ code: Int, _ reason: String) -> JSON {
        ["terminated": ["exitCode": JSON(code), "reason": .string(reason), "startedAt": .string(now), "finishedAt": .string(now)]]
    }

    private func report(_ pod: String, ready: Bool, restarts: Int, _ states: JSON) async throws {
        var container = states
        container["name"] = .string(Self.name)
        container["image"] = "registry.example.com/email-service:1"
        container["imageID"] = ""
        container["ready"] = .bool(ready)
        container["restartCount"] = JSON(restarts)
        let conditions = ["Ready", "ContainersReady"].map { type -> JSON in
            ["type": .string(type), "status": .string(ready ? "True" : "False"), "lastTransitionTime": .string(now)]
        }
        let status: JSON = [
            "status": [
                "phase": "Running", "startTime": .string(now), "conditions": .array(conditions), "containerStatuses": [container],
            ]
        ]
        _ = try await api.patch(
            APIPath(namespace: namespace, resource: "pods", name: pod, subresource: "status"), .merge, body: status.bytes)
    }

    /// Starts an automaton for this namespace and ends it with the closure, whatever happens.
    func withAutomaton(_ body: (Program) async throws -> Void) async throws {
        let arguments = [
            "run", "--kubeconfig", kubeconfig, "--namespace", namespace, "--rules", Program.shippedRules, "--listen", "127.0.0.1:0",
        ]
        let automaton = try Program(arguments, environment: Stage.impatient)
        defer { automaton.kill() }
        do {
            _ = try await Scrape(of: automaton)
            try await body(automaton)
        } catch let error as NotInTime {
            throw NotInTime(what: error.what, limit: error.limit, context: "\(error.context)\n\(automaton.transcript)")
        }
    }
}
