public import AutomatonCore
import Synchronization

/// The pods of a Kubernetes cluster: listed in pages, watched from there, scanned into rows as their bytes arrive.
public final class KubernetesPods: Pods {
    private let api: KubernetesAPI
    private let options: ListWatchOptions
    private let clock: @Sendable () -> Instant
    private let watches = Mutex<[PodSelection: WatchHealth]>([:])

    /// Makes the port.
    /// - Parameters:
    ///   - options: A page holds rows only (1 kB a pod), not the pods: its size matters little for memory.
    ///   - clock: Wall time.
    public init(_ api: KubernetesAPI, options: ListWatchOptions = ListWatchOptions(), clock: @escaping @Sendable () -> Instant) {
        self.api = api
        self.options = options
        self.clock = clock
    }

    /// The selections that are watched now, and when the API server was last heard in each: for the metric of the watch's age.
    public var health: [PodSelection: WatchHealth] { watches.withLock { $0 } }

    /// Lists the selected pods, then follows them, until it is cancelled.
    ///
    /// A pod that cannot be read is reported as ``PodChange/disconnected(_:)``: what is known of the pods is no longer complete.
    /// - Throws: `CancellationError`, and nothing else.
    public func watch(_ selection: PodSelection, _ receive: @Sendable (PodChange) async -> Void) async throws {
        var query = APIQuery()
        if !selection.labelSelector.isEmpty { query["labelSelector"] = selection.labelSelector }
        let path = APIPath(namespace: selection.namespace, resource: "pods")
        let watch = ListWatch<PodRow>(api, path: path, query: query, options: options, clock: clock) { try PodScanner.pod($0).row }
        watches.withLock { $0[selection] = watch.health }
        defer { watches.withLock { $0[selection] = nil } }
        try await watch.run { event in
            switch event {
            case .listStarted: await receive(.listing)
            case .page(let rows): await receive(.page(rows))
            case .listed: await receive(.listed)
            case .changed(let row): await receive(.changed(row))
            case .deleted(let row): await receive(.deleted(row))
            case .alive: await receive(.alive)
            case .disconnected(let reason): await receive(.disconnected(reason))
            case .undecodable(let reason): await receive(.disconnected("a pod cannot be read: \(reason)"))
            }
        }
    }
}
