#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A password in a mounted file, which may be replaced at any time.
enum PasswordFile {
    private static let maximumBytes = 4096

    /// Reads the password: the file's content without the line break at its end.
    static func read(_ path: String) throws(ServerFailure) -> String {
        // Never waits for the writer of a pipe.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure(path, "cannot be read: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: maximumBytes + 1)
        var count = 0
        while count < bytes.count {
            let got = bytes[count...].withUnsafeMutableBytes { systemRead(descriptor, $0) }
            guard got >= 0 else { throw failure(path, "cannot be read: \(String(cString: strerror(errno)))") }
            if got == 0 { break }
            count += got
        }
        guard count <= maximumBytes else { throw failure(path, "is larger than \(maximumBytes) bytes: it must hold the password alone") }
        var password = bytes[..<count]
        if password.last == 0x0A { password.removeLast() }
        if password.last == 0x0D { password.removeLast() }
        guard !password.isEmpty else { throw failure(path, "is empty: it must hold the password") }
        guard !password.contains(where: { $0 == 0 || $0 == 0x0A || $0 == 0x0D }) else {
            throw failure(path, "holds more than one line: it must hold the password alone")
        }
        guard let text = String(validating: password, as: UTF8.self) else { throw failure(path, "is not UTF-8") }
        return text
    }

    private static func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
        #if canImport(Glibc)
            Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        #elseif canImport(Musl)
            Musl.read(descriptor, buffer.baseAddress, buffer.count)
        #else
            Darwin.read(descriptor, buffer.baseAddress, buffer.count)
        #endif
    }

    private static func failure(_ path: String, _ problem: String) -> ServerFailure {
        ServerFailure(.configuration, "passwordFile: \(path) \(problem)")
    }
}
