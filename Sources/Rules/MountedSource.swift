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
    /// Tries when kubelet removes the directory that is being read.
    private static let maximumTries = 5

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

    /// Where it is.
    let path: String
    /// Which files of a directory count, by name; others are left alone.
    let accepts: @Sendable (String) -> Bool
    /// What a file of a directory is, for errors: `a threshold`.
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
        var content = Content()
        for attempt in 1...Self.maximumTries {
            content = Content()
            do {
                let (root, names) = try list()
                guard names.count <= Self.maximumFiles else {
                    content.problems.append(
                        Problem(file: path, message: "holds more than \(Self.maximumFiles) files; this is not \(noun)s"))
                    return content
                }
                var vanished = false
                for name in names {
                    let isLast = attempt == Self.maximumTries
                    if !read(name, under: root, into: &content, reportsMissing: isLast) { vanished = true }
                }
                if !vanished { return content }
            } catch {
                content.problems = [Problem(file: path, message: "cannot be read: \(error.text)")]
                if !error.isMissing { return content }
            }
        }
        return content
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
                report("is not a file, so it is not \(noun); directories are not searched: move what is in it up, or remove it")
            case .tooLarge(let size):
                report("is larger (\(size) bytes) than \(Self.maximumBytes) bytes, which is more than \(noun) may be")
            }
        }
        return true
    }

    /// The real path behind the mount, and the names in it that count; one empty name for a single file.
    private func list() throws(FileAccess.Failure) -> (root: String, names: [String]) {
        guard try FileAccess.stamp(path).kind == .directory else { return (path, [""]) }
        var root = path
        do {
            root = try FileAccess.resolved(path + "/..data")
        } catch {
            // A plain directory has no `..data`.
            guard error.isMissing else { throw error }
        }
        let names = try FileAccess.names(in: root, limit: 10 * Self.maximumFiles)
        return (root, names.filter { !$0.hasPrefix(".") && accepts($0) })
    }
}
