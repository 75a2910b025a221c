import AutomatonCore

/// Reads the keys of one mapping and collects what is wrong with them.
package struct MappingReader {
    package let file: String
    package let node: YAMLNode
    /// What the mapping is, for errors: `a rule`.
    package let noun: String
    private let pairs: [YAMLNode.Pair]
    package private(set) var problems: [Problem] = []

    /// Starts reading; keys that are not known are problems.
    package init(_ node: YAMLNode, file: String, noun: String, known: [String]) {
        self.file = file
        self.node = node
        self.noun = noun
        guard case .mapping(let pairs) = node.content else {
            self.pairs = []
            problems.append(node.place(in: file).problem("\(noun) must be a mapping of keys to values, not \(node.kind)"))
            return
        }
        self.pairs = pairs
        for pair in pairs where !known.contains(pair.key) {
            problems.append(pair.position.place(in: file).problem(NearestName.unknown("key", pair.key, known: known)))
        }
    }

    /// Whether it is a mapping at all.
    package var isMapping: Bool { if case .mapping = node.content { true } else { false } }

    /// Whether the key is written, whatever its value.
    package func has(_ key: String) -> Bool { pairs.contains { $0.key == key } }

    /// The value of a key; nil when it is not written.
    package func value(_ key: String) -> YAMLNode? { pairs.first { $0.key == key }?.value }

    /// The value of a key that has to be there.
    package mutating func required(_ key: String, _ hint: String) -> YAMLNode? {
        if let value = value(key) { return value }
        if isMapping { report(node, "\(noun) needs the key '\(key)': \(hint)") }
        return nil
    }

    /// Reads a key, if it is written.
    package mutating func read<T>(_ key: String, _ reading: (YAMLNode) throws(ScalarReading.Failure) -> T) -> T? {
        value(key).flatMap { read($0, key, reading) }
    }

    /// Reads a value; nil with a problem when it is wrong.
    package mutating func read<T>(_ value: YAMLNode, _ key: String, _ reading: (YAMLNode) throws(ScalarReading.Failure) -> T) -> T? {
        do {
            return try reading(value)
        } catch {
            report(value.isNull ? place(of: key) : value.position, "\(key): \(error.message)")
            return nil
        }
    }

    /// The place of a key; of the mapping when it is not there.
    package func place(of key: String) -> Position { pairs.first { $0.key == key }?.position ?? node.position }

    /// Adds a problem.
    package mutating func report(_ node: YAMLNode, _ message: String) { report(node.position, message) }

    /// Adds a problem.
    package mutating func report(_ position: Position, _ message: String) { problems.append(position.place(in: file).problem(message)) }

    /// Adds problems that an inner reader found.
    package mutating func adopt(_ inner: [Problem]) { problems += inner }
}
