/// Bytes that must never be read by a person: tokens, passwords, private keys.
///
/// Every way of printing it (description, debug description, reflection, `dump`) gives `<redacted>`.
public struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The bytes themselves. Whoever reads them answers for where they go.
    public let bytes: [UInt8]

    /// Wraps bytes.
    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Wraps the UTF-8 bytes of a text.
    public init(_ text: some StringProtocol) {
        self.bytes = Array(text.utf8)
    }

    /// The bytes as text, ill-formed UTF-8 repaired. Whoever reads it answers for where it goes.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Whether there are no bytes.
    public var isEmpty: Bool { bytes.isEmpty }

    public var description: String { "<redacted>" }
    public var debugDescription: String { "<redacted>" }
    public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
