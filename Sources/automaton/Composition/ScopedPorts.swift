import AutomatonCore

/// Pods of the one namespace that the command line names, where a check names none.
struct ScopedPods: Pods {
    let pods: any Pods
    /// Nil for all namespaces.
    let namespace: String?

    func watch(_ selection: PodSelection, _ receive: @Sendable (PodChange) async -> Void) async throws {
        var selection = selection
        if selection.namespace == nil { selection.namespace = namespace }
        try await pods.watch(selection, receive)
    }
}

/// Fixes of that namespace: what people wrote down of another one is none of this program's.
struct ScopedFixes: Fixes {
    let fixes: any Fixes
    /// Nil for all namespaces.
    let namespace: String?

    func read() async throws(PortError) -> [Fix] {
        try await fixes.read().filter { fix in namespace.map { fix.key.subject.namespace == $0 } ?? true }
    }
}

/// Volumes of the cluster, in that namespace, and of this machine.
struct ScopedVolumes: Volumes {
    let cluster: any Volumes
    let local: any Volumes
    /// Nil for all namespaces.
    let namespace: String?

    func read(_ source: VolumeSource) async throws(PortError) -> [VolumeReading] {
        switch source {
        case .kubelet(let named, let selector):
            try await cluster.read(.kubelet(namespace: named ?? namespace, labelSelector: selector))
        case .pods(let named, let selector, let container, let paths):
            try await cluster.read(.pods(namespace: named ?? namespace, labelSelector: selector, container: container, paths: paths))
        case .local: try await local.read(source)
        }
    }
}

/// Files in pods and on this machine.
struct PlacedFiles: Files {
    let cluster: any Files
    let local: any Files

    func list(_ search: FileSearch, at place: FilePlace) async throws(PortError) -> FileListing {
        try await files(at: place).list(search, at: place)
    }

    func delete(_ search: FileSearch, at place: FilePlace) async throws(PortError) {
        try await files(at: place).delete(search, at: place)
    }

    func pods(of workload: Subject) async throws(PortError) -> [PodRow] { try await cluster.pods(of: workload) }

    private func files(at place: FilePlace) -> any Files {
        switch place {
        case .pod: cluster
        case .local: local
        }
    }
}

/// Alerts about that namespace, and about none.
struct ScopedAlerts: Alerts {
    let alerts: any Alerts
    /// Nil for all namespaces.
    let namespace: String?

    func read() async throws(PortError) -> AlertReading {
        var reading = try await alerts.read()
        if let namespace { reading.alerts.removeAll { ($0.labels["namespace"] ?? namespace) != namespace } }
        return reading
    }

    func news(after reading: AlertReading) async { await alerts.news(after: reading) }
}
