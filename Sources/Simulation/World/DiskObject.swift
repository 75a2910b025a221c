import AutomatonCore

/// The disk to which the pods of a workload write their logs.
final class DiskObject {
    static let capacity: Int64 = 10 << 30
    static let path = "/var/log"

    private struct Entry {
        var path: String
        var bytes: Int64
        var modifiedAt: Instant
    }

    let workload: WorkloadObject
    private let time: VirtualTime
    private var files: [Entry] = []
    private var made = 0
    private let base: Int64 = 3 << 30

    init(_ workload: WorkloadObject, in world: World) {
        self.workload = workload
        time = world.time
    }

    var used: Int64 { min(Self.capacity, files.reduce(base) { $0 + $1.bytes }) }
    var percent: Int { Int(used * 100 / Self.capacity) }

    /// Rotated logs that nobody cleared away come to light.
    func fill(days: Int) {
        for _ in 0..<5 {
            made += 1
            files.append(Entry(path: "\(Self.path)/app.log.\(made).gz", bytes: 1200 << 20, modifiedAt: time.now - .hours(24 * days)))
        }
    }

    /// A person clears away everything.
    func tidy() { files = [] }

    func listing(_ search: FileSearch) -> FileListing {
        let found = files.filter { matches($0, search) }.sorted { ($0.modifiedAt, $0.path) < ($1.modifiedAt, $1.path) }
        return FileListing(
            files: found.prefix(search.limit).map { .init(path: $0.path, bytes: $0.bytes, modifiedAt: $0.modifiedAt) },
            isTruncated: found.count > search.limit, used: used)
    }

    func delete(_ search: FileSearch) {
        let gone = Set(listing(search).files.map(\.path))
        files.removeAll { gone.contains($0.path) }
    }

    private func matches(_ file: Entry, _ search: FileSearch) -> Bool {
        guard search.path == Self.path, NamePattern(search.name).matches(String(file.path.dropFirst(Self.path.utf8.count + 1))) else {
            return false
        }
        return search.olderThanDays.map { time.now - file.modifiedAt > .hours(24 * ($0 + 1)) } ?? true
    }
}
