import AutomatonCore
import CurlHTTP
import Foundation
import Logging
import ServiceLifecycle
import SimulatedAPI
import Simulator
import Synchronization

/// A simulated cluster that lives fast, behind its API, and what is known of the requests that came.
struct Stage: Sendable {
    let cluster: Cluster
    let faults: APIFaultInjection
    let requests: RequestLog
    let directory: TemporaryDirectory
    let kubeconfig: String

    /// The thresholds of most scenarios: nobody waits, but the cooldown is the 5 minutes that it always is.
    static let impatient = [
        "CHECK_INTERVAL": "1s", "DELAY_HIGH": "0s", "VERIFY_TIMEOUT": "30s", "STABLE_FOR": "1s", "ATTEMPTS_AN_HOUR": "100",
    ]

    /// The arguments of `automaton run` against this cluster.
    var arguments: [String] {
        ["run", "--kubeconfig", kubeconfig, "--rules", Program.shippedRules, "--listen", "127.0.0.1:0"]
    }

    /// Starts an automaton and ends it with the closure, whatever happens.
    func withAutomaton<Value>(
        _ options: [String] = [], environment: [String: String] = Stage.impatient, _ body: (Program) async throws -> Value
    ) async throws -> Value {
        let program = try Program(arguments + options, environment: environment)
        defer { program.kill() }
        do {
            return try await body(program)
        } catch let error as NotInTime {
            throw NotInTime(what: error.what, limit: error.limit, context: "\(error.context)\n\(program.transcript)")
        }
    }

    /// Deploys a workload and waits until it runs.
    func deploy(_ blueprint: WorkloadBlueprint) async throws {
        try await cluster.write { store, now in _ = try store.deploy(blueprint, in: Email.namespace, at: now) }
        try await until("\(blueprint.name) runs") {
            await cluster.read { store in
                store.get(blueprint.type, namespace: Email.namespace, name: blueprint.name)?.isRolledOut ?? false
            }
        }
    }

    /// Lets `email-service` need so much memory.
    func oom(mebibytes: Int64) async throws {
        try await cluster.write { store, now in
            try store.oom(Email.workload, needs: ByteQuantity(bytes: mebibytes << 20), at: now)
        }
    }

    /// `email-service` as it is now.
    var email: Email { get async { await cluster.read { Email($0) } } }

    /// What stands on the Deployment of what was done to it, oldest first.
    var notes: [(reason: String, text: String)] {
        get async {
            await cluster.read { store in
                let uid = store.get(.deployments, namespace: Email.namespace, name: "email-service")?.uid
                return store.list(.events, namespace: Email.namespace)
                    .filter { $0["reportingComponent"] == "self-healing-automaton" && $0["involvedObject", "uid"]?.string == uid }
                    .sorted { ($0["eventTime"]?.string ?? "") < ($1["eventTime"]?.string ?? "") }
                    .map { ($0["reason"]?.string ?? "", $0["message"]?.string ?? "") }
            }
        }
    }
}

/// Runs a scenario against a cluster of its own, when there is a place for it.
func withStage(
    access: Access = .open, token: String? = nil, features: ClusterFeatures = .bare,
    _ body: @escaping @Sendable (Stage) async throws -> Void
) async throws {
    try await Gate.shared.pass {
        let start = Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
        // Kubelets live twenty times as fast as real ones; time itself does not, so that cooldowns are real.
        let cluster = Cluster(
            ControlPlane(controllers: [World(World.Configuration(timeScale: 0.05)), NamespaceLifecycle()]), clock: ScaledClock(start: start)
        )
        let faults = APIFaultInjection(cluster: cluster)
        let requests = RequestLog()
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let server = SimulatedAPIServer(cluster: cluster, access: access, faults: faults, features: features, logger: quiet) {
            requests.add($0, $1)
        }
        let group = ServiceGroup(configuration: .init(services: [.init(service: server)], logger: quiet))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let directory = try TemporaryDirectory()
            let result: Result<Void, any Error>
            do {
                let text = SimulatedAPIServer.kubeconfig(port: try await server.port, namespace: Email.namespace, token: token)
                let kubeconfig = try directory.write("kubeconfig", text)
                try await body(
                    Stage(cluster: cluster, faults: faults, requests: requests, directory: directory, kubeconfig: kubeconfig))
                result = .success(())
            } catch {
                result = .failure(error)
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            try result.get()
        }
    }
}

/// The requests that a server got.
final class RequestLog: Sendable {
    struct Request: Equatable, Sendable {
        let method: String
        let path: String
    }

    private struct State {
        var requests: [Request] = []
        var reactions: [@Sendable (Request, Int) -> Void] = []
    }

    private let state = Mutex(State())

    /// Takes a request by its path with its query; the query is left out.
    func add(_ method: String, _ uri: String) {
        let request = Request(method: method, path: String(uri.prefix { $0 != "?" }))
        let (count, reactions) = state.withLock { state in
            state.requests.append(request)
            return (state.requests.count(where: { $0 == request }), state.reactions)
        }
        for reaction in reactions { reaction(request, count) }
    }

    /// Reacts to each request from now on, while the server holds it; with how many of its like there were.
    func react(_ reaction: @escaping @Sendable (Request, Int) -> Void) { state.withLock { $0.reactions.append(reaction) } }

    var all: [Request] { state.withLock { $0.requests } }
    /// The requests that would change something, but for notes on objects. A review is a question, though it is posted.
    var writes: [Request] {
        all.filter { $0.method != "GET" && !$0.path.hasPrefix(Self.notes) && !$0.path.hasPrefix("/apis/authorization.k8s.io/") }
    }
    /// The requests that would write a note on an object.
    var notes: [Request] { all.filter { $0.method != "GET" && $0.path.hasPrefix(Self.notes) } }
    private static let notes = "/apis/events.k8s.io/"
    func count(_ method: String, _ path: String) -> Int { all.count { $0.method == method && $0.path == path } }
}

/// The Deployment that runs out of memory: what the automaton wrote to it.
struct Email: Sendable {
    static let namespace = "production"
    static let workload = WorkloadName.deployment("email-service", in: namespace)
    static let path = "/apis/apps/v1/namespaces/production/deployments/email-service"
    static let blueprint = WorkloadBlueprint(
        "email-service", replicas: 1, memoryLimit: ByteQuantity(bytes: 1 << 30), memoryRequest: ByteQuantity(bytes: 512 << 20))

    var limit = ""
    var request = ""
    var image = ""
    /// The number of the template's revision.
    var revision = ""
    var restartedAt: String?
    var stamps: [JSON] = []
    var isRolledOut = false
    /// One more than the changes of its specification.
    var generation = 0
    /// Every limit that the Deployment ever had, in order.
    var limits: [String] = []

    init(_ store: borrowing Store) {
        guard let object = store.get(.deployments, namespace: Self.namespace, name: "email-service") else { return }
        limit = Self.memory(object, "limits")
        request = Self.memory(object, "requests")
        image = object["spec", "template", "spec", "containers", 0, "image"]?.string ?? ""
        revision = object["metadata", "annotations", "deployment.kubernetes.io/revision"]?.string ?? ""
        restartedAt = object["spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt"]?.string
        stamps = Self.stamps(of: object.json)
        isRolledOut = object.isRolledOut
        generation = object["metadata", "generation"]?.int ?? 0
        for event in (try? store.changes(after: store.oldestResumable, of: .deployments)) ?? [] where event.object.name == object.name {
            let limit = Self.memory(event.object, "limits")
            if limits.last != limit { limits.append(limit) }
        }
    }

    static func memory(_ object: StoredObject, _ part: String) -> String {
        object["spec", "template", "spec", "containers", 0, "resources", .member(part), "memory"]?.string ?? ""
    }

    /// The attempts that an object says were made on it.
    static func stamps(of object: JSON) -> [JSON] {
        guard let text = object["metadata"]?["annotations"]?["self-healing-automaton/attempts"]?.string else { return [] }
        return (try? JSON(parsing: text))?.array ?? []
    }
}
