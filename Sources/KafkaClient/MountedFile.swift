import Glibc

/// A file that somebody mounted.
enum MountedFile {
    /// Why it could not be read.
    struct Failure: Error {
        let problem: String
    }

    /// Its bytes.
    static func read(_ path: String, atMost limit: Int) -> Result<[UInt8], Failure> {
        // A pipe that nobody writes to must not hold up the reading.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return .failure(Failure(problem: "cannot be read: \(reason())")) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while bytes.count <= limit {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { return .success(bytes) }
            guard count > 0 else { return .failure(Failure(problem: "cannot be read: \(reason())")) }
            bytes += chunk[..<count]
        }
        return .failure(Failure(problem: "is larger than \(limit) bytes"))
    }

    private static func reason() -> String { String(cString: strerror(errno)) }
}
