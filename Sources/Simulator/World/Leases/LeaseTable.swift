public import AutomatonCore

/// The Leases of a simulated cluster as the API server keeps them, without a server: a value, the same calls give the same versions.
///
/// As recorded from a real one: creating what is there is a conflict, writing over another version than the present one too, writing
/// where there is none is not found, and a write that changes nothing keeps its version.
public struct LeaseTable: Hashable, Sendable {
    private struct Key: Hashable {
        var namespace: String
        var name: String
    }

    private var leases: [Key: Lease] = [:]
    private var version = 1000

    /// Makes an empty table.
    public init() {}

    /// The Lease; nil when there is none.
    public func read(_ name: String, inNamespace namespace: String) -> Lease? { leases[Key(namespace: namespace, name: name)] }

    /// Creates one.
    /// - Returns: it with its version.
    public mutating func create(_ lease: Lease) throws(PortError) -> Lease {
        let key = Key(namespace: lease.namespace, name: lease.name)
        guard leases[key] == nil else { throw .conflict("Lease \(lease.namespace)/\(lease.name) already exists") }
        return store(lease, key)
    }

    /// Writes over the version that it carries.
    /// - Returns: it with its new version.
    public mutating func update(_ lease: Lease) throws(PortError) -> Lease {
        let key = Key(namespace: lease.namespace, name: lease.name)
        guard !lease.resourceVersion.isEmpty else {
            throw .refused("Lease \(lease.namespace)/\(lease.name): an update must carry the resourceVersion that was read, this has none")
        }
        guard let present = leases[key] else { throw .notFound("Lease \(lease.namespace)/\(lease.name) not found") }
        guard present.resourceVersion == lease.resourceVersion else {
            throw .conflict("Lease \(lease.namespace)/\(lease.name) was changed since it was read")
        }
        return Self.stored(lease) == present ? present : store(lease, key)
    }

    /// Takes one away, as a person does.
    public mutating func delete(_ name: String, inNamespace namespace: String) {
        if leases.removeValue(forKey: Key(namespace: namespace, name: name)) != nil { version += 1 }
    }

    private mutating func store(_ lease: Lease, _ key: Key) -> Lease {
        version += 1
        var stored = Self.stored(lease)
        stored.resourceVersion = String(version)
        leases[key] = stored
        return stored
    }

    /// A Lease counts whole seconds, at least one; a part of one is rounded up.
    private static func stored(_ lease: Lease) -> Lease {
        let (seconds, attoseconds) = lease.duration.components
        var stored = lease
        stored.duration = .seconds(max(1, seconds + (attoseconds > 0 ? 1 : 0)))
        return stored
    }
}
