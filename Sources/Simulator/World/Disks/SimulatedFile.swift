public import AutomatonCore

/// A file in a pod of the simulated world.
public struct SimulatedFile: Sendable, Hashable {
    /// Its absolute path.
    public var path: String
    /// Its length in bytes.
    public var bytes: Int64
    /// When it was last changed.
    public var modifiedAt: Instant
    /// Where it points, if it is a symbolic link.
    public var link: String?
    /// Whether its directory may not be written to: it cannot be deleted.
    public var isProtected: Bool

    /// Makes a file.
    public init(_ path: String, bytes: Int64, modifiedAt: Instant, link: String? = nil, isProtected: Bool = false) {
        self.path = path
        self.bytes = bytes
        self.modifiedAt = modifiedAt
        self.link = link
        self.isProtected = isProtected
    }

    /// Blocks of 512 bytes that it takes, in whole clusters of 4 KiB. A short link takes none.
    var blocks: Int64 { link == nil ? (bytes + 4095) / 4096 * 8 : 0 }

    /// Rotated logs, `app.log.1` and so on, each three days older than the one before, and the `app.log` that is written to.
    static func logs(in directory: String, bytes: Int64, count: Int, at now: Instant) -> [SimulatedFile] {
        let prefix = directory == "/" ? "/" : directory + "/"
        let current = SimulatedFile(prefix + "app.log", bytes: min(max(0, bytes), 1 << 20), modifiedAt: now)
        let share = max(0, bytes - current.blocks * 512) / Int64(max(1, count)) / 4096 * 4096
        return [current]
            + (1...max(1, count)).map {
                SimulatedFile("\(prefix)app.log.\($0)", bytes: share, modifiedAt: now - .hours(72 * $0))
            }
    }

    /// As it stands in a disk object.
    var json: JSON {
        var json: JSON = ["path": .string(path), "bytes": .integer(bytes), "modified": .integer(modifiedAt.microseconds)]
        if let link { json["link"] = .string(link) }
        if isProtected { json["protected"] = true }
        return json
    }

    /// Reads a member of a disk object.
    init?(json: JSON) {
        guard let path = json["path"]?.string, case .integer(let bytes)? = json["bytes"], case .integer(let modified)? = json["modified"]
        else { return nil }
        self.init(
            path, bytes: bytes, modifiedAt: Instant(microseconds: modified), link: json["link"]?.string,
            isProtected: json["protected"]?.bool ?? false)
    }
}
