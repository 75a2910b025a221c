/// Eviction of pods: the API server has the last word, and refuses what a PodDisruptionBudget forbids.
public protocol Evictions: Sendable {
    /// Reads a pod as it is now.
    /// - Throws: ``PortError/notFound(_:)`` when it is gone.
    func pod(_ name: String, inNamespace namespace: String) async throws(PortError) -> PodRow

    /// Evicts a pod (`policy/v1`), if it is still the one that was read.
    /// - Throws: ``PortError/unavailable(_:retryAfter:)`` while a disruption budget forbids it, ``PortError/notFound(_:)`` when the pod is
    ///   gone, ``PortError/conflict(_:)`` when another one bears its name by now.
    func evict(_ pod: PodEviction.Pod, inNamespace namespace: String) async throws(PortError)
}

/// The pods that a plan evicts, in this order.
public struct PodEviction: Hashable, Codable, Sendable {
    /// Where they are.
    public var namespace: String
    /// Which ones.
    public var pods: [Pod]

    /// A pod: another one of the same name is another pod.
    public struct Pod: Hashable, Codable, Sendable {
        /// Its name.
        public var name: String
        /// Its uid, the precondition of its eviction.
        public var uid: String

        /// Names a pod.
        public init(name: String, uid: String) {
            self.name = name
            self.uid = uid
        }
    }

    /// Names pods.
    public init(namespace: String, pods: [Pod]) {
        self.namespace = namespace
        self.pods = pods
    }
}
