internal import Engine

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What the kernel says of this process, under the names that Prometheus' clients share
/// (https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics).
///
/// Read from /proc at each scrape, which takes some 50 µs and waits for no device. What cannot be read is left out, not shown as 0.
struct ProcessMetrics: Sendable {
    private let startTime: Double?

    init() { startTime = Self.readStartTime() }

    func families() -> [MetricFamily] {
        let values: [(String, MetricDescriptor.Kind, String, Double?)] = [
            ("process_cpu_seconds_total", .counter, "Processor time spent, user and system.", Self.processorTime()),
            ("process_resident_memory_bytes", .gauge, "Resident memory.", Self.residentMemory()),
            ("process_start_time_seconds", .gauge, "Unix time of the start of the process.", startTime),
            ("process_open_fds", .gauge, "Open file descriptors.", Self.openDescriptors()),
            ("process_max_fds", .gauge, "File descriptors that may be open.", Self.descriptorLimit()),
        ]
        return values.compactMap { name, kind, help, value in
            value.map { value in
                MetricFamily(name: name, kind: kind, help: help, series: ["": FixedSeries(name, value)])
            }
        }
    }

    private static func processorTime() -> Double? {
        // In microseconds: POSIX says that CLOCKS_PER_SEC is a million.
        let time = clock()
        return time < 0 ? nil : Double(time) / 1e6
    }

    private static func residentMemory() -> Double? {
        guard let pages = read("/proc/self/statm")?.split(separator: " ").dropFirst().first.flatMap({ Double($0) }) else { return nil }
        return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
    }

    private static func descriptorLimit() -> Double? {
        guard let line = read("/proc/self/limits")?.split(separator: "\n").first(where: { $0.hasPrefix("Max open files") }),
            let soft = line.dropFirst(14).split(separator: " ").first
        else { return nil }
        return soft == "unlimited" ? .infinity : Double(soft)
    }

    private static func openDescriptors() -> Double? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        // Not ".", "..", nor the directory that is being read.
        var count = -3
        while readdir(directory) != nil { count += 1 }
        return Double(max(0, count))
    }

    /// Boot time plus field 22 of /proc/self/stat, in clock ticks since boot (proc(5)).
    private static func readStartTime() -> Double? {
        // The name in field 2 may hold spaces and parentheses; the fields after it are counted from its last parenthesis.
        guard let stat = read("/proc/self/stat"), let end = stat.lastIndex(of: ")"),
            let ticks = stat[end...].split(separator: " ").dropFirst(20).first.flatMap({ Double($0) }),
            let boot = read("/proc/stat")?.split(separator: "\n").first(where: { $0.hasPrefix("btime ") })?.dropFirst(6),
            let bootTime = Double(boot)
        else { return nil }
        return bootTime + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Reads a small file of procfs whole; at most 1 MiB.
    private static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while bytes.count < 1 << 20 {
            let count = chunk.withUnsafeMutableBytes { readChunk(descriptor, $0) }
            if count < 0 { return nil }
            if count == 0 { break }
            bytes.append(contentsOf: chunk.prefix(count))
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func readChunk(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
        #if canImport(Glibc)
            Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        #elseif canImport(Musl)
            Musl.read(descriptor, buffer.baseAddress, buffer.count)
        #endif
    }
}

/// A series whose value was read for one scrape.
private final class FixedSeries: MetricSeries {
    let identity: SeriesIdentity
    private let value: Double

    init(_ name: String, _ value: Double) {
        identity = SeriesIdentity(family: name, labels: "")
        self.value = value
    }

    func write(_ text: inout ExpositionText, _ family: MetricFamily) { text.sample(family.name, identity.labels, value) }
}
