public import AutomatonCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How full the file systems of paths on this machine are, as `df` counts it.
public final class LocalVolumes: Volumes {
    private let timeout: Duration
    /// The machine's name, as subjects carry it.
    public let host: String
    private let asked = PathsInUse()

    /// Makes the port.
    /// - Parameters:
    ///   - host: The machine's name; nil for its own.
    ///   - timeout: A file system that does not answer within it is unknown.
    public init(host: String? = nil, timeout: Duration = .seconds(10)) {
        self.host = host ?? Self.hostName()
        self.timeout = timeout
    }

    public func read(_ source: VolumeSource) async throws(PortError) -> [VolumeReading] {
        guard case .local(let paths) = source else {
            throw .refused("only paths on this machine can be read here: the rule's 'source:' must be local")
        }
        var readings: [VolumeReading] = []
        for path in paths {
            if Task.isCancelled { throw .unavailable("the reading was cancelled", retryAfter: nil) }
            readings.append(VolumeReading(host: host, name: path, kind: .path, usage: await usage(path)))
        }
        return readings
    }

    private func usage(_ path: String) async -> Reading<VolumeReading.Usage> {
        switch await asked.run(path, timeout: timeout, { _ in Self.measure(path) }) {
        case .busy: return .unknown("\(path) on \(host): the file system still has not answered an earlier question")
        case .answer(.known(let usage)): return .known(usage)
        case .answer(.unknown(let why)): return .unknown("\(path) on \(host): \(why)")
        case .none: return .unknown("\(path) on \(host): the file system does not answer within \(timeout.readable)")
        }
    }

    /// Blocks while the file system does.
    static func measure(_ path: String) -> Reading<VolumeReading.Usage> {
        var figures = statvfs()
        guard statvfs(path, &figures) == 0 else { return .unknown(String(cString: strerror(errno))) }
        guard let usage = usage(figures) else { return .unknown("the file system has no size") }
        return .known(usage)
    }

    /// As `df` has it: what root keeps for itself belongs to nobody else's capacity.
    static func usage(_ figures: statvfs) -> VolumeReading.Usage? {
        let (blocks, free, available) = (UInt64(figures.f_blocks), UInt64(figures.f_bfree), UInt64(figures.f_bavail))
        guard blocks >= free else { return nil }
        let unit = UInt64(figures.f_frsize)
        // Available is "negative" when root uses its own share: then it is a huge number.
        let left = available > blocks ? 0 : available
        let (used, one) = (blocks - free).multipliedReportingOverflow(by: unit)
        let (capacity, two) = (blocks - free + left).multipliedReportingOverflow(by: unit)
        guard !one, !two, capacity > 0, let all = Int64(exactly: capacity) else { return nil }
        return VolumeReading.Usage(used: Int64(used), capacity: all)
    }

    private static func hostName() -> String {
        var name = [CChar](repeating: 0, count: 256)
        let isKnown = gethostname(&name, name.count - 1) == 0
        let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return isKnown && !text.isEmpty ? text : "localhost"
    }
}
