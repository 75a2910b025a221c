public import AutomatonCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Files on this machine: searched as `find` does, without following a link anywhere, and removed relative to the directories that were
/// opened on the way, so that nothing which is swapped meanwhile leads out of the path.
public struct LocalFiles: Files {
    private let timeout: Duration
    private let clock: @Sendable () -> Instant
    private let walked = PathsInUse()

    /// Makes the port.
    /// - Parameters:
    ///   - timeout: Of one walk.
    ///   - clock: Wall time, which ages are counted from.
    public init(timeout: Duration = .seconds(60), clock: @escaping @Sendable () -> Instant) {
        self.timeout = timeout
        self.clock = clock
    }

    public func list(_ search: FileSearch, at place: FilePlace) async throws(PortError) -> FileListing {
        try check(search, place)
        let now = clock()
        return try await blocking(search) { isAbandoned in
            let (found, root) = try Self.found(search, now, isAbandoned)
            let used = root.fileSystem.flatMap(LocalVolumes.usage)?.used
            return FileListing(files: found.files, isTruncated: found.isTruncated, used: used)
        } orElse: {
            .unavailable($0, retryAfter: nil)
        }
    }

    public func delete(_ search: FileSearch, at place: FilePlace) async throws(PortError) {
        try check(search, place)
        let now = clock()
        let outcome: (removed: Int, failure: String?) = try await blocking(search) { isAbandoned in
            let (found, _) = try Self.found(search, now, isAbandoned)
            let listed = Dictionary(found.items.map { ($0.file.path, $0.identity) }, uniquingKeysWith: { first, _ in first })
            var removed = 0
            var failure: String?
            try FileWalk(search, now: now, isAbandoned: isAbandoned).visit { directory, name, path, status in
                // The same file that was listed, and not another under its name.
                guard listed[path] == Identity(status) else { return true }
                let code = directory.remove(name)
                if code == 0 { removed += 1 } else { failure = failure ?? "\(path): \(String(cString: strerror(code)))" }
                return true
            }
            return (removed, failure)
        } orElse: {
            .outcomeUnknown($0)
        }
        if outcome.removed == 0, let failure = outcome.failure {
            throw .refused("nothing below \(search.path) could be deleted: \(failure)")
        }
    }

    public func pods(of workload: Subject) async throws(PortError) -> [PodRow] {
        throw .refused("\(workload) has no pods on this machine: the remediation's 'source:' must be pods to reach them")
    }

    private func check(_ search: FileSearch, _ place: FilePlace) throws(PortError) {
        guard place == .local else { throw .refused("files in \(place) are not reached on this machine") }
        if let refusal = search.refusal { throw .refused("\(search.path) is not searched: \(refusal)") }
    }

    private func blocking<Value: Sendable>(
        _ search: FileSearch, _ body: @escaping @Sendable (@escaping @Sendable () -> Bool) throws -> Value, orElse: (String) -> PortError
    ) async throws(PortError) -> Value {
        switch await walked.run(search.path, timeout: timeout, { isAbandoned in Result { try body(isAbandoned) } }) {
        case .busy: throw .unavailable("\(search.path) is still being searched for an earlier question", retryAfter: nil)
        case .answer(.success(let value)): return value
        case .answer(.failure(let error)): throw .refused((error as? DirectoryError)?.text ?? "\(error)")
        case .none: throw orElse("\(search.path) was not searched to its end within \(timeout.readable)")
        }
    }

    // MARK: What is found

    private struct Identity: Hashable {
        var device: UInt64
        var inode: UInt64
        var modifiedAt: Instant

        init(_ status: stat) {
            device = UInt64(truncatingIfNeeded: status.st_dev)
            inode = UInt64(status.st_ino)
            modifiedAt = FileWalk.modifiedAt(status)
        }
    }

    /// The oldest files that a walk found, as many as the search's limit; memory stays bounded however many there are.
    private struct Found {
        private(set) var items: [(file: FileListing.File, identity: Identity)] = []
        private(set) var isTruncated = false
        let limit: Int

        init(limit: Int) { self.limit = limit }

        var files: [FileListing.File] { items.map(\.file) }

        mutating func add(_ file: FileListing.File, _ identity: Identity) {
            items.append((file, identity))
            if items.count >= 2 * limit + 100 { cut() }
        }

        mutating func cut() {
            items.sort { ($0.file.modifiedAt, $0.file.path) < ($1.file.modifiedAt, $1.file.path) }
            guard items.count > limit else { return }
            items.removeLast(items.count - limit)
            isTruncated = true
        }
    }

    private static func found(_ search: FileSearch, _ now: Instant, _ isAbandoned: @escaping () -> Bool) throws -> (Found, Directory) {
        var found = Found(limit: search.limit)
        let root = try FileWalk(search, now: now, isAbandoned: isAbandoned).visit { _, _, path, status in
            found.add(
                .init(path: path, bytes: FileWalk.bytes(status), modifiedAt: FileWalk.modifiedAt(status)), Identity(status))
            return true
        }
        found.cut()
        return (found, root)
    }
}
