/// A directory or file of the configuration, in particular a ConfigMap as kubelet mounts it.
///
/// Kubelet writes a directory named after the time, points the link `..data` to it with one rename, and leaves a link
/// `KEY -> ..data/KEY` for each key (`k8s.io/kubernetes/pkg/volume/util/atomic_writer.go`). So `..data` is resolved once and
/// everything is read behind it: what is read belongs together, whatever is renamed meanwhile.
struct MountedSource: Sendable {
    /// The largest file.
    static let maximumBytes = 1 << 20
    /// The most files that count.
    static let maximumFiles = 200
    /// Tries when kubelet replaces the directory that is being read.
    private static let maximumTries = 20

    /// What a look without reading tells; equal signatures mean equal content once ``isSettled``.
    struct Signature: Hashable, Sendable {
        var root = ""
        var entries: [String: FileAccess.Stamp] = [:]
        var failure: Int32?
        /// Whether everything is old enough: a write within the clock's grain could leave stamps and size as they were.
        var isSettled = false

        static func == (left: Signature, right: Signature) -> Bool {
            left.root == right.root && left.entries == right.entries && left.failure == right.failure
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(root)
            hasher.combine(entries)
            hasher.combine(failure)
        }
    }

    /// What a source held.
    struct Content: Sendable {
        var files: [SourceFile] = []
        var problems: [Problem] = []
    }

    /// Where it is, without a slash at the end.
    let path: String
    /// Which files of a directory count, by name; others are left alone.
    let accepts: @Sendable (String) -> Bool
    /// What a file of a directory is, for errors: `threshold`.
    let noun: String

    init(_ path: String, noun: String, accepts: @escaping @Sendable (String) -> Bool = { _ in true }) {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        self.noun = noun
        self.accepts = accepts
    }

    /// Looks without reading: a stat for each file.
    func signature() -> Signature {
        var signature = Signature()
        do {
            let now = FileAccess.wallClock()
            let (root, names) = try list()
            signature.root = root
            for name in names {
                signature.entries[name] = try FileAccess.stamp(name.isEmpty ? root : root + "/" + name)
            }
            let newest = signature.entries.values.map { max($0.modified, $0.changed) }.max() ?? 0
            signature.isSettled = newest < now - 2_000_000_000
        } catch {
            signature.failure = error.code
        }
        return signature
    }

    /// Reads everything, as it was at one moment.
    func content() -> Content {
        for _ in 1..<Self.maximumTries {
            if let content = content(isLast: false) { return content }
        }
        let changing = Problem(file: path, message: "changes faster than it can be read; it is read again later")
        return content(isLast: true) ?? Content(problems: [changing])
    }

    /// One try; nil when the directory was replaced meanwhile, or a file is not there (and it is not the last try).
    private func content(isLast: Bool) -> Content? {
        do {
            let (root, names) = try list()
            var content = Content()
            guard names.count <= Self.maximumFiles else {
                content.problems = [
                    Problem(file: path, message: "holds more than \(Self.maximumFiles) files; this is not a directory of \(noun)s")
                ]
                return content
            }
            for name in names {
                let isThere = read(name, under: root, into: &content, reportsMissing: isLast)
                if !isThere, !isLast { return nil }
            }
            // Kubelet moves `..data` on before it removes anything, so if it still stands here, nothing was missing from the list.
            return try self.root() == root ? content : nil
        } catch {
            if error.isMissing, !isLast { return nil }
            let hint = error.isMissing ? "; name a file or a directory of \(noun)s that is there" : ""
            return Content(problems: [Problem(file: path, message: "cannot be read: \(error.text)\(hint)")])
        }
    }

    /// Reads one file; false when it is not there (any more).
    private func read(
        _ name: String, under root: String, into content: inout Content, reportsMissing: Bool
    ) -> Bool {
        let shown = name.isEmpty ? path : path + "/" + name
        func report(_ message: String) { content.problems.append(Problem(file: shown, message: message)) }
        do {
            let bytes = try FileAccess.read(name.isEmpty ? root : root + "/" + name, limit: Self.maximumBytes)
            content.files.append(SourceFile(path: shown, bytes: bytes))
        } catch {
            switch error {
            case .failed(let failure) where failure.isMissing:
                if reportsMissing { report("cannot be read: \(failure.text)") }
                return false
            case .failed(let failure): report("cannot be read: \(failure.text)")
            case .notRegular:
                report("is not a file, so it is no \(noun); directories are not searched: move what is in it up, or remove it")
            case .tooLarge(let size):
                report("is larger (\(size) bytes) than \(Self.maximumBytes) bytes, more than a \(noun) may have")
            }
        }
        return true
    }

    /// The real path behind the mount, and the names in it that count; one empty name for a single file.
    private func list() throws(FileAccess.Failure) -> (root: String, names: [String]) {
        guard try FileAccess.stamp(path).kind == .directory else { return (path, [""]) }
        let root = try root()
        return (root, try FileAccess.names(in: root, limit: Self.maximumFiles) { !$0.hasPrefix(".") && accepts($0) })
    }

    /// The directory behind `..data`; the path itself where there is none.
    private func root() throws(FileAccess.Failure) -> String {
        do {
            return try FileAccess.resolved(path + "/..data")
        } catch {
            guard error.isMissing else { throw error }
            return path
        }
    }
}
