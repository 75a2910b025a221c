internal import AutomatonCore

/// Reads from a list of LimitRanges what bounds a container's memory.
enum LimitRangeScanner {
    /// The bounds of all of them together: the lowest maximum and the lowest ratio; nil when none bounds a container's memory.
    static func memoryBounds(_ bytes: Span<UInt8>) throws(ScanError) -> MemoryBounds? {
        var cursor = JSONCursor()
        var bounds: MemoryBounds?
        guard try cursor.enterObject(bytes) else { throw ScanError(.expected("an object"), at: 0) }
        while let key = try cursor.nextKey(bytes) {
            guard cursor.matches(key, "items", bytes), try cursor.enterArray(bytes) else {
                if !cursor.matches(key, "items", bytes) { try cursor.skipValue(bytes) }
                continue
            }
            while try cursor.nextElement(bytes) {
                guard let own = try limitRange(&cursor, bytes) else { continue }
                bounds = bounds.map { narrower($0, own) } ?? own
            }
        }
        try cursor.end(bytes)
        return bounds
    }

    /// Both bounds at once. The source is the one that sets the maximum, or the ratio where none sets a maximum.
    private static func narrower(_ first: MemoryBounds, _ second: MemoryBounds) -> MemoryBounds {
        var result = first
        if let maximum = second.maximum, first.maximum.map({ maximum < $0 }) ?? true {
            result.maximum = maximum
            result.source = second.source
        }
        if let ratio = second.maximumRatio, first.maximumRatio.map({ ratio < $0 }) ?? true {
            result.maximumRatio = ratio
            if result.maximum == nil { result.source = second.source }
        }
        return result
    }

    private static func limitRange(_ cursor: inout JSONCursor, _ bytes: Span<UInt8>) throws(ScanError) -> MemoryBounds? {
        var bounds = MemoryBounds(source: "")
        guard try cursor.enterObject(bytes) else { return nil }
        while let key = try cursor.nextKey(bytes) {
            if cursor.matches(key, "metadata", bytes) {
                bounds.source = try WorkloadScanner.member("name", &cursor, bytes) ?? ""
            } else if cursor.matches(key, "spec", bytes) {
                guard try cursor.enterObject(bytes) else { continue }
                while let key = try cursor.nextKey(bytes) {
                    if cursor.matches(key, "limits", bytes) {
                        try limits(&cursor, bytes, into: &bounds)
                    } else {
                        try cursor.skipValue(bytes)
                    }
                }
            } else {
                try cursor.skipValue(bytes)
            }
        }
        return bounds.maximum == nil && bounds.maximumRatio == nil ? nil : bounds
    }

    private static func limits(
        _ cursor: inout JSONCursor, _ bytes: Span<UInt8>, into bounds: inout MemoryBounds
    ) throws(ScanError) {
        guard try cursor.enterArray(bytes) else { return }
        while try cursor.nextElement(bytes) {
            guard try cursor.enterObject(bytes) else { continue }
            var isContainer = false
            var maximum: ByteQuantity?
            var ratio: Double?
            while let key = try cursor.nextKey(bytes) {
                if cursor.matches(key, "type", bytes) {
                    if let text = try cursor.stringToken(bytes) { isContainer = cursor.matches(text, "Container", bytes) }
                } else if cursor.matches(key, "max", bytes) {
                    maximum = try WorkloadScanner.memory(&cursor, bytes)
                } else if cursor.matches(key, "maxLimitRequestRatio", bytes) {
                    ratio = try self.ratio(&cursor, bytes)
                } else {
                    try cursor.skipValue(bytes)
                }
            }
            guard isContainer else { continue }
            if let maximum { bounds.maximum = bounds.maximum.map { min($0, maximum) } ?? maximum }
            if let ratio { bounds.maximumRatio = bounds.maximumRatio.map { min($0, ratio) } ?? ratio }
        }
    }

    /// A ratio is written as a quantity: `2`, `1500m`.
    private static func ratio(_ cursor: inout JSONCursor, _ bytes: Span<UInt8>) throws(ScanError) -> Double? {
        guard let text = try WorkloadScanner.member("memory", &cursor, bytes) else { return nil }
        if let value = Double(text), value.isFinite, value >= 0 { return value }
        if text.hasSuffix("m"), let value = Double(text.dropLast()), value.isFinite, value >= 0 { return value / 1000 }
        if let quantity = ByteQuantity(text) { return Double(quantity.bytes) }
        throw ScanError(.expected("a ratio"), at: cursor.offset)
    }
}
