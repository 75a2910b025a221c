#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What this process holds now, as the kernel has it.
public struct ProcessSize: Sendable {
    /// Resident memory in MiB.
    public var memory: Double
    /// Open file descriptors.
    public var descriptors: Int

    /// Reads it.
    public static func now() -> ProcessSize {
        ProcessSize(memory: resident(), descriptors: open())
    }

    private static func resident() -> Double {
        guard let file = fopen("/proc/self/statm", "r") else { return .nan }
        defer { fclose(file) }
        var line = [UInt8](repeating: 0, count: 256)
        let count = fread(&line, 1, line.count, file)
        let fields = String(decoding: line.prefix(count), as: UTF8.self).split(separator: " ")
        return (fields.dropFirst().first.flatMap { Double($0) } ?? .nan) * Double(sysconf(Int32(_SC_PAGESIZE))) / 1_048_576
    }

    private static func open() -> Int {
        guard let directory = opendir("/proc/self/fd") else { return -1 }
        defer { closedir(directory) }
        // Not ".", "..", nor the directory that is being read.
        var count = -3
        while readdir(directory) != nil { count += 1 }
        return count
    }
}
