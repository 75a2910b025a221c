import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Keeps a journal's directory for one process as long as that lives: `journal.lock` beside the file, locked by `flock(2)`.
///
/// The journal itself refuses who lost it; this refuses who would take it from a run that lives. The system drops the lock however the
/// process ends.
public final class JournalLock: Sendable {
    /// A process that lives has the directory.
    public struct Held: Error, Hashable, Sendable, CustomStringConvertible {
        /// The directory.
        public let directory: String
        /// What the other one wrote about itself; empty when it had no time to.
        public let holder: String

        public var description: String {
            "the journal in \(directory) is in use by \(holder.isEmpty ? "another process" : holder): end that one first, or name another "
                + "directory with --state"
        }
    }

    private let descriptor: Mutex<Int32?>
    /// Why the directory is not kept, so that another process may open the journal, too; nil when it is.
    public let problem: String?

    /// Locks a directory, and makes it where it is missing. Blocks for a moment.
    ///
    /// Where nothing can be locked, since the directory cannot be written or its file system has no locks, it holds nothing and has a
    /// ``problem``.
    /// - Parameter holder: names this process for whoever comes after: "run …, process …".
    /// - Throws: ``Held``.
    public init(directory: String, holder: String) throws(Held) {
        try? SQLiteStore.make(directory)
        let path = directory.hasSuffix("/") ? "\(directory)journal.lock" : "\(directory)/journal.lock"
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            problem = "\(path) cannot be opened: \(String(cString: strerror(errno)))"
            descriptor = Mutex(nil)
            return
        }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            let other = Self.read(file)
            _ = close(file)
            if code == EWOULDBLOCK { throw Held(directory: directory, holder: other) }
            problem = "\(path) cannot be locked: \(String(cString: strerror(code)))"
            descriptor = Mutex(nil)
            return
        }
        problem = nil
        _ = ftruncate(file, 0)
        _ = holder.withCString { pwrite(file, $0, holder.utf8.count, 0) }
        descriptor = Mutex(file)
    }

    /// Gives the directory back.
    public func release() {
        descriptor.withLock { file in
            guard let held = file else { return }
            _ = ftruncate(held, 0)
            _ = close(held)
            file = nil
        }
    }

    deinit { release() }

    /// A line, without what would make a terminal or a log unreadable.
    private static func read(_ file: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = pread(file, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)).filter { (0x20..<0x7F).contains($0) }, as: UTF8.self)
    }
}
