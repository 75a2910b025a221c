/// The header of a message (RFC 5322, section 2.2): what is put into a field stays in it, whatever it is.
struct MailHeader {
    /// The fields, each ended by CRLF, none of its lines longer than 998 bytes.
    private(set) var bytes: [UInt8] = []

    /// Adds a field whose value is words that are known to be right: identifiers, dates.
    mutating func add(_ name: StaticString, words: [String]) {
        add(name, words, between: "")
    }

    /// Adds a field that people read.
    mutating func add(_ name: StaticString, text: String) {
        add(name, Self.words(text.oneLine(250)), between: "")
    }

    /// Adds a field of addresses.
    mutating func add(_ name: StaticString, addresses: [MailAddress]) {
        let words = addresses.map { address in
            address.name.isEmpty ? address.address : (Self.phrase(address.name) + ["<\(address.address)>"]).joined(separator: "\r\n ")
        }
        add(name, words, between: ",")
    }

    private mutating func add(_ name: StaticString, _ words: [String], between: String) {
        var lineLength = name.utf8CodeUnitCount + 1
        bytes.append(contentsOf: name.description.utf8)
        bytes.append(0x3A)
        for (index, word) in words.enumerated() {
            let word = index + 1 < words.count ? word + between : word
            if index > 0, lineLength + 1 + word.utf8.count > 76 {
                bytes.append(contentsOf: [0x0D, 0x0A])
                lineLength = 0
            }
            bytes.append(0x20)
            bytes.append(contentsOf: word.utf8)
            lineLength += 1 + word.utf8.count
        }
        bytes.append(contentsOf: [0x0D, 0x0A])
    }

    /// The words of a line, encoded where they must be (RFC 2047).
    private static func words(_ line: String) -> [String] {
        let words = line.split(separator: " ").map(String.init)
        // A text that looks encoded would be decoded by whoever reads it.
        let isPlain = !line.contains("=?") && words.allSatisfy { $0.utf8.count <= 60 && $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } }
        return isPlain ? words : encoded(line)
    }

    private static func phrase(_ name: String) -> [String] {
        let words = name.split(separator: " ").map(String.init)
        let isPlain = words.allSatisfy { word in
            word.utf8.count <= 60
                && word.utf8.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D
                }
        }
        return isPlain ? words : encoded(name)
    }

    /// Encoded words of whole characters; the space between two of them is no part of the text.
    private static func encoded(_ line: String) -> [String] {
        var words: [String] = []
        var part: [UInt8] = []
        func word() -> String { "=?utf-8?B?\(String(decoding: Base64.encode(part), as: UTF8.self))?=" }
        for scalar in line.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            // With the name of the field, no line grows longer than 76.
            if part.count + bytes.count > 36 {
                words.append(word())
                part = []
            }
            part += bytes
        }
        if !part.isEmpty { words.append(word()) }
        return words
    }
}

/// Bytes in base64 (RFC 4648, section 4).
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let value = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for index in 0..<4 { text.append(index <= group.count ? alphabet[value >> (18 - 6 * index) & 63] : 0x3D) }
        }
        return text
    }
}
