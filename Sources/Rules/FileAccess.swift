#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The few calls on the file system that a configuration needs: bounded, without following what is not a regular file.
package enum FileAccess {
    /// A call failed, with its `errno`.
    package struct Failure: Error, Hashable {
        package var code: Int32
        /// The system's words for it: `No such file or directory`.
        package var text: String { String(cString: strerror(code)) }
        package var isMissing: Bool { code == ENOENT || code == ENOTDIR }
    }

    package enum ReadError: Error, Hashable {
        case failed(Failure)
        case notRegular
        case tooLarge(Int)
    }

    /// What identifies a state of a file without reading it.
    struct Stamp: Hashable, Sendable {
        enum Kind: Hashable, Sendable { case file, directory, other }

        var kind: Kind
        var device: UInt64
        var inode: UInt64
        var size: Int64
        var modified: Int64
        var changed: Int64
    }

    /// Follows symbolic links.
    static func stamp(_ path: String) throws(Failure) -> Stamp {
        var status = stat()
        guard stat(path, &status) == 0 else { throw Failure(code: errno) }
        return stamp(of: status)
    }

    private static func stamp(of status: stat) -> Stamp {
        let kind: Stamp.Kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .directory
            default: .other
            }
        #if canImport(Darwin)
            let (modified, changed) = (status.st_mtimespec, status.st_ctimespec)
        #else
            let (modified, changed) = (status.st_mtim, status.st_ctim)
        #endif
        return Stamp(
            kind: kind, device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int64(status.st_size),
            modified: nanoseconds(modified), changed: nanoseconds(changed))
    }

    private static func nanoseconds(_ time: timespec) -> Int64 { Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec) }

    /// Wall time as the file system's stamps count it, in nanoseconds.
    static func wallClock() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return nanoseconds(time)
    }

    /// The path without symbolic links.
    static func resolved(_ path: String) throws(Failure) -> String {
        guard let pointer = realpath(path, nil) else { throw Failure(code: errno) }
        defer { free(pointer) }
        return String(cString: pointer)
    }

    /// The names in a directory that count, sorted; at most `limit` + 1 of them.
    static func names(in directory: String, limit: Int, where counts: (String) -> Bool) throws(Failure) -> [String] {
        guard let stream = opendir(directory) else { throw Failure(code: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while names.count <= limit, let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: entry.pointee.d_name)) {
                    String(cString: $0)
                }
            }
            if counts(name) { names.append(name) }
        }
        return names.sorted()
    }

    /// The bytes of a regular file, at most `limit`.
    package static func read(_ path: String, limit: Int) throws(ReadError) -> [UInt8] {
        // O_NONBLOCK: opening a FIFO that nobody writes to would wait for ever.
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw .failed(Failure(code: errno)) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .failed(Failure(code: errno)) }
        guard stamp(of: status).kind == .file else { throw .notRegular }
        guard status.st_size <= limit else { throw .tooLarge(Int(status.st_size)) }
        return try readToEnd(descriptor, limit: limit, atOnce: max(4096, Int(status.st_size) + 1))
    }

    /// What comes through a pipe, or from the standard input, to its end; at most `limit` bytes. Waits for whoever writes it.
    package static func readStream(_ descriptor: Int32, limit: Int) throws(ReadError) -> [UInt8] {
        try readToEnd(descriptor, limit: limit, atOnce: 1 << 16)
    }

    private static func readToEnd(_ descriptor: Int32, limit: Int, atOnce: Int) throws(ReadError) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: atOnce)
        while true {
            let count = buffer.withUnsafeMutableBytes { readAll(descriptor, $0) }
            guard count >= 0 else { throw .failed(Failure(code: errno)) }
            if count == 0 { return bytes }
            bytes.append(contentsOf: buffer[..<count])
            guard bytes.count <= limit else { throw .tooLarge(bytes.count) }
        }
    }

    /// The same of a path: `/dev/stdin`, a FIFO, `/dev/fd/63`.
    package static func readStream(at path: String, limit: Int) throws(ReadError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .failed(Failure(code: errno)) }
        defer { close(descriptor) }
        return try readStream(descriptor, limit: limit)
    }

    private static func readAll(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
        while true {
            let count = systemRead(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 || errno != EINTR { return count }
        }
    }

    private static var systemRead: (Int32, UnsafeMutableRawPointer?, Int) -> Int {
        #if canImport(Glibc)
            Glibc.read
        #elseif canImport(Musl)
            Musl.read
        #else
            Darwin.read
        #endif
    }
}
