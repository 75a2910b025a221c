/// Files in pods and on this machine: what `clean-logs` lists and deletes.
public protocol Files: Sendable {
    /// Lists the files that a search finds, oldest first, with their sizes; changes nothing.
    /// - Throws: ``PortError/refused(_:)`` when the path is not there or may not be read, or exec is forbidden.
    func list(_ search: FileSearch, at place: FilePlace) async throws(PortError) -> FileListing

    /// Deletes what the search finds now, at most as many as it says.
    func delete(_ search: FileSearch, at place: FilePlace) async throws(PortError)

    /// The pods of a workload in which files can be reached: running, not terminating, by name.
    func pods(of workload: Subject) async throws(PortError) -> [PodRow]
}

/// Where files are.
public enum FilePlace: Hashable, Codable, Sendable, CustomStringConvertible {
    /// In a container of a pod; nil for the pod's default container.
    case pod(namespace: String, name: String, container: String?)
    /// On this machine.
    case local

    public var description: String {
        switch self {
        case .pod(let namespace, let name, let container): "\(namespace)/\(name)" + (container.map { " (\($0))" } ?? "")
        case .local: "this machine"
        }
    }
}

/// Which files: what `find PATH -xdev -maxdepth D -type f -name GLOB -mtime +N` finds. Links are not followed.
public struct FileSearch: Hashable, Codable, Sendable {
    /// Absolute, without `..`, never `/`.
    public var path: String
    /// A pattern for the file's name, as `find -name` reads it.
    public var name: String
    /// Changed more than this many whole days ago, as `find -mtime +N` counts them; nil for any age.
    public var olderThanDays: Int?
    /// Directories below the path that are entered: 1 for the path itself alone.
    public var depth: Int
    /// The most files that are taken.
    public var limit: Int

    /// Makes a search.
    public init(path: String, name: String, olderThanDays: Int?, depth: Int, limit: Int) {
        self.path = path
        self.name = name
        self.olderThanDays = olderThanDays
        self.depth = depth
        self.limit = limit
    }
}

/// What a search found.
public struct FileListing: Hashable, Sendable {
    /// The files, oldest first; at most as many as the search's limit.
    public var files: [File]
    /// Whether there were more than the limit.
    public var isTruncated: Bool
    /// Bytes in use on the path's file system, where that could be measured.
    public var used: Int64?

    /// One file.
    public struct File: Hashable, Sendable {
        /// Its path.
        public var path: String
        /// Bytes that deleting it frees (blocks in use).
        public var bytes: Int64
        /// When it was last changed.
        public var modifiedAt: Instant

        /// Makes a file.
        public init(path: String, bytes: Int64, modifiedAt: Instant) {
            self.path = path
            self.bytes = bytes
            self.modifiedAt = modifiedAt
        }
    }

    /// Makes a listing.
    public init(files: [File], isTruncated: Bool = false, used: Int64? = nil) {
        self.files = files
        self.isTruncated = isTruncated
        self.used = used
    }
}

/// Files to be deleted, in one or more places.
public struct FileCleaning: Hashable, Codable, Sendable {
    /// Where.
    public var places: [FilePlace]
    /// What.
    public var search: FileSearch

    /// Makes a cleaning.
    public init(places: [FilePlace], search: FileSearch) {
        self.places = places
        self.search = search
    }
}
