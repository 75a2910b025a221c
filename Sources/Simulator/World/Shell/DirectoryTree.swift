import AutomatonCore

/// The directories of a pod: those that every container has, those that its files are in and those that it mounts something on.
struct DirectoryTree: Sendable {
    /// What there is at a path.
    enum Entry: Sendable, Hashable {
        case directory
        case file(SimulatedFile)

        /// The letter of `find -type`.
        var type: Character {
            switch self {
            case .directory: "d"
            case .file(let file): file.link == nil ? "f" : "l"
            }
        }
    }

    private var children: [String: [String]] = [:]
    private var files: [String: SimulatedFile] = [:]

    static let standard = ["/etc", "/proc", "/tmp", "/usr", "/var/log"]

    init(_ disk: PodDisk) {
        var known: Set<String> = ["/"]
        func add(directory: String) {
            var path = directory
            while path != "/", known.insert(path).inserted {
                let parent = Self.parent(of: path)
                children[parent, default: []].append(path)
                path = parent
            }
        }
        for path in Self.standard + disk.mounts.map(\.path) + disk.directories.sorted() { add(directory: path) }
        for file in disk.files {
            let parent = Self.parent(of: file.path)
            add(directory: parent)
            children[parent, default: []].append(file.path)
            files[file.path] = file
        }
        for path in known where children[path] == nil { children[path] = [] }
        for path in children.keys { children[path]?.sort() }
    }

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    static func name(of path: String) -> String {
        guard path != "/" else { return "/" }
        return path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    }

    /// A path without slashes at its end; nil for one that is not absolute or climbs.
    static func normalised(_ path: String) -> String? {
        guard path.hasPrefix("/") else { return nil }
        let parts = path.split(separator: "/").filter { $0 != "." }
        return parts.contains("..") ? nil : "/" + parts.joined(separator: "/")
    }

    /// What is at a path, as it was given; nil if nothing is.
    subscript(path: String) -> Entry? {
        guard let path = Self.normalised(path) else { return nil }
        if let file = files[path] { return .file(file) }
        return children[path] == nil ? nil : .directory
    }

    /// What a directory holds, in order: whole paths.
    func children(of directory: String) -> [String] { children[directory] ?? [] }
}
