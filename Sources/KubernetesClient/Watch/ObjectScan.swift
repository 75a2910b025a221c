/// Reads members of a JSON object by their key, skipping over everything else. For the envelope of a watch's events.
enum ObjectScan {
    /// Calls `onMember` with each key (raw, escapes as written) and the range of its value, until it answers false.
    /// - Returns: False when the bytes are not one whole object; what was already handed over stands.
    static func members(of bytes: Span<UInt8>, in range: Range<Int>, onMember: (Range<Int>, Range<Int>) -> Bool) -> Bool {
        var index = skipSpace(bytes, range.lowerBound)
        guard index < range.upperBound, bytes[index] == UInt8(ascii: "{") else { return false }
        index = skipSpace(bytes, index + 1)
        if index < range.upperBound, bytes[index] == UInt8(ascii: "}") { return true }
        while index < range.upperBound {
            guard bytes[index] == UInt8(ascii: "\""), let keyEnd = end(of: bytes, at: index) else { return false }
            let key = (index + 1)..<(keyEnd - 1)
            index = skipSpace(bytes, keyEnd)
            guard index < range.upperBound, bytes[index] == UInt8(ascii: ":") else { return false }
            index = skipSpace(bytes, index + 1)
            guard index < range.upperBound, let valueEnd = end(of: bytes, at: index), valueEnd <= range.upperBound else { return false }
            guard onMember(key, index..<valueEnd) else { return true }
            index = skipSpace(bytes, valueEnd)
            guard index < range.upperBound else { return false }
            if bytes[index] == UInt8(ascii: "}") { return true }
            guard bytes[index] == UInt8(ascii: ",") else { return false }
            index = skipSpace(bytes, index + 1)
        }
        return false
    }

    /// The text of a string value without escapes; nil for anything else.
    static func plainString(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String? {
        guard range.count >= 2, bytes[range.lowerBound] == UInt8(ascii: "\"") else { return nil }
        let inner = bytes.extracting((range.lowerBound + 1)..<(range.upperBound - 1))
        return inner.withUnsafeBufferPointer { $0.contains(UInt8(ascii: "\\")) ? nil : String(decoding: $0, as: UTF8.self) }
    }

    static func equal(_ bytes: Span<UInt8>, _ range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        for offset in 0..<range.count where bytes[range.lowerBound + offset] != text.utf8Start[offset] { return false }
        return true
    }

    /// `metadata.resourceVersion` of an object.
    static func resourceVersion(of object: Span<UInt8>) -> String? {
        var version: String?
        _ = members(of: object, in: 0..<object.count) { key, value in
            guard equal(object, key, "metadata") else { return true }
            _ = members(of: object, in: value) { key, value in
                guard equal(object, key, "resourceVersion") else { return true }
                version = plainString(object, value)
                return false
            }
            return false
        }
        return version
    }

    private static func end(of bytes: Span<UInt8>, at start: Int) -> Int? {
        var skipper = ValueSkipper()
        return skipper.advance(bytes, from: start)
    }

    private static func skipSpace(_ bytes: Span<UInt8>, _ start: Int) -> Int {
        var index = start
        while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x0A || bytes[index] == 0x0D || bytes[index] == 0x09 {
            index += 1
        }
        return index
    }
}
