/// The secret that requests which change something have to bear. Every way of printing it gives `<redacted>`.
public struct APIToken: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// A token that cannot be used, and what would be right. Does not show it.
    public struct Unusable: Error, Hashable, Sendable, CustomStringConvertible {
        public let description: String

        /// Says what is wrong.
        public init(_ description: String) { self.description = description }
    }

    /// Fewer bytes can be guessed.
    public static let shortest = 16
    private static let longest = 4096
    private let bytes: [UInt8]

    /// Takes a token; white space around it does not belong to it.
    /// - Parameter source: where it was read, for errors.
    public init(_ text: some Sequence<UInt8>, from source: String) throws(Unusable) {
        let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }
        bytes = Array(text.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
        guard bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Unusable("\(source): the token holds bytes that cannot be part of one: write visible ASCII characters alone")
        }
        guard (Self.shortest...Self.longest).contains(bytes.count) else {
            throw Unusable(
                "\(source): the token has \(bytes.count) characters: write \(Self.shortest) to \(Self.longest), at random "
                    + "(openssl rand -hex 32)")
        }
    }

    /// The token itself, for an `Authorization` header. Whoever reads it answers for where it goes.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Whether these are its bytes, in a time that does not tell how many of them are right.
    func matches(_ candidate: some Collection<UInt8>) -> Bool {
        var difference = bytes.count ^ candidate.count
        var index = 0
        for byte in candidate {
            difference |= Int(byte ^ bytes[index])
            index = index + 1 < bytes.count ? index + 1 : 0
        }
        return difference == 0
    }

    public var description: String { "<redacted>" }
    public var debugDescription: String { "<redacted>" }
    public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
