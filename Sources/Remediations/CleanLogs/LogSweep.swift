import AutomatonCore

/// Deletes place by place, and measures what went by a second listing.
struct LogSweep {
    private static let maximumNamed = 20

    private var files: [(place: FilePlace, file: FileListing.File)] = []
    private var freed: Int64 = 0
    private var notes: [String] = []
    private var failures: [PortError] = []

    /// Cleans one place. What goes wrong is kept for the report: the other places are cleaned all the same.
    mutating func clean(_ search: FileSearch, at place: FilePlace, in port: any Files) async {
        let before: FileListing
        do {
            before = try await port.list(search, at: place)
        } catch {
            return fail(place, error)
        }
        guard !before.files.isEmpty else {
            notes.append("\(place): nothing was left to delete")
            return
        }
        var failure: PortError?
        do {
            try await port.delete(search, at: place)
        } catch {
            failure = error
        }
        let after: FileListing
        do {
            after = try await port.list(search, at: place)
        } catch {
            // Sent, and nobody can say what came of it.
            return fail(place, .outcomeUnknown("what was deleted is not known: \(failure ?? error)"))
        }
        if let failure { fail(place, failure) }
        count(before, after, at: place)
    }

    /// A place that was not reached in time.
    mutating func leaveOut(_ place: FilePlace) {
        fail(place, .unavailable("not reached in time: the others took too long", retryAfter: nil))
    }

    private mutating func count(_ before: FileListing, _ after: FileListing, at place: FilePlace) {
        let left = Set(after.files.map(\.path))
        let gone = before.files.filter { !left.contains($0.path) }
        guard !gone.isEmpty else { return }
        files += gone.map { (place, $0) }
        let sizes = gone.reduce(Int64(0)) { $0 + $1.bytes }
        var less = sizes
        if let was = before.used, let used = after.used { less = max(0, was - used) }
        freed += less
        let text = "\(place): \(LogSurvey.count(gone.count)) of \(ByteQuantity(bytes: sizes).readable)"
        if less < sizes - sizes / 10 {
            notes.append(
                "\(text), but the file system has only \(ByteQuantity(bytes: less).readable) less in use: something writes as fast, or "
                    + "holds deleted files open")
        } else {
            notes.append("\(text), \(ByteQuantity(bytes: less).readable) less in use")
        }
    }

    private mutating func fail(_ place: FilePlace, _ error: PortError) {
        failures.append(error)
        notes.append("\(place): \(error)")
    }

    /// What was done in all.
    /// - Throws: The first failure, when nothing is known to be deleted.
    func report() throws(PortError) -> AttemptReport {
        guard !files.isEmpty else {
            // An open outcome is told before a refusal: somebody must look.
            for failure in failures { if case .outcomeUnknown = failure { throw failure } }
            if let failure = failures.first { throw failure }
            return AttemptReport("Deleted no file: what was listed is gone already", details: notes)
        }
        let noun = files.count == 1 ? "file" : "files"
        let summary = "Deleted \(files.count) old log \(noun), \(ByteQuantity(bytes: freed).readable) freed"
        let largest = files.sorted { ($1.file.bytes, $0.file.path) < ($0.file.bytes, $1.file.path) }
        let named = largest.prefix(Self.maximumNamed).map {
            "\($0.place): \($0.file.path) (\(ByteQuantity(bytes: $0.file.bytes).readable))"
        }
        return AttemptReport(summary, details: Array(notes.prefix(Self.maximumNamed)) + named)
    }
}
