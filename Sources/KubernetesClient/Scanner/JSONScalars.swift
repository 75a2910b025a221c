internal import AutomatonCore

extension JSONCursor {
    /// Reads a string; nil for null.
    mutating func string(_ bytes: Span<UInt8>) throws(ScanError) -> String? {
        guard let token = try stringToken(bytes) else { return nil }
        guard !token.isEscaped else { return try Self.unescape(bytes, from: token.start, to: token.end) }
        return try Self.text(bytes, from: token.start, to: token.end)
    }

    /// Reads a string and keeps at most so many bytes of it, cut between two characters (Unicode scalars); nil for null.
    mutating func string(_ bytes: Span<UInt8>, atMost limit: Int) throws(ScanError) -> String? {
        try string(bytes)?.prefix(utf8Bytes: limit)
    }

    /// Reads a string that holds an RFC 3339 time; nil for null and for a text that is no time.
    mutating func instant(_ bytes: Span<UInt8>) throws(ScanError) -> Instant? {
        guard let token = try stringToken(bytes) else { return nil }
        if token.isEscaped { return Instant(rfc3339: try Self.unescape(bytes, from: token.start, to: token.end)) }
        return Instant(rfc3339: bytes.extracting(token.start..<token.end))
    }

    /// Steps over a string and tells where it stands, without copying it; nil for null.
    mutating func stringToken(_ bytes: Span<UInt8>) throws(ScanError) -> Key? {
        guard try peek(bytes) == 0x22 else {
            if try consume("null", bytes) { return nil }
            throw ScanError(.expected("a string or null"), at: offset)
        }
        let start = offset + 1
        let isEscaped = try skipString(bytes)
        return Key(start: start, end: offset - 1, isEscaped: isEscaped)
    }

    /// Reads true or false; nil for null.
    mutating func boolean(_ bytes: Span<UInt8>) throws(ScanError) -> Bool? {
        if try consume("true", bytes) { return true }
        if try consume("false", bytes) { return false }
        if try consume("null", bytes) { return nil }
        throw ScanError(.expected("true, false or null"), at: offset)
    }

    /// Reads an integer of 32 bits, written without fraction and exponent, as the API writes it; nil for null.
    mutating func integer(_ bytes: Span<UInt8>) throws(ScanError) -> Int32? {
        let first = try peek(bytes)
        if first == 0x6E, try consume("null", bytes) { return nil }
        let start = offset
        var index = offset
        let isNegative = first == 0x2D
        if isNegative { index += 1 }
        let firstDigit = index
        var value: Int64 = 0
        while index < bytes.count, bytes[index] >= 0x30, bytes[index] <= 0x39 {
            value = value * 10 + Int64(bytes[index] - 0x30)
            guard value <= 1 << 31 else { throw ScanError(.notAnInteger, at: start) }
            index += 1
        }
        guard index > firstDigit, index == firstDigit + 1 || bytes[firstDigit] != 0x30,
            let result = Int32(exactly: isNegative ? -value : value)
        else { throw ScanError(.notAnInteger, at: start) }
        if index < bytes.count {
            switch bytes[index] {
            case 0x2C, 0x7D, 0x5D, 0x20, 0x0A, 0x0D, 0x09: break
            default: throw ScanError(.notAnInteger, at: start)
            }
        }
        offset = index
        return result
    }

    /// Fails unless only white space follows.
    mutating func end(_ bytes: Span<UInt8>) throws(ScanError) {
        while offset < bytes.count {
            let byte = bytes[offset]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { throw ScanError(.trailingBytes, at: offset) }
            offset += 1
        }
    }

    // MARK: Text

    private static func text(_ bytes: Span<UInt8>, from start: Int, to end: Int) throws(ScanError) -> String {
        for index in start..<end where bytes[index] < 0x20 { throw ScanError(.malformedString, at: index) }
        do {
            return String(copying: try UTF8Span(validating: bytes.extracting(start..<end)))
        } catch {
            throw ScanError(.malformedString, at: start)
        }
    }

    /// The text of a string with its escapes resolved (RFC 8259, section 7). A surrogate without its other half is an error.
    @inline(never)
    static func unescape(_ bytes: Span<UInt8>, from start: Int, to end: Int) throws(ScanError) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(end - start)
        var index = start
        while index < end {
            let byte = bytes[index]
            guard byte >= 0x20 else { throw ScanError(.malformedString, at: index) }
            guard byte == 0x5C else {
                text.append(byte)
                index += 1
                continue
            }
            guard index + 1 < end else { throw ScanError(.malformedString, at: index) }
            switch bytes[index + 1] {
            case 0x22: text.append(0x22)
            case 0x5C: text.append(0x5C)
            case 0x2F: text.append(0x2F)
            case 0x62: text.append(0x08)
            case 0x66: text.append(0x0C)
            case 0x6E: text.append(0x0A)
            case 0x72: text.append(0x0D)
            case 0x74: text.append(0x09)
            case 0x75:
                let (scalar, length) = try unicodeEscape(bytes, at: index, to: end)
                text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
                index += length - 2
            default: throw ScanError(.malformedString, at: index)
            }
            index += 2
        }
        guard let result = String(validating: text, as: UTF8.self) else { throw ScanError(.malformedString, at: start) }
        return result
    }

    /// The scalar of `\uXXXX` or of a surrogate pair `\uD83D\uDE00`, and how many bytes it takes.
    private static func unicodeEscape(
        _ bytes: Span<UInt8>, at index: Int, to end: Int
    ) throws(ScanError) -> (Unicode.Scalar, length: Int) {
        guard let first = hexadecimal(bytes, at: index + 2, to: end) else { throw ScanError(.malformedString, at: index) }
        if let scalar = Unicode.Scalar(first) { return (scalar, 6) }
        guard first < 0xDC00, index + 7 < end, bytes[index + 6] == 0x5C, bytes[index + 7] == 0x75,
            let second = hexadecimal(bytes, at: index + 8, to: end), (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00))
        else { throw ScanError(.malformedString, at: index) }
        return (scalar, 12)
    }

    private static func hexadecimal(_ bytes: Span<UInt8>, at index: Int, to end: Int) -> UInt32? {
        guard index + 4 <= end else { return nil }
        var value: UInt32 = 0
        for position in index..<(index + 4) {
            let byte = bytes[position]
            switch byte {
            case 0x30...0x39: value = value << 4 + UInt32(byte - 0x30)
            case 0x41...0x46: value = value << 4 + UInt32(byte - 0x41 + 10)
            case 0x61...0x66: value = value << 4 + UInt32(byte - 0x61 + 10)
            default: return nil
            }
        }
        return value
    }
}

extension String {
    /// The text's beginning, at most so many bytes of UTF-8, cut between two Unicode scalars.
    func prefix(utf8Bytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var end = utf8.index(utf8.startIndex, offsetBy: limit)
        while end > utf8.startIndex, UTF8.isContinuation(utf8[end]) { end = utf8.index(before: end) }
        return String(self[..<end])
    }
}
