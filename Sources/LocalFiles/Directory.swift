#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Why a directory could not be opened or read; for people.
struct DirectoryError: Error {
    var text: String

    init(_ text: String) { self.text = text }

    init(_ what: String, _ code: Int32) { text = "\(what): \(String(cString: strerror(code)))" }
}

/// An open directory. What is done to its entries is done relative to it: whatever becomes of its path meanwhile, it stays this one.
final class Directory {
    private let stream: OpaqueDirectory
    private let descriptor: Int32

    #if canImport(Darwin)
        private typealias OpaqueDirectory = UnsafeMutablePointer<DIR>
    #else
        private typealias OpaqueDirectory = OpaquePointer
    #endif

    /// Takes the descriptor over.
    private init(taking descriptor: Int32, _ what: String) throws(DirectoryError) {
        guard let stream = fdopendir(descriptor) else {
            let code = errno
            close(descriptor)
            throw DirectoryError(what, code)
        }
        self.stream = stream
        self.descriptor = descriptor
    }

    deinit {
        closedir(stream)
    }

    #if os(Linux)
        /// `O_PATH`, which Glibc's module hides behind `_GNU_SOURCE`; the number is the same on all of Swift's platforms with Linux.
        private static let onlyPath: Int32 = 0o10_000_000
    #endif

    /// Opens a path from the root, part by part; a link anywhere in it is refused.
    static func open(_ path: String) throws(DirectoryError) -> Directory {
        #if os(Linux)
            // Passing through a directory needs no right to read it.
            let through = onlyPath | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        #else
            let through = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        #endif
        let parts = path.split(separator: "/").map(String.init)
        var current = openIt("/", through)
        guard current >= 0 else { throw DirectoryError("/", errno) }
        var walked = ""
        for (index, part) in parts.enumerated() {
            walked += "/" + part
            let isLast = index == parts.count - 1
            let next = openat(current, part, isLast ? O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC : through)
            let code = errno
            var status = stat()
            let isLink = next < 0 && fstatat(current, part, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_mode & S_IFMT == S_IFLNK
            close(current)
            guard next >= 0 else {
                throw isLink
                    ? DirectoryError("\(walked) is a link, which is not followed: write the path that it leads to")
                    : DirectoryError(walked, code)
            }
            current = next
        }
        return try Directory(taking: current, path)
    }

    private static func openIt(_ path: String, _ flags: Int32) -> Int32 {
        #if canImport(Darwin)
            Darwin.open(path, flags)
        #elseif canImport(Musl)
            Musl.open(path, flags)
        #else
            Glibc.open(path, flags)
        #endif
    }

    /// Opens a directory in this one; a link is refused.
    func open(_ name: String) throws(DirectoryError) -> Directory {
        let inner = openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard inner >= 0 else { throw DirectoryError(name, errno) }
        return try Directory(taking: inner, name)
    }

    /// The next entry's name, as bytes; nil at the end. `.` and `..` are left out.
    func next() -> [CChar]? {
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { start in
                    Array(UnsafeBufferPointer(start: start, count: strlen(start) + 1))
                }
            }
            if name != [0x2E, 0] && name != [0x2E, 0x2E, 0] { return name }
        }
        return nil
    }

    /// What an entry is, a link itself and not what it leads to; nil when it is gone.
    func status(of name: [CChar]) -> stat? {
        var status = stat()
        return fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 ? status : nil
    }

    /// What this directory is.
    var status: stat? {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? status : nil
    }

    /// The figures of the file system that it lies on.
    var fileSystem: statvfs? {
        var figures = statvfs()
        return fstatvfs(descriptor, &figures) == 0 ? figures : nil
    }

    /// Removes an entry that is no directory: the name here, never what a link leads to.
    /// - Returns: errno; 0 when it is removed.
    func remove(_ name: [CChar]) -> Int32 { unlinkat(descriptor, name, 0) == 0 ? 0 : errno }
}
