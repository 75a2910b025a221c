import AutomatonCore

/// Reads a rule's `subject`: `deployment/email-service`, `production/deployment/{group}`, `deployment[kafka-group={group}]`.
enum SubjectReading {
    private static let kinds: [Subject.Kind] = [.deployment, .statefulSet, .daemonSet]
    private static let hint = "write [NAMESPACE/]KIND/NAME (deployment/email-service, deployment/{group}) or KIND[LABEL=VALUE]"

    static func template(_ text: String, namespace: String?) throws(ScalarReading.Failure) -> SubjectTemplate {
        let (place, label) = try split(text)
        var parts = place.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let name: SubjectTemplate.Name
        if let (key, value) = label {
            guard !key.isEmpty, !value.isEmpty else { throw failure("\(text.quoted) has no label or no value for it; \(hint)") }
            try checkPlaceholders(value)
            name = .label(key: key, value: value)
        } else {
            guard parts.count >= 2, let last = parts.popLast(), !last.isEmpty else {
                throw failure("\(text.quoted) names no workload; \(hint)")
            }
            try checkPlaceholders(last)
            name = .name(last)
        }
        let word = parts.popLast() ?? ""
        guard let kind = kinds.first(where: { $0.rawValue == word }) else {
            throw failure(NearestName.unknown("kind", word, known: kinds.map(\.rawValue)) + "; \(hint)")
        }
        guard parts.count <= 1 else { throw failure("\(text.quoted) has too many parts; \(hint)") }
        guard let named = parts.first ?? namespace else {
            throw failure("\(text.quoted) names no namespace, and all of them are watched; write NAMESPACE/\(text)")
        }
        guard RuleReader.isName(named) else { throw failure("\(named.quoted) is not the name of a namespace; \(hint)") }
        return SubjectTemplate(kind, namespace: named, name: name)
    }

    private static func split(_ text: String) throws(ScalarReading.Failure) -> (place: String, label: (String, String)?) {
        guard let open = text.firstIndex(of: "[") else { return (text, nil) }
        guard text.last == "]", let equals = text[open...].firstIndex(of: "=") else {
            throw failure("\(text.quoted) is no label: write KIND[LABEL=VALUE], such as deployment[kafka-group={group}]")
        }
        let key = text[text.index(after: open)..<equals]
        let value = text[text.index(after: equals)..<text.index(before: text.endIndex)]
        return (String(text[..<open]), (String(key), String(value)))
    }

    /// Each `{word}` must be one that is known.
    private static func checkPlaceholders(_ text: String) throws(ScalarReading.Failure) {
        var rest = text[...]
        while let open = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
            guard rest[open] == "{", let close = rest[open...].firstIndex(of: "}") else {
                throw failure("\(text.quoted) has a brace without its other half")
            }
            let word = String(rest[rest.index(after: open)..<close])
            guard SubjectTemplate.placeholders.contains(word) else {
                throw failure(NearestName.unknown("placeholder", word, known: SubjectTemplate.placeholders))
            }
            rest = rest[rest.index(after: close)...]
        }
    }

    private static func failure(_ message: String) -> ScalarReading.Failure { ScalarReading.Failure(message: message) }
}
