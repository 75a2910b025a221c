#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The processes of this machine, as /proc has them.
enum ProcessTable {
    /// The children of a process.
    static func children(of parent: pid_t) -> [pid_t] {
        ServerPrograms.entries(of: "/proc").compactMap { pid_t($0) }.filter { parentOf($0) == parent }
    }

    private static func parentOf(_ pid: pid_t) -> pid_t? {
        guard let file = fopen("/proc/\(pid)/stat", "r") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = fread(&bytes, 1, bytes.count, file)
        // "pid (name) state parent …": the name may hold anything, also parentheses.
        guard let end = bytes[..<count].lastIndex(of: 0x29) else { return nil }
        let fields = String(decoding: bytes[(end + 1)..<count], as: UTF8.self).split(separator: " ")
        return fields.count > 1 ? pid_t(fields[1]) : nil
    }
}
