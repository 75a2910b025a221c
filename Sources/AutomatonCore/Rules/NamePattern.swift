/// A name, or a pattern of names, as rules and thresholds write it: `*` stands for any characters, `?` for one.
public struct NamePattern: Hashable, Sendable, CustomStringConvertible {
    /// As it was written.
    public let description: String
    private let parts: [Unicode.Scalar]
    /// Whether it can match more than one name.
    public let isPattern: Bool

    /// Reads a pattern; any text is one.
    public init(_ text: String) {
        description = text
        parts = Array(text.unicodeScalars)
        isPattern = parts.contains("*") || parts.contains("?")
    }

    /// Whether the name matches, whole. Time is bounded by the product of the lengths.
    public func matches(_ name: String) -> Bool {
        let name = Array(name.unicodeScalars)
        var (part, index) = (0, 0)
        var star: (part: Int, index: Int)?
        while index < name.count {
            if part < parts.count, parts[part] == "*" {
                star = (part, index)
                part += 1
            } else if part < parts.count, parts[part] == "?" || parts[part] == name[index] {
                part += 1
                index += 1
            } else if let last = star {
                // The last star takes one character more.
                star = (last.part, last.index + 1)
                (part, index) = (last.part + 1, last.index + 1)
            } else {
                return false
            }
        }
        return parts[part...].allSatisfy { $0 == "*" }
    }
}
