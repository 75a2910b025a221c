import AutomatonCore
import Rules

/// A file of cases: which rules, in which world, what is found when, and what is expected.
struct RehearsalFile {
    static let keys = ["rules", "namespace", "check", "thresholds", "world", "cases"]

    /// Where the rules are.
    let rules: String
    let cases: [RehearsalCase]

    /// Reads it strictly.
    init(_ file: SourceFile) throws(ConfigurationErrors) {
        let document: YAMLNode
        do throws(Problem) {
            let documents = try YAMLNode.documents(in: file.text(), file: file.path).filter { !$0.isNull }
            guard let only = documents.first, documents.count == 1 else {
                throw Problem(
                    file: file.path, line: 1, message: "a file of cases is one document with the key 'cases', not \(documents.count)")
            }
            document = only
        } catch {
            throw ConfigurationErrors([error])
        }
        var fields = MappingReader(document, file: file.path, noun: "a file of cases", known: Self.keys)
        let rules = fields.read("rules", ScalarReading.text) ?? ".."
        let shared = CaseReader.Shared(&fields)
        var cases: [RehearsalCase] = []
        if let value = fields.required("cases", "what is found and what is expected, a list"), let items = fields.list(value, "cases") {
            for item in items {
                var reader = CaseReader(item, file: file.path, shared: shared)
                if let read = reader.read() {
                    if cases.contains(where: { $0.name == read.name }) {
                        fields.report(item, "name: there is a case \(read.name.quoted) already; names are unique in a file")
                    }
                    cases.append(read)
                }
                fields.adopt(reader.problems)
            }
        }
        guard fields.problems.isEmpty else { throw ConfigurationErrors(fields.problems) }
        self.rules = Self.path(rules, from: file.path)
        self.cases = cases
    }

    /// A path beside a file: `..` beside `rules/tests/oom-killed.yaml` is `rules`.
    static func path(_ relative: String, from file: String) -> String {
        if relative.hasPrefix("/") { return relative }
        var parts = file.split(separator: "/", omittingEmptySubsequences: true).dropLast().map(String.init)
        for part in relative.split(separator: "/").map(String.init) where part != "." {
            if part == "..", let last = parts.last, last != ".." {
                if last == "." { parts[parts.count - 1] = ".." } else { parts.removeLast() }
            } else {
                parts.append(part)
            }
        }
        let joined = parts.joined(separator: "/")
        return file.hasPrefix("/") ? "/" + joined : joined.isEmpty ? "." : joined
    }
}

extension MappingReader {
    /// The items of a list; nil with a problem when it is none, or empty.
    mutating func list(_ value: YAMLNode, _ key: String, mayBeEmpty: Bool = false) -> [YAMLNode]? {
        guard case .sequence(let items) = value.content, mayBeEmpty || !items.isEmpty else {
            report(value.isNull ? place(of: key) : value.position, "\(key): must be a list with at least one item")
            return nil
        }
        return items
    }

    /// The items of a list that may be missing.
    mutating func list(_ key: String) -> [YAMLNode] { value(key).flatMap { list($0, key, mayBeEmpty: true) } ?? [] }

    /// A word of a few.
    mutating func word<Word: RawRepresentable & CaseIterable>(_ key: String, as type: Word.Type) -> Word? where Word.RawValue == String {
        guard let value = value(key), let text = read(value, key, ScalarReading.text) else { return nil }
        if let word = Word(rawValue: text) { return word }
        report(value, NearestName.unknown(key, text, known: Word.allCases.map(\.rawValue)))
        return nil
    }

    /// A time in a case, or a length.
    mutating func span(_ key: String) -> Duration? {
        guard let value = value(key), let span = read(value, key, ScalarReading.duration) else { return nil }
        if span > .hours(24 * 366) { report(value, "\(key): a case lasts a year at most") }
        return span
    }

    mutating func whole(_ key: String, from least: Int = 0, to most: Int = 1_000_000) -> Int? {
        guard let value = value(key),
            let number = read(value, key, { node throws(ScalarReading.Failure) in try ScalarReading.whole(node, as: Int.self) })
        else { return nil }
        guard (least...most).contains(number) else {
            report(value, "\(key): \(number) is not from \(least) to \(most)")
            return nil
        }
        return number
    }

    /// `deployment/email-service`, `production/deployment/email-service`, `consumergroup/orders`.
    mutating func subject(_ key: String, namespace: String) -> Subject? {
        guard let value = value(key), let text = read(value, key, ScalarReading.text) else { return nil }
        guard let filter = SubjectFilter(text) else {
            let kinds = Subject.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            report(
                value,
                "\(key): \(text.quoted) is no subject: write KIND/NAME or NAMESPACE/KIND/NAME (deployment/email-service); kinds: \(kinds)")
            return nil
        }
        let isInNamespace = Set<Subject.Kind>.workloads.union([.volume, .alert]).contains(filter.kind)
        return Subject(filter.kind, namespace: filter.namespace ?? (isInNamespace ? namespace : ""), name: filter.name)
    }
}
