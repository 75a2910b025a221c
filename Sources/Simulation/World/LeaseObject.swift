import AutomatonCore

/// The leases, as the API server keeps them.
final class LeaseTable {
    private var leases: [String: Lease] = [:]

    func read(_ name: String) -> Lease? { leases[name] }

    func create(_ lease: Lease, version: Int) -> Result<Lease, PortError> {
        guard leases[lease.name] == nil else { return .failure(.conflict("lease \(lease.name) exists")) }
        return .success(store(lease, version))
    }

    func update(_ lease: Lease, version: Int) -> Result<Lease, PortError> {
        guard let known = leases[lease.name] else { return .failure(.notFound("no lease \(lease.name)")) }
        guard known.resourceVersion == lease.resourceVersion else { return .failure(.conflict("lease \(lease.name) was changed since")) }
        return .success(store(lease, version))
    }

    private func store(_ lease: Lease, _ version: Int) -> Lease {
        var lease = lease
        lease.resourceVersion = String(version)
        leases[lease.name] = lease
        return lease
    }
}
