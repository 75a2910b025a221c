/// The forms in which a file gives thresholds.
enum ThresholdFile {
    /// A file of a mounted ConfigMap: its name is the key, its content the value. One line break at the end is not part of it.
    static func entry(of file: SourceFile) throws(ConfigurationErrors) -> ThresholdEntry {
        var value = try text(of: file)
        if value.utf8.last == 0x0A {
            // "\r\n" is one character.
            value.removeLast()
        }
        return ThresholdEntry(key: file.name, value: value, place: Place(file: file.path), origin: .file(file.path))
    }

    /// A single file. It is `KEY=VALUE` lines when its first line that is neither empty nor a comment has a `=` before any `:`,
    /// and YAML otherwise.
    static func entries(of file: SourceFile) throws(ConfigurationErrors) -> [ThresholdEntry] {
        let text = try text(of: file)
        let first = text.split(whereSeparator: \.isNewline).first { line in
            let start = line.first { !$0.isWhitespace }
            return start != nil && start != "#"
        }
        let separator = first?.first { $0 == "=" || $0 == ":" }
        let (entries, problems) = separator == "=" ? assignments(text, of: file) : mapping(text, of: file)
        guard problems.isEmpty else { throw ConfigurationErrors(problems) }
        return entries
    }

    private static func text(of file: SourceFile) throws(ConfigurationErrors) -> String {
        do {
            return try file.text()
        } catch {
            throw ConfigurationErrors([error])
        }
    }

    private static func assignments(_ text: String, of file: SourceFile) -> ([ThresholdEntry], [Problem]) {
        var lines: [String: Int] = [:]
        var entries: [ThresholdEntry] = []
        var problems: [Problem] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            guard let start = line.first(where: { !$0.isWhitespace }), start != "#" else { continue }
            let place = Place(file: file.path, line: index + 1)
            guard let separator = line.firstIndex(of: "=") else {
                problems.append(place.problem("\(String(line).rejected) is not KEY=VALUE"))
                continue
            }
            let key = String(line[..<separator])
            guard !key.isEmpty, !key.contains(where: \.isWhitespace) else {
                problems.append(place.problem("\(key.quoted) is not a key; write KEY=VALUE without spaces around, nor 'export'"))
                continue
            }
            if let earlier = lines.updateValue(index + 1, forKey: key) {
                problems.append(place.problem("\(key) is set a second time; the first is on line \(earlier)"))
            }
            let value = String(line[line.index(after: separator)...])
            entries.append(ThresholdEntry(key: key, value: value, place: place, origin: .file(file.path)))
        }
        return (entries, problems)
    }

    private static func mapping(_ text: String, of file: SourceFile) -> ([ThresholdEntry], [Problem]) {
        func problem(_ node: YAMLNode, _ message: String) -> ([ThresholdEntry], [Problem]) {
            ([], [node.place(in: file.path).problem(message)])
        }
        let documents: [YAMLNode]
        do {
            documents = try YAMLNode.documents(in: text, file: file.path)
        } catch {
            return ([], [error])
        }
        guard let root = documents.first, !root.isNull else { return ([], []) }
        if documents.count > 1 { return problem(documents[1], "a second document; thresholds are one mapping of keys to values") }
        guard case .mapping(let top) = root.content else {
            return problem(root, "thresholds are KEY=VALUE lines, a mapping of keys to values, or a ConfigMap")
        }
        var pairs = top
        if let kind = top.first(where: { $0.key == "kind" }) {
            guard kind.value.plainText == "ConfigMap" else { return problem(kind.value, "a manifest here must be of kind ConfigMap") }
            guard let data = top.first(where: { $0.key == "data" }) else { return ([], []) }
            guard case .mapping(let inner) = data.value.content else {
                return problem(data.value, "data must be a mapping of keys to values")
            }
            pairs = inner
        }
        var entries: [ThresholdEntry] = []
        var problems: [Problem] = []
        for (key, keyPosition, value) in pairs {
            guard case .scalar(let text, _) = value.content else {
                problems.append(value.place(in: file.path).problem("\(key) must be a single value"))
                continue
            }
            let place = value.isNull ? keyPosition.place(in: file.path) : value.place(in: file.path)
            entries.append(ThresholdEntry(key: key, value: text, place: place, origin: .file(file.path)))
        }
        return (entries, problems)
    }
}
