/// An address of e-mail, with a name for people: `Auto-Heal <heal@example.com>`.
public struct MailAddress: Hashable, Sendable, CustomStringConvertible {
    /// What people read; empty for none.
    public let name: String
    /// `heal@example.com`: ASCII, no quotes, no comments.
    public let address: String

    /// Reads an address as people write it; nil when it is none, or one that would need more than RFC 5321 without extensions.
    public init?(_ text: String) {
        let trimmed = text.trimmedSpaces
        if let open = trimmed.lastIndex(of: "<") {
            guard trimmed.hasSuffix(">") else { return nil }
            var name = trimmed[..<open].trimmedSpaces
            if name.count >= 2, name.hasPrefix("\""), name.hasSuffix("\"") { name = String(name.dropFirst().dropLast()) }
            // A name goes into a header: whatever ends a line is no part of one.
            guard name.utf8.count <= 200, name == name.oneLine(200) else { return nil }
            self.name = name
            address = String(trimmed[trimmed.index(after: open)...].dropLast())
        } else {
            name = ""
            address = trimmed
        }
        guard Self.isAddress(address) else { return nil }
    }

    /// The part after the `@`.
    var domain: String { String(address.drop { $0 != "@" }.dropFirst()) }

    public var description: String { name.isEmpty ? address : "\(name) <\(address)>" }

    private static func isAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, text.utf8.count <= 254, (1...64).contains(parts[0].utf8.count) else { return false }
        return isDotted(parts[0], of: "!#$%&'*+-/=?^_`{|}~") && isHostName(parts[1])
    }

    /// Whether it is a name of the DNS.
    static func isHostName(_ text: some StringProtocol) -> Bool {
        text.utf8.count <= 253 && isDotted(text, of: "-")
            && text.split(separator: ".").allSatisfy { $0.utf8.count <= 63 && !$0.hasPrefix("-") && !$0.hasSuffix("-") }
    }

    /// Whether it is letters, digits and such marks, in parts between dots.
    private static func isDotted(_ text: some StringProtocol, of marks: String) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty
                && part.utf8.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                        || marks.utf8.contains(byte)
                }
        }
    }
}

extension StringProtocol {
    /// Without the spaces at its ends.
    var trimmedSpaces: String {
        var text = self[...]
        while text.first == " " { text = text.dropFirst() }
        while text.last == " " { text = text.dropLast() }
        return String(text)
    }
}
