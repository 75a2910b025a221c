import AutomatonCore

/// What a search finds in each place: the plan, before anything is deleted.
struct LogSurvey {
    /// So many files are named in a plan.
    private static let maximumNamed = 20
    private static let placesAtOnce = 4

    private let search: FileSearch
    private let placeCount: Int
    private var listings: [(place: FilePlace, listing: FileListing)] = []
    private var failures: [(place: FilePlace, error: PortError)] = []

    /// Lists every place.
    /// - Throws: `PortError` when no place can be listed.
    init(_ search: FileSearch, at places: [FilePlace], in files: any Files) async throws {
        self.search = search
        placeCount = places.count
        typealias Answer = (index: Int, listing: Result<FileListing, PortError>)
        let results = await withTaskGroup(of: Answer.self) { group in
            var results: [Answer] = []
            for (index, place) in places.enumerated() {
                if index >= Self.placesAtOnce, let result = await group.next() { results.append(result) }
                group.addTask { (index, await Self.list(search, at: place, in: files)) }
            }
            for await result in group { results.append(result) }
            return results.sorted { $0.index < $1.index }
        }
        for result in results {
            switch result.listing {
            case .success(let listing): listings.append((places[result.index], listing))
            case .failure(let error): failures.append((places[result.index], error))
            }
        }
        if listings.isEmpty, let failure = failures.first { throw failure.error }
    }

    /// A function of its own: Swift 6.3.1 loses the index, when optimizing, if the child task itself catches the typed error.
    private static func list(_ search: FileSearch, at place: FilePlace, in files: any Files) async -> Result<FileListing, PortError> {
        do throws(PortError) {
            return .success(try await files.list(search, at: place))
        } catch {
            return .failure(error)
        }
    }

    /// The plan, or why there is none.
    /// - Parameters:
    ///   - more: Pods that were not looked at.
    ///   - circumstances: Of the workload whose pods they are; nil for this machine.
    func answer(for subject: Subject, leavingOut more: Int, _ circumstances: Circumstances?) -> PlanAnswer {
        let found = listings.filter { !$0.listing.files.isEmpty }
        let files = found.flatMap { found in found.listing.files.map { (place: found.place, file: $0) } }
        let selection = "\(search.name) older than \(search.olderThanDays ?? 0) days below \(search.path)"
        guard !files.isEmpty else {
            let places = Self.text(listings.map(\.place))
            return .refused("no file named \(selection) \(places): there is nothing to delete" + failureText)
        }
        let bytes = files.reduce(Int64(0)) { $0 + $1.file.bytes }
        let isTruncated = found.contains { $0.listing.isTruncated }
        var summary = "delete \(isTruncated ? "the oldest " : "")\(Self.count(files.count)) (\(ByteQuantity(bytes: bytes).readable))"
        summary += " older than \(search.olderThanDays ?? 0) days below \(search.path) \(Self.text(found.map(\.place)))"
        if isTruncated { summary += " (there are more than the limit of \(search.limit))" }
        if more > 0 { summary += "; \(more) more pods wait for the next attempt" }
        return .plan(
            Plan(
                subject: subject, summary: summary + failureText, changes: changes(files),
                write: .files(FileCleaning(places: found.map(\.place), search: search)), circumstances: circumstances))
    }

    private var failureText: String {
        guard let first = failures.first else { return "" }
        let more = failures.count > 1 ? " and \(failures.count - 1) more" : ""
        return "; not in \(first.place)\(more): \(first.error)"
    }

    private func changes(_ files: [(place: FilePlace, file: FileListing.File)]) -> [Change] {
        let largest = files.sorted { ($1.file.bytes, $0.file.path) < ($0.file.bytes, $1.file.path) }
        var changes = largest.prefix(Self.maximumNamed).map { named in
            Change(
                "\(named.place): \(named.file.path)",
                before: "\(ByteQuantity(bytes: named.file.bytes).readable), last changed \(named.file.modifiedAt.rfc3339)", after: "deleted"
            )
        }
        let rest = largest.dropFirst(Self.maximumNamed)
        if !rest.isEmpty {
            let bytes = rest.reduce(Int64(0)) { $0 + $1.file.bytes }
            changes.append(Change("\(Self.count(rest.count)) more", before: ByteQuantity(bytes: bytes).readable, after: "deleted"))
        }
        return changes
    }

    static func count(_ files: Int) -> String { files == 1 ? "1 file" : "\(files) files" }

    /// `on this machine`, `in pod web-0`, `in 3 pods`.
    private static func text(_ places: [FilePlace]) -> String {
        guard places.count == 1, let place = places.first else { return "in \(places.count) pods" }
        if case .pod(_, let name, _) = place { return "in pod \(name)" }
        return "on \(place)"
    }
}
