/// A file of the configuration as it was read.
public struct SourceFile: Hashable, Sendable {
    /// The path for people: the mounted one, not kubelet's directory of the day behind it.
    public var path: String
    /// The bytes.
    public var bytes: [UInt8]

    /// Makes a file from bytes.
    public init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }

    /// Makes a file from text.
    public init(path: String, text: String) { self.init(path: path, bytes: Array(text.utf8)) }

    /// The last part of the path.
    var name: String { path.split(separator: "/").last.map(String.init) ?? path }

    /// The bytes as text.
    /// - Throws: a problem with the line of the first byte that is not UTF-8.
    package func text() throws(Problem) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        var line = 1
        for piece in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
            if String(validating: piece, as: UTF8.self) == nil { break }
            line += 1
        }
        throw Problem(file: path, line: line, message: "this line is not UTF-8 text; save the file as UTF-8")
    }
}
