/// Where a rule is written, and which thresholds it uses there.
public struct RuleOrigin: Hashable, Sendable {
    /// The file.
    public var file: String
    /// Its first line in it.
    public var line: Int
    /// The thresholds that it puts in by `$(NAME)`, each with the line, in the order in which they are written; not those in its summary.
    public var references: [Reference]

    /// A threshold that a rule uses.
    public struct Reference: Hashable, Sendable {
        /// The threshold's key.
        public var key: String
        /// The line.
        public var line: Int
    }
}

extension RuleLoader {
    /// Where the rules of a directory or file are written, by name. What cannot be read is left out: loading tells what is wrong.
    public static func origins(path: String) -> [String: RuleOrigin] {
        var origins: [String: RuleOrigin] = [:]
        for file in source(path).content().files {
            guard let text = try? file.text(), let documents = try? YAMLNode.documents(in: text, file: file.path) else { continue }
            for document in documents {
                guard case .mapping(let pairs) = document.content,
                    let name = pairs.first(where: { $0.key == "name" }), case .scalar(let word, _) = name.value.content
                else { continue }
                var references: [RuleOrigin.Reference] = []
                for pair in pairs where pair.key != "summary" { pair.value.collect(&references) }
                origins[word] = RuleOrigin(file: file.path, line: document.position.line, references: references)
            }
        }
        return origins
    }
}

extension YAMLNode {
    /// The `$(NAME)` in it.
    fileprivate func collect(_ references: inout [RuleOrigin.Reference]) {
        switch content {
        case .scalar(let text, _):
            for match in text.matches(of: /(\$+)\(([A-Z0-9_]+)\)/) where match.1.count == 1 {
                references.append(RuleOrigin.Reference(key: String(match.2), line: position.line))
            }
        case .sequence(let items): for item in items { item.collect(&references) }
        case .mapping(let pairs): for pair in pairs { pair.value.collect(&references) }
        }
    }
}
