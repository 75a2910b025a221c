/// Bytes that are not the JSON that was expected: where, and what.
///
/// It never carries the bytes themselves: an object of the API can hold secrets.
public struct ScanError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Problem: Hashable, Sendable {
        /// The bytes end within a value.
        case truncated
        /// Something else stands where this was expected ("an object or null").
        case expected(String)
        /// A string with an escape, a control character or bytes that JSON does not allow.
        case malformedString
        /// A number that is not an integer of 32 bits.
        case notAnInteger
        /// Nested deeper than ``JSONCursor/maximumDepth``.
        case tooDeep
        /// A field that is read stands twice: readers disagree which one counts (Go takes the last, Foundation the first).
        case duplicate(String)
        /// A field without which the object cannot be told from others is absent or empty.
        case missing(String)
        /// Something follows the value.
        case trailingBytes
    }

    /// The offset of the byte at which it was noticed, from the start of the object.
    public var offset: Int
    /// What is wrong.
    public var problem: Problem

    /// Makes the error.
    public init(_ problem: Problem, at offset: Int) {
        self.problem = problem
        self.offset = offset
    }

    public var description: String {
        switch problem {
        case .truncated: "JSON ends at byte \(offset) within a value"
        case .expected(let what): "byte \(offset) of the JSON should begin \(what)"
        case .malformedString: "string with an invalid escape, control character or UTF-8 at byte \(offset) of the JSON"
        case .notAnInteger: "byte \(offset) of the JSON should begin an integer of 32 bits"
        case .tooDeep: "JSON nested deeper than \(JSONCursor.maximumDepth) levels at byte \(offset)"
        case .duplicate(let field): "field \(field) stands twice, at byte \(offset) of the JSON"
        case .missing(let field): "field \(field) is absent or empty"
        case .trailingBytes: "something follows the JSON value, at byte \(offset)"
        }
    }
}
