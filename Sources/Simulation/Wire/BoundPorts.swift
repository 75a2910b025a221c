import AutomatonCore

/// The ports whose requests bear no stamp, bound to the attempt for which they are used: the world knows then who did it.
///
/// `@unchecked Sendable`: everything happens on the simulation's thread.
final class BoundPorts: Sessions, Files, @unchecked Sendable {
    private let wire: Wire
    private let attempt: AttemptID?

    init(_ wire: Wire, attempt: AttemptID?) {
        self.wire = wire
        self.attempt = attempt
    }

    private func swept() { if let attempt { wire.world.heed(.swept(wire.run, attempt)) } }

    func read(_ server: PostgresServer) async throws(PortError) -> SessionsReading {
        try await wire.ask { [wire] in
            guard let database = wire.world.databases.first(where: { $0.name == server.connection }) else {
                return .failure(.refused("no server \(server.connection)"))
            }
            return .success(database.reading)
        }
    }

    func terminate(_ termination: SessionTermination) async throws(PortError) -> [Session] {
        try await wire.tell("the end of \(termination.sessions.count) sessions of \(termination.server.connection)") { [self] in
            guard let database = wire.world.databases.first(where: { $0.name == termination.server.connection }) else {
                return .failure(.refused("no server \(termination.server.connection)"))
            }
            swept()
            return .success(database.terminate(termination))
        }
    }

    private func disk(_ place: FilePlace) -> DiskObject? {
        guard case .pod(let namespace, let name, _) = place else { return nil }
        return wire.world.disks.first { disk in
            disk.workload.subject.namespace == namespace && disk.workload.pods.contains { $0.name == name && $0.isLive }
        }
    }

    func list(_ search: FileSearch, at place: FilePlace) async throws(PortError) -> FileListing {
        try await wire.ask { [self] in
            guard let disk = disk(place) else { return .failure(.notFound("\(place) is not there")) }
            return .success(disk.listing(search))
        }
    }

    func delete(_ search: FileSearch, at place: FilePlace) async throws(PortError) {
        _ = try await wire.tell("the deletion of \(search.name) at \(place)") { [self] () -> Result<Bool, PortError> in
            guard let disk = disk(place) else { return .failure(.notFound("\(place) is not there")) }
            swept()
            disk.delete(search)
            return .success(true)
        }
    }

    func pods(of workload: Subject) async throws(PortError) -> [PodRow] {
        try await wire.ask { [wire] in
            .success(wire.world.workload(workload)?.pods.filter { $0.isLive && $0.phase == .running }.map(\.row) ?? [])
        }
    }
}
