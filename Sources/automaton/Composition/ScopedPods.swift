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
