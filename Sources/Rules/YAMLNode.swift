import Yams

/// A place in a text: line and column from 1, columns in Unicode scalars.
package struct Position: Hashable, Sendable {
    package var line: Int
    package var column: Int

    package init(line: Int, column: Int) { (self.line, self.column) = (line, column) }

    package func place(in file: String) -> Place { Place(file: file, line: line, column: column) }
}

/// A YAML value with its place. Keys are plain strings; anchors, aliases and tags are refused.
package struct YAMLNode: Sendable {
    package enum Style: Hashable, Sendable {
        case plain
        case quoted
        /// One `$(NAME)` and nothing else, with its value put in: a text or a number, as the reader needs it.
        case reference
    }

    package typealias Pair = (key: String, position: Position, value: YAMLNode)

    package enum Content: Sendable {
        case scalar(String, Style)
        case sequence([YAMLNode])
        case mapping([Pair])
    }

    package var content: Content
    package var position: Position

    package init(content: Content, position: Position) {
        self.content = content
        self.position = position
    }

    /// More than a rule file can need; what is beyond is a mistake or an attack.
    static let maximumNodes = 20_000
    static let maximumDepth = 24

    package func place(in file: String) -> Place { position.place(in: file) }

    /// The text of an unquoted scalar.
    var plainText: String? {
        if case .scalar(let text, let style) = content, style != .quoted { text } else { nil }
    }

    /// Nothing is written, or `~` or `null`.
    package var isNull: Bool {
        guard case .scalar(let text, .plain) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// What it is, for errors.
    package var kind: String {
        switch content {
        case .scalar(let text, let style): isNull ? "nothing" : style == .quoted ? "the text \(text.quoted)" : text.quoted
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }

    /// All documents of a text; a byte order mark before it is not counted.
    package static func documents(in text: String, file: String) throws(Problem) -> [YAMLNode] {
        let text = text.withoutByteOrderMark
        if let line = AliasLimit.exceeded(in: text) {
            throw Problem(file: file, line: line, message: "too many aliases; aliases are not supported, write the values out")
        }
        do {
            // Yams hands libyaml a pointer into the string, which for up to 15 bytes lies on the stack and is gone afterwards.
            let stable = text.utf8.count > 15 ? text : text + String(repeating: " ", count: 16)
            let parser = try Parser(yaml: stable, resolver: .basic, encoding: .utf8)
            var documents: [YAMLNode] = []
            var reading = Reading(file: file)
            while let root = try parser.nextRoot() { documents.append(try reading.node(root, depth: 0)) }
            return documents
        } catch let problem as Problem {
            throw problem
        } catch let error as YamlError {
            throw Problem(error, file: file)
        } catch {
            throw Problem(file: file, message: "cannot be read as YAML: \(error)")
        }
    }

    private struct Reading {
        let file: String
        var count = 0

        mutating func node(_ node: Node, depth: Int) throws -> YAMLNode {
            let position = Position(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
            func problem(_ message: String) -> Problem { position.place(in: file).problem(message) }
            count += 1
            guard count <= maximumNodes else { throw problem("more than \(maximumNodes) values in one file") }
            guard depth <= maximumDepth else { throw problem("nested more than \(maximumDepth) levels deep") }
            guard node.anchor == nil else { throw problem("anchors (&) and aliases (*) are not supported; write the value out") }
            let tag = node.tag.rawValue
            guard [Tag.Name.str, .seq, .map].contains(where: { $0.rawValue == tag }) else {
                throw problem("tags (\(tag.quoted)) are not supported; leave it out")
            }
            switch node {
            case .scalar(let scalar):
                let isPlain = scalar.style == .plain || scalar.style == .any
                return YAMLNode(content: .scalar(scalar.string, isPlain ? .plain : .quoted), position: position)
            case .sequence(let sequence):
                return YAMLNode(content: .sequence(try sequence.map { try self.node($0, depth: depth + 1) }), position: position)
            case .mapping(let mapping):
                var pairs: [Pair] = []
                for (keyNode, valueNode) in mapping {
                    let key = try self.node(keyNode, depth: depth + 1)
                    guard case .scalar(let text, _) = key.content else {
                        throw key.place(in: file).problem("a key must be a word, not \(key.kind)")
                    }
                    pairs.append((text, key.position, try self.node(valueNode, depth: depth + 1)))
                }
                return YAMLNode(content: .mapping(pairs), position: position)
            case .alias:
                throw problem("aliases (*) are not supported; write the value out")
            }
        }
    }
}

extension Problem {
    /// A syntax error, in the words of libyaml with its place.
    init(_ error: YamlError, file: String) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let context = context.map { " (\($0.text) from line \($0.mark.line))" } ?? ""
            self.init(file: file, line: mark.line, column: mark.column, message: "not valid YAML: \(problem)\(context)")
        case .reader(let problem, let offset, _, let yaml):
            let line = 1 + yaml.prefix(offset ?? 0).count { $0.isNewline }
            self.init(file: file, line: line, message: "not valid YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.map(\.quoted).joined(separator: ", ")
            self.init(
                file: file, line: context.mark.line, column: context.mark.column,
                message: "key \(names) is written more than once in this mapping; only one may stay")
        default:
            self.init(file: file, line: 1, message: "not valid YAML: \(error)")
        }
    }
}

/// Keeps nested aliases from growing a small file into billions of values ("billion laughs") while it is parsed.
///
/// Aliases are refused anyway, with their place, once the file is parsed; this only bounds the work until then.
enum AliasLimit {
    private static let limit = 16

    /// The line of the alias that is one too many; nil when there are few. Counts what looks like one, at the start of a word.
    static func exceeded(in text: String) -> Int? {
        var line = 1
        var count = 0
        var anchors = 0
        var startsWord = true
        var previous: UInt8 = 0x20
        for byte in text.utf8 {
            let isName = byte > 0x20 && !",[]{}*&".utf8.contains(byte)
            if startsWord, previous == 0x2A, isName { count += 1 }
            if startsWord, previous == 0x26, isName { anchors += 1 }
            if count > limit, anchors > 0 { return line }
            if byte != 0x2A, byte != 0x26 { startsWord = byte <= 0x20 || ",[]{}:?-".utf8.contains(byte) }
            if byte == 0x0A { line += 1 }
            previous = byte
        }
        return nil
    }
}
