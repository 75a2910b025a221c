public import AutomatonCore

/// What a cluster knows around an incident: the log of the container that ended, through `pods/log`, and events of the workload, its pod
/// and its ReplicaSet.
///
/// At most nine small requests an incident, none of which is tried again.
public struct KubernetesContexts: IncidentContexts {
    /// Reads what is asked for; its requests are short and bounded.
    let api: KubernetesAPI
    private let timeout: Duration
    let clock: @Sendable () -> Instant
    let scrub: @Sendable (String) -> String

    /// An answer is larger than this only where the server keeps no limit.
    private static let maximumResponseBytes = 4 << 20

    /// What it needs to be allowed to read everything; what is missing is said in each answer.
    public static let permissions = [
        Permission(["get", "list"], "pods"), Permission(["get"], "pods/log"), Permission(["list"], "events"),
        Permission(["get"], "deployments", group: "apps"), Permission(["get"], "statefulsets", group: "apps"),
        Permission(["get"], "daemonsets", group: "apps"), Permission(["get"], "replicasets", group: "apps"),
        Permission(["get"], "jobs", group: "batch"),
    ]

    /// Makes the port.
    /// - Parameters:
    ///   - timeout: For everything that is read around one incident.
    ///   - scrub: Takes secrets out of a text of several lines.
    public init(
        _ api: KubernetesAPI, timeout: Duration = .seconds(5), clock: @escaping @Sendable () -> Instant,
        scrub: @escaping @Sendable (String) -> String
    ) {
        self.api = api.bounded(requestTimeout: timeout, retry: .never, maximumResponseBytes: Self.maximumResponseBytes)
        self.timeout = timeout
        self.clock = clock
        self.scrub = scrub
    }

    public func context(of record: IncidentRecord) async -> IncidentContext {
        let subject = record.key.subject
        guard let kind = subject.kind.objectKind else {
            return IncidentContext(
                readAt: clock(), missing: "\(subject) is not in the cluster: it has neither a container nor events there")
        }
        let late = "the API server did not answer within \(timeout.readable)"
        // What is read of the pod leads to the rest: it may have half of the time.
        let sought = await before(timeout / 2) { await pod(of: record) } ?? .missing(late)
        let rest = sought.isMissing ? timeout / 2 : timeout
        async let tail = before(rest) { await log(of: sought, record) } ?? LogReading(missing: late)
        async let recent = before(rest) { await events(about: objects(of: subject, kind, sought)) } ?? EventReading(missing: late)
        let (said, seen) = await (tail, recent)
        return IncidentContext(
            readAt: clock(), log: said.lines, logOf: said.of, logMissing: said.missing, events: seen.events, eventsMissing: seen.missing,
            node: sought.found.flatMap { $0.node.isEmpty ? nil : $0.node })
    }

    /// What a body answers with in time; nil when it does not. The body is cancelled then.
    private func before<Value: Sendable>(_ limit: Duration, _ body: @Sendable () async -> Value) async -> Value? {
        await withoutActuallyEscaping(body) { body in
            await withTaskGroup(of: Value?.self) { group in
                group.addTask { await body() }
                group.addTask {
                    try? await Task.sleep(for: limit)
                    return nil
                }
                defer { group.cancelAll() }
                return await group.next() ?? nil
            }
        }
    }

    private func objects(of subject: Subject, _ kind: String, _ sought: SoughtPod) -> [EventObject] {
        var objects = [EventObject(kind: kind, namespace: subject.namespace, name: subject.name)]
        func add(_ kind: String, _ name: String) {
            let object = EventObject(kind: kind, namespace: subject.namespace, name: name)
            if !objects.contains(object) { objects.append(object) }
        }
        if let name = sought.name { add("Pod", name) }
        if let owner = sought.found?.row.controller, owner.kind == "ReplicaSet" { add("ReplicaSet", owner.name) }
        return objects
    }

    // MARK: The pod

    /// The pod that an incident is about.
    enum SoughtPod: Sendable {
        case found(PlacedPod)
        /// It is known by name, but could not be read, and why.
        case named(String, why: String)
        /// There is none, and why.
        case missing(String)

        var found: PlacedPod? { if case .found(let pod) = self { pod } else { nil } }
        var isMissing: Bool { if case .missing = self { true } else { false } }
        var name: String? {
            switch self {
            case .found(let pod): pod.row.name
            case .named(let name, _): name
            case .missing: nil
            }
        }
    }

    /// The one that the reason names; else the worst that the workload selects.
    private func pod(of record: IncidentRecord) async -> SoughtPod {
        let subject = record.key.subject
        guard Set<Subject.Kind>.workloads.contains(subject.kind) else { return .missing("\(subject) has no containers") }
        if let name = record.podName {
            do {
                let bytes = try await api.get(APIPath(namespace: subject.namespace, resource: "pods", name: name))
                return .found(try PodPlacement.pod(bytes.span))
            } catch let error as KubernetesError where error.kind == .notFound {
                return .named(name, why: "pod \(name) is not there any more")
            } catch {
                return .named(name, why: why(error))
            }
        }
        do {
            let selector = try await api.get(try subject.path, as: KubernetesFiles.Selecting.self).spec.selector.text
            guard !selector.isEmpty else { return .missing("\(subject) selects no pods by label") }
            let pods = try await placedPods(in: subject.namespace, selector).filter { $0.row.isOwned(by: subject) }
            guard let worst = pods.min(by: { $0.row.isWorse(than: $1.row) }) else { return .missing("\(subject) has no pods now") }
            return .found(worst)
        } catch let error as KubernetesError where error.kind == .notFound {
            return .missing("\(subject) is not there any more")
        } catch {
            return .missing(why(error))
        }
    }

    /// Of a workload with more pods than a page holds, the first page.
    private func placedPods(in namespace: String, _ selector: String) async throws -> [PlacedPod] {
        let bytes = try await api.listPage(APIPath(namespace: namespace, resource: "pods"), query: ["labelSelector": selector], limit: 100)
        var pods: [PlacedPod] = []
        var splitter = ListSplitter()
        try splitter.consume(bytes.span) { pods.append(try PodPlacement.pod($0)) }
        return pods
    }

    /// Why something could not be read, for people.
    func why(_ error: any Error) -> String {
        switch error {
        case let error as KubernetesError:
            switch error.kind {
            case .forbidden(let denial): "not allowed: \(denial)"
            case .timeout: "the API server did not answer in time"
            default: error.description
            }
        case let error as PortError: error.description
        case is CancellationError: "given up: it took too long"
        default: MessageScrubber.scrub("\(error)")
        }
    }
}

extension Subject.Kind {
    /// As an event's `involvedObject` names it; nil for what is not in the cluster.
    fileprivate var objectKind: String? {
        switch self {
        case .deployment: "Deployment"
        case .statefulSet: "StatefulSet"
        case .daemonSet: "DaemonSet"
        case .replicaSet: "ReplicaSet"
        case .job: "Job"
        case .pod: "Pod"
        case .volume: "PersistentVolumeClaim"
        case .consumerGroup, .database, .host, .alert: nil
        }
    }
}

extension PodRow {
    /// Whether its controller is this one, or a ReplicaSet that by its name is this Deployment's.
    fileprivate func isOwned(by subject: Subject) -> Bool {
        guard let controller else { return false }
        if subject.kind == .deployment { return controller.kind == "ReplicaSet" && controller.name.hasPrefix(subject.name + "-") }
        return controller.name == subject.name
    }

    /// Whether its log says more: one that is not ready, then the one that was restarted most.
    fileprivate func isWorse(than other: PodRow) -> Bool {
        func rank(_ row: PodRow) -> (Int, Int32, String) {
            (row.isReady ? 1 : 0, -(row.containers.map(\.restartCount).max() ?? 0), row.name)
        }
        return rank(self) < rank(other)
    }
}
