extension FileSearch {
    /// The deepest search.
    public static let maximumDepth = 10
    /// The most files that one search takes.
    public static let maximumLimit = 10_000

    /// Why this search is never carried out, whoever asks for it; nil for one that may be.
    ///
    /// Whoever lists or deletes asks this first: the rule's parameters are not the only way to a search.
    public var refusal: String? {
        if let problem = Self.problem(inPath: path) { return "the path \(problem)" }
        if let problem = Self.problem(inName: name) { return "the name \(problem)" }
        if let days = olderThanDays, !(0...36_500).contains(days) { return "the age of \(days) days is out of range: 0 to 36500" }
        if olderThanDays == nil, name.allSatisfy({ $0 == "*" }) { return "any name at any age would take every file" }
        if !(1...Self.maximumDepth).contains(depth) { return "the depth of \(depth) is out of range: 1 to \(Self.maximumDepth)" }
        if !(1...Self.maximumLimit).contains(limit) { return "the limit of \(limit) files is out of range: 1 to \(Self.maximumLimit)" }
        return nil
    }

    /// What is wrong with a path below which files are to be deleted; nil when nothing is.
    public static func problem(inPath path: String) -> String? {
        let shown = "'\(path.prefix(100))'"
        guard path.hasPrefix("/") else { return "\(shown) is not absolute: write it from the root, such as /var/log/app" }
        guard path.utf8.count <= 1000, path.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            return "is longer than 1000 bytes or holds control characters: write a plain path, such as /var/log/app"
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard parts.contains(where: { !$0.isEmpty }) else { return "is the root itself: write a folder of logs, such as /var/log/app" }
        guard !parts.contains(where: { $0 == ".." || $0 == "." || $0.isEmpty }) else {
            return "\(shown) holds '.', '..', '//' or ends with '/': write it plainly, such as /var/log/app"
        }
        let first = parts.first.map(String.init) ?? ""
        if systemTrees.contains(first) || (parts.count == 1 && systemFolders.contains(first)) {
            return "\(shown) belongs to the system: write a folder of logs, such as /var/log/app"
        }
        return nil
    }

    /// What is wrong with a pattern for names; nil when nothing is.
    public static func problem(inName name: String) -> String? {
        guard (1...255).contains(name.utf8.count), name.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != 0x2F }) else {
            return "must be a pattern of 1 to 255 bytes without '/' and control characters, such as *.log.*"
        }
        return nil
    }

    /// Nothing below these is ever a log.
    private static let systemTrees: Set<String> = ["bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "proc", "sbin", "sys"]
    /// These themselves are too much at once; what is below them can be asked for.
    private static let systemFolders: Set<String> = ["home", "mnt", "opt", "root", "run", "srv", "tmp", "usr", "var"]
}
