import AutomatonCore
import Synchronization

/// Files in places, held in memory; a test can have a place fail.
final class FakeFiles: Files {
    enum Fault: Sendable {
        case list(PortError)
        case delete(PortError)
        /// It deletes the first so many, and then fails.
        case deleteSome(Int, PortError)
        /// It deletes, says that nobody knows, and cannot be listed any more.
        case goneDark
    }

    private struct State {
        var places: [FilePlace: [FileListing.File]] = [:]
        var used: [FilePlace: Int64] = [:]
        var faults: [FilePlace: Fault] = [:]
        var searches: [FileSearch] = []
        var deletions = 0
    }

    private let state = Mutex(State())
    private let running: [PodRow]

    init(pods: [String] = []) { running = pods.map { PodRow(uid: $0, namespace: "production", name: $0) } }

    static func pod(_ name: String, container: String? = nil) -> FilePlace {
        .pod(namespace: "production", name: name, container: container)
    }

    func put(_ place: FilePlace, used: Int64? = nil, _ files: (String, Int64)...) {
        state.withLock { state in
            state.places[place, default: []] += files.map { .init(path: $0.0, bytes: $0.1, modifiedAt: now - .hours(24 * 30)) }
            state.used[place] = used
        }
    }

    func fail(_ place: FilePlace, _ fault: Fault?) { state.withLock { $0.faults[place] = fault } }

    func left(_ place: FilePlace) -> [String] { state.withLock { $0.places[place]?.map(\.path) ?? [] } }
    var deletions: Int { state.withLock { $0.deletions } }
    var searches: [FileSearch] { state.withLock { $0.searches } }

    func list(_ search: FileSearch, at place: FilePlace) async throws(PortError) -> FileListing {
        let result: Result<FileListing, PortError> = state.withLock { state in
            state.searches.append(search)
            if case .list(let error) = state.faults[place] { return .failure(error) }
            let files = state.places[place] ?? []
            return .success(
                FileListing(files: Array(files.prefix(search.limit)), isTruncated: files.count > search.limit, used: state.used[place]))
        }
        return try result.get()
    }

    func delete(_ search: FileSearch, at place: FilePlace) async throws(PortError) {
        let result: Result<Void, PortError> = state.withLock { state in
            state.deletions += 1
            var count = min(search.limit, state.places[place]?.count ?? 0)
            var outcome: Result<Void, PortError> = .success(())
            switch state.faults[place] {
            case .delete(let error): return .failure(error)
            case .deleteSome(let some, let error): (count, outcome) = (some, .failure(error))
            case .goneDark:
                state.faults[place] = .list(.unavailable("no connection", retryAfter: nil))
                outcome = .failure(.outcomeUnknown("the stream broke"))
            default: break
            }
            let bytes = state.places[place]?.prefix(count).reduce(Int64(0)) { $0 + $1.bytes } ?? 0
            state.places[place]?.removeFirst(count)
            if let used = state.used[place] { state.used[place] = used - bytes }
            return outcome
        }
        try result.get()
    }

    func pods(of workload: Subject) async throws(PortError) -> [PodRow] { running }
}
