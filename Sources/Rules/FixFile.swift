public import AutomatonCore

/// `fixes.yaml`: a list of fixes under the key `fixes`, as people read it and edit it.
public enum FixFile {
    /// More than a ConfigMap holds.
    private static let largest = 1 << 20

    /// Reads it strictly; every error has its line and key, and says what would be right. An empty text keeps nothing.
    /// - Parameters:
    ///   - file: how errors call it.
    ///   - now: no fix is from later.
    /// - Throws: everything that is wrong with it.
    public static func fixes(in text: String, file: String, now: Instant) throws(ConfigurationErrors) -> [Fix] {
        guard text.utf8.count <= largest else {
            throw ConfigurationErrors([Problem(file: file, message: "is larger than \(largest) bytes; split it")])
        }
        let documents: [YAMLNode]
        do { documents = try YAMLNode.documents(in: text, file: file) } catch { throw ConfigurationErrors([error]) }
        guard let root = documents.first, !root.isNull else { return [] }
        func refused(_ node: YAMLNode, _ message: String) -> ConfigurationErrors {
            ConfigurationErrors([node.place(in: file).problem(message)])
        }
        if documents.count > 1 { throw refused(documents[1], "a second document; fixes are one list under the key 'fixes'") }
        guard case .mapping(let pairs) = root.content else {
            throw refused(root, "must be a mapping with the key 'fixes', not \(root.kind)")
        }
        var problems = pairs.filter { $0.key != "fixes" }.map { pair in
            pair.position.place(in: file).problem("unknown key \(pair.key.quoted); the only key here is 'fixes'")
        }
        guard let list = pairs.first(where: { $0.key == "fixes" })?.value else {
            throw ConfigurationErrors(problems + [root.place(in: file).problem("the key 'fixes' is missing; write 'fixes: []' for none")])
        }
        if list.isNull, problems.isEmpty { return [] }
        guard case .sequence(let entries) = list.content else {
            throw ConfigurationErrors(problems + [list.place(in: file).problem("fixes must be a list, not \(list.kind)")])
        }
        var fixes: [Fix] = []
        var lines: [FixKey: Int] = [:]
        for entry in entries {
            do throws(EntryProblems) {
                let fix = try Self.fix(entry, file: file, now: now)
                if let line = lines.updateValue(entry.position.line, forKey: fix.key) {
                    problems.append(entry.place(in: file).problem("\(fix.key) is kept a second time; the first is on line \(line)"))
                }
                fixes.append(fix)
            } catch {
                problems += error.problems
            }
        }
        if fixes.count > FixBook.most { problems.append(list.place(in: file).problem("more than \(FixBook.most) fixes")) }
        guard problems.isEmpty else { throw ConfigurationErrors(problems) }
        return fixes
    }

    private struct EntryProblems: Error {
        var problems: [Problem]
    }

    private static func fix(_ entry: YAMLNode, file: String, now: Instant) throws(EntryProblems) -> Fix {
        guard case .mapping(let pairs) = entry.content else {
            throw EntryProblems(problems: [entry.place(in: file).problem("a fix must be a mapping, not \(entry.kind)")])
        }
        var texts: [String: String] = [:]
        var problems: [Problem] = []
        for (key, position, value) in pairs {
            guard FixFields.names.contains(key) else {
                let near = NearestName.of(key, among: FixFields.names).map { "; did you mean '\($0)'?" } ?? ""
                problems.append(
                    position.place(in: file).problem(
                        "unknown key \(key.quoted)\(near.isEmpty ? "; known are \(FixFields.names.joined(separator: ", "))" : near)"))
                continue
            }
            guard case .scalar(let text, _) = value.content else {
                problems.append(value.place(in: file).problem("\(key) must be a single value, not \(value.kind)"))
                continue
            }
            if !value.isNull { texts[key] = text }
        }
        guard problems.isEmpty else { throw EntryProblems(problems: problems) }
        do throws(FixFields.Fault) {
            return try FixFields.fix(now: now) { texts[$0] }
        } catch {
            let node = pairs.first { $0.key == error.field }
            let place = node.map { ($0.value.isNull ? $0.position.place(in: file) : $0.value.place(in: file)) } ?? entry.place(in: file)
            throw EntryProblems(problems: [place.problem(error.description)])
        }
    }

    /// The text of fixes: the same for the same fixes, with no more quotes than YAML asks for.
    public static func text(_ fixes: [Fix], head: String = FixFile.head) -> String {
        var lines = head.split(separator: "\n").map { "# \($0)" }
        lines.append(fixes.isEmpty ? "fixes: []" : "fixes:")
        for fix in fixes.sorted(by: { $0.key < $1.key }) {
            for (index, field) in fix.texts.enumerated() {
                // A truth value, not a text that happens to be one.
                let text = field.name == "imported" ? field.text : scalar(field.text)
                lines.append("\(index == 0 ? "  - " : "    ")\(field.name): \(text)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// What people should know who open it.
    public static let head = """
        What the automaton keeps of attempts that helped. Change a value, take an entry out or add one: it is heeded.
        Put what is here into git, where it belongs: automaton fixes export
        """

    /// Plain where every reader takes it for the same text, quoted otherwise.
    package static func scalar(_ text: String) -> String {
        let isPlain =
            text.utf8.first.map { (0x61...0x7A).contains($0) || (0x41...0x5A).contains($0) } ?? false
            && text.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte)
                    || [0x2D, 0x2E, 0x2F].contains(byte)
            }
        let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", ".nan", ".inf"]
        if isPlain, !words.contains(text.lowercased()) { return text }
        // An amount of memory, or a whole number: YAML 1.1 reads no number of another base in them.
        let digits = text.utf8.prefix { (0x30...0x39).contains($0) }.count
        let suffix = text.utf8.dropFirst(digits)
        let isAmount =
            digits > 0 && (digits == 1 || text.utf8.first != 0x30)
            && (suffix.isEmpty || suffix.elementsEqual("Ki".utf8) || suffix.elementsEqual("Mi".utf8) || suffix.elementsEqual("Gi".utf8)
                || suffix.elementsEqual("Ti".utf8) || suffix.elementsEqual("Pi".utf8) || suffix.elementsEqual("Ei".utf8))
        if isAmount { return text }
        return "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
