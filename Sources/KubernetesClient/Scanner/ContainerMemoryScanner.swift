internal import AutomatonCore

/// Reads what pods may use of memory, and what they do use, from the bytes of a Pod and of a PodMetrics.
enum ContainerMemoryScanner {
    /// What metrics-server says of one pod.
    struct PodUsage: Hashable, Sendable {
        var namespace = ""
        var name = ""
        /// The end of the window in which it was measured; nil when the answer does not say.
        var measuredAt: Instant?
        /// Working sets by container.
        var workingSets: [String: ByteQuantity] = [:]
    }

    /// The memory limits in force in a Pod, by container: what the kubelet reports, else what the specification wants.
    static func limits(_ bytes: Span<UInt8>) throws(ScanError) -> [String: Int64] {
        var cursor = JSONCursor()
        var wanted: [String: Int64] = [:]
        var inForce: [String: Int64] = [:]
        guard try cursor.enterObject(bytes) else { throw ScanError(.expected("an object"), at: 0) }
        while let key = try cursor.nextKey(bytes) {
            let isStatus = cursor.matches(key, "status", bytes)
            guard isStatus || cursor.matches(key, "spec", bytes) else {
                try cursor.skipValue(bytes)
                continue
            }
            guard try cursor.enterObject(bytes) else { continue }
            while let key = try cursor.nextKey(bytes) {
                let isList =
                    isStatus
                    ? cursor.matches(key, "containerStatuses", bytes) || cursor.matches(key, "initContainerStatuses", bytes)
                    : cursor.matches(key, "containers", bytes) || cursor.matches(key, "initContainers", bytes)
                if !isList {
                    try cursor.skipValue(bytes)
                } else if isStatus {
                    try limits(&cursor, bytes, into: &inForce)
                } else {
                    try limits(&cursor, bytes, into: &wanted)
                }
            }
        }
        try cursor.end(bytes)
        return wanted.merging(inForce) { $1 }
    }

    /// The limits of a list of containers or of their statuses.
    private static func limits(_ cursor: inout JSONCursor, _ bytes: Span<UInt8>, into limits: inout [String: Int64]) throws(ScanError) {
        guard try cursor.enterArray(bytes) else { return }
        while try cursor.nextElement(bytes) {
            guard try cursor.enterObject(bytes) else { continue }
            var name = ""
            var limit: ByteQuantity?
            while let key = try cursor.nextKey(bytes) {
                if cursor.matches(key, "name", bytes) {
                    name = try cursor.string(bytes) ?? ""
                } else if cursor.matches(key, "resources", bytes) {
                    guard try cursor.enterObject(bytes) else { continue }
                    while let key = try cursor.nextKey(bytes) {
                        if cursor.matches(key, "limits", bytes) {
                            limit = try WorkloadScanner.memory(&cursor, bytes)
                        } else {
                            try cursor.skipValue(bytes)
                        }
                    }
                } else {
                    try cursor.skipValue(bytes)
                }
            }
            if let limit, limit.bytes > 0, !name.isEmpty { limits[name] = limit.bytes }
        }
    }

    /// Reads one PodMetrics.
    static func usage(_ bytes: Span<UInt8>) throws(ScanError) -> PodUsage {
        var cursor = JSONCursor()
        var usage = PodUsage()
        guard try cursor.enterObject(bytes) else { throw ScanError(.expected("an object"), at: 0) }
        while let key = try cursor.nextKey(bytes) {
            if cursor.matches(key, "metadata", bytes) {
                guard try cursor.enterObject(bytes) else { continue }
                while let key = try cursor.nextKey(bytes) {
                    if cursor.matches(key, "name", bytes) {
                        usage.name = try cursor.string(bytes) ?? ""
                    } else if cursor.matches(key, "namespace", bytes) {
                        usage.namespace = try cursor.string(bytes) ?? ""
                    } else {
                        try cursor.skipValue(bytes)
                    }
                }
            } else if cursor.matches(key, "timestamp", bytes) {
                usage.measuredAt = try cursor.instant(bytes)
            } else if cursor.matches(key, "containers", bytes) {
                try workingSets(&cursor, bytes, into: &usage)
            } else {
                try cursor.skipValue(bytes)
            }
        }
        try cursor.end(bytes)
        guard !usage.name.isEmpty else { throw ScanError(.missing("metadata.name"), at: bytes.count) }
        return usage
    }

    private static func workingSets(_ cursor: inout JSONCursor, _ bytes: Span<UInt8>, into usage: inout PodUsage) throws(ScanError) {
        guard try cursor.enterArray(bytes) else { return }
        while try cursor.nextElement(bytes) {
            guard try cursor.enterObject(bytes) else { continue }
            var name = ""
            var memory: ByteQuantity?
            while let key = try cursor.nextKey(bytes) {
                if cursor.matches(key, "name", bytes) {
                    name = try cursor.string(bytes) ?? ""
                } else if cursor.matches(key, "usage", bytes) {
                    memory = try WorkloadScanner.memory(&cursor, bytes)
                } else {
                    try cursor.skipValue(bytes)
                }
            }
            // A running process uses memory: nothing measured is nothing known.
            if let memory, memory.bytes > 0, !name.isEmpty { usage.workingSets[name] = memory }
        }
    }
}
