/// The leases of a cluster: objects of `coordination.k8s.io/v1` by which one of several processes is the leader.
public protocol Leases: Sendable {
    /// Reads a lease, past every cache; nil when there is none.
    func read(_ name: String, inNamespace namespace: String) async throws(PortError) -> Lease?

    /// Creates a lease.
    /// - Throws: ``PortError/conflict(_:)`` when there is one already.
    func create(_ lease: Lease) async throws(PortError) -> Lease

    /// Writes a lease over the version that was read.
    /// - Throws: ``PortError/conflict(_:)`` when somebody else wrote it since.
    func update(_ lease: Lease) async throws(PortError) -> Lease
}

/// Who leads, as the API server has it.
public struct Lease: Hashable, Sendable {
    /// Its name.
    public var name: String
    /// Its namespace.
    public var namespace: String
    /// `holderIdentity`; nil or empty when it was released.
    public var holder: String?
    /// `leaseDurationSeconds`: how long others wait after the last renewal that they saw.
    public var duration: Duration
    /// `acquireTime`, by the holder's clock.
    public var acquiredAt: Instant?
    /// `renewTime`, by the holder's clock. Only its change means anything to others.
    public var renewedAt: Instant?
    /// `leaseTransitions`: how often the holder changed.
    public var transitions: Int
    /// The version that was read; empty before it is created.
    public var resourceVersion: String

    /// Makes a lease.
    public init(
        name: String, namespace: String, holder: String? = nil, duration: Duration = .seconds(15), acquiredAt: Instant? = nil,
        renewedAt: Instant? = nil, transitions: Int = 0, resourceVersion: String = ""
    ) {
        self.name = name
        self.namespace = namespace
        self.holder = holder
        self.duration = duration
        self.acquiredAt = acquiredAt
        self.renewedAt = renewedAt
        self.transitions = transitions
        self.resourceVersion = resourceVersion
    }
}
