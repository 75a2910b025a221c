import AutomatonCore

/// What `find -printf` and `stat -c` can say of a file or directory.
struct FileFacts: Sendable {
    let entry: DirectoryTree.Entry
    /// Its path.
    let place: String
    /// Its path as it was asked for.
    let shown: String
    let depth: Int
    let bytes: Int64
    /// Blocks of 512 bytes.
    let blocks: Int64
    let modifiedAt: Instant
    let fileSystem: String
    let owner = 1000

    init(_ entry: DirectoryTree.Entry, at place: String, shown: String, depth: Int, _ disk: PodDisk) {
        self.entry = entry
        self.place = place
        self.shown = shown
        self.depth = depth
        switch entry {
        case .directory:
            bytes = 4096
            blocks = 8
            modifiedAt = disk.createdAt
        case .file(let file):
            bytes = file.link.map { Int64($0.utf8.count) } ?? file.bytes
            blocks = file.blocks
            modifiedAt = file.modifiedAt
        }
        fileSystem = if case .claim = disk.mount(of: place).kind { "ext4" } else { "overlay" }
    }

    /// `regular file`, as stat calls it.
    var kind: String {
        switch entry.type {
        case "d": "directory"
        case "l": "symbolic link"
        default: bytes == 0 ? "regular empty file" : "regular file"
        }
    }

    /// The permissions in octal, as in `stat -c %a`.
    var mode: String {
        switch entry {
        case .directory: "755"
        case .file(let file): file.link == nil ? "644" : "777"
        }
    }

    /// Seconds since 1970 with so many digits after the point.
    func seconds(digits: Int) -> String {
        let micro = modifiedAt.microseconds
        let fraction = String(micro % 1_000_000)
        let padded = String(repeating: "0", count: 6 - fraction.count) + fraction
        return digits == 0 ? String(micro / 1_000_000) : "\(micro / 1_000_000).\(padded)" + String(repeating: "0", count: digits - 6)
    }
}

/// A format of `find -printf`, `stat --printf` or `stat -c`.
struct FileFormat: Sendable {
    struct Problem: Error {
        var text: String
    }

    /// Whose letters they are.
    enum Dialect: Sendable {
        case find
        /// `stat`, and whether it reads `\n` and the like.
        case stat(escapes: Bool)
    }

    private enum Piece: Sendable {
        case text(String)
        case fact(String)
    }

    private var pieces: [Piece] = []
    private let dialect: Dialect

    private static let findFacts: Set<String> = [
        "s", "b", "k", "T@", "p", "P", "f", "h", "y", "d", "m", "u", "g", "U", "G", "l", "F", "n", "i",
    ]
    private static let statFacts: Set<String> = ["s", "b", "B", "Y", "n", "F", "a", "u", "g", "U", "G", "h", "i", "y", "N"]

    init(_ text: String, _ dialect: Dialect) throws(Problem) {
        self.dialect = dialect
        let isFind = if case .find = dialect { true } else { false }
        let readsEscapes = if case .stat(let escapes) = dialect { escapes } else { true }
        var rest = text[...]
        while let character = rest.popFirst() {
            if character == "\\", readsEscapes, let escape = rest.popFirst() {
                let known: [Character: String] = ["0": "\0", "n": "\n", "t": "\t", "r": "\r", "\\": "\\", "a": "\u{7}"]
                guard let meant = known[escape] else { throw Problem(text: "the simulation does not know the escape `\\\(escape)'") }
                // `\000` is the same as `\0`.
                if escape == "0" { rest = rest.drop { $0 == "0" } }
                pieces.append(.text(meant))
            } else if character == "%", let first = rest.popFirst() {
                var fact = String(first)
                if isFind, first == "T", let second = rest.popFirst() { fact.append(second) }
                if first == "%" {
                    pieces.append(.text("%"))
                } else if (isFind ? Self.findFacts : Self.statFacts).contains(fact) {
                    pieces.append(.fact(fact))
                } else {
                    throw Problem(text: "the simulation does not know the directive `%\(fact)'")
                }
            } else {
                pieces.append(.text(String(character)))
            }
        }
    }

    func text(of facts: FileFacts) -> String {
        let isFind = if case .find = dialect { true } else { false }
        return pieces.map { piece in
            switch piece {
            case .text(let text): text
            case .fact(let fact): isFind ? Self.find(fact, facts) : Self.stat(fact, facts)
            }
        }.joined()
    }

    private static func find(_ fact: String, _ facts: FileFacts) -> String {
        switch fact {
        case "s": return String(facts.bytes)
        case "b": return String(facts.blocks)
        case "k": return String((facts.blocks + 1) / 2)
        case "T@": return facts.seconds(digits: 10)
        case "p": return facts.shown
        case "P":
            // What follows the starting point.
            let parts = facts.place.split(separator: "/")
            return parts.suffix(facts.depth).joined(separator: "/")
        case "f": return DirectoryTree.name(of: facts.place)
        case "h": return facts.shown.lastIndex(of: "/").map { String(facts.shown[..<$0]) } ?? "."
        case "y": return String(facts.entry.type)
        case "d": return String(facts.depth)
        case "m": return facts.mode
        case "F": return facts.fileSystem
        case "l": if case .file(let file) = facts.entry { return file.link ?? "" } else { return "" }
        case "n": return "1"
        case "i": return FileFormat.number(of: facts.place)
        default: return String(facts.owner)
        }
    }

    private static func stat(_ fact: String, _ facts: FileFacts) -> String {
        switch fact {
        case "s": String(facts.bytes)
        case "b": String(facts.blocks)
        case "B": "512"
        case "Y": facts.seconds(digits: 0)
        case "y": facts.modifiedAt.rfc3339
        case "n": facts.shown
        case "N": "'\(facts.shown)'"
        case "F": facts.kind
        case "a": facts.mode
        case "h": "1"
        case "i": number(of: facts.place)
        default: String(facts.owner)
        }
    }

    /// A number for a path, as an inode has one (FNV-1a).
    private static func number(of path: String) -> String {
        String(path.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 })
    }
}
