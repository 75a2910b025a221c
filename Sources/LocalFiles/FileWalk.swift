import AutomatonCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// One walk below a path, with the semantics of `find PATH -xdev -maxdepth D -type f -name GLOB -mtime +N`. Its calls block.
struct FileWalk {
    private let search: FileSearch
    private let now: Instant
    private let isAbandoned: () -> Bool

    init(_ search: FileSearch, now: Instant, isAbandoned: @escaping () -> Bool) {
        self.search = search
        self.now = now
        self.isAbandoned = isAbandoned
    }

    /// Visits each file that the search finds, with the directory that holds it; the body's false ends the walk.
    /// - Throws: `DirectoryError` when the search's path itself cannot be read. What lies below and cannot be read is left out.
    /// - Returns: The directory of the search's path.
    @discardableResult
    func visit(_ body: (Directory, [CChar], String, stat) -> Bool) throws(DirectoryError) -> Directory {
        let root = try Directory.open(search.path)
        guard let device = root.status?.st_dev else { throw DirectoryError("\(search.path) cannot be read") }
        _ = walk(root, search.path, depth: 1, device: device, body)
        return root
    }

    private func walk(
        _ directory: Directory, _ path: String, depth: Int, device: dev_t, _ body: (Directory, [CChar], String, stat) -> Bool
    ) -> Bool {
        while let name = directory.next() {
            if isAbandoned() { return false }
            // A name that is no text is left alone, as is one with a line end: neither could be told to a person.
            guard let text = String(validating: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self), !text.contains("\n"),
                let status = directory.status(of: name), status.st_dev == device
            else { continue }
            let inner = "\(path)/\(text)"
            switch status.st_mode & S_IFMT {
            case S_IFDIR where depth < search.depth:
                // Between the look and the opening it may have been swapped: what is opened is looked at again.
                guard let below = try? directory.open(text), below.status?.st_dev == device else { continue }
                if !walk(below, inner, depth: depth + 1, device: device, body) { return false }
            case S_IFREG where isWanted(name, status):
                if !body(directory, name, inner, status) { return false }
            default: continue
            }
        }
        return true
    }

    private func isWanted(_ name: [CChar], _ status: stat) -> Bool {
        guard fnmatch(search.name, name, 0) == 0 else { return false }
        guard let days = search.olderThanDays else { return true }
        // Whole days, as find counts them: +7 is eight days and more.
        return now - Self.modifiedAt(status) >= .hours(24 * (days + 1))
    }

    static func modifiedAt(_ status: stat) -> Instant {
        #if canImport(Darwin)
            let time = status.st_mtimespec
        #else
            let time = status.st_mtim
        #endif
        return Instant(seconds: Int64(time.tv_sec)) + .nanoseconds(time.tv_nsec)
    }

    /// Bytes that removing the name frees: none while the file has another one.
    static func bytes(_ status: stat) -> Int64 { status.st_nlink > 1 ? 0 : Int64(status.st_blocks) * 512 }
}
