#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Cuts a stream of bytes into lines. The API server writes each event of a watch as one line of compact JSON.
struct LineSplitter {
    /// A longer line is an error.
    let maximumLineBytes: Int
    private var partial: [UInt8] = []

    init(maximumLineBytes: Int = 8 << 20) {
        self.maximumLineBytes = maximumLineBytes
    }

    /// How many bytes of an unfinished line are held.
    var pendingBytes: Int { partial.count }

    /// Takes the next chunk and hands over each line that it completes, without its end; the span is only valid during the call. Empty
    /// lines are left out.
    mutating func consume(_ bytes: Span<UInt8>, onLine: (Span<UInt8>) throws -> Void) throws {
        var index = 0
        while index < bytes.count {
            let end = Self.newline(in: bytes, from: index)
            let piece = bytes.extracting(index..<(end ?? bytes.count))
            guard partial.count + piece.count <= maximumLineBytes else {
                throw FramingError("an event of the watch is larger than \(maximumLineBytes) bytes")
            }
            if end != nil, partial.isEmpty {
                if piece.count > 0 { try onLine(piece) }
            } else {
                piece.withUnsafeBufferPointer { partial.append(contentsOf: $0) }
                if end != nil {
                    if !partial.isEmpty { try onLine(partial.span) }
                    partial.removeAll(keepingCapacity: partial.capacity <= 64 << 10)
                }
            }
            index = end.map { $0 + 1 } ?? bytes.count
        }
    }

    private static func newline(in bytes: Span<UInt8>, from start: Int) -> Int? {
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress, let found = memchr(base + start, 0x0A, buffer.count - start) else { return nil }
            return UnsafeRawPointer(found) - UnsafeRawPointer(base)
        }
    }
}
