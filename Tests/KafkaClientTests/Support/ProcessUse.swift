import Foundation

/// What this process holds (`/proc/self`).
struct ProcessUse {
    var threads = 0
    var descriptors = 0
    /// Resident, MB.
    var memory = 0.0

    static var now: ProcessUse {
        var use = ProcessUse()
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        for line in status.split(separator: "\n") {
            let number = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Double($0) } ?? 0
            if line.hasPrefix("Threads:") { use.threads = Int(number) }
            if line.hasPrefix("VmRSS:") { use.memory = number / 1024 }
        }
        use.descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
        return use
    }
}
