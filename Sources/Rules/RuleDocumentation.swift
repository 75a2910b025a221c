public import AutomatonCore

/// The part of `rules/README.md` that is made from the plugins and the table of thresholds, in Markdown.
public struct RuleDocumentation {
    /// The line before it.
    public static let begin = "<!-- made by `automaton rules document`; the tests hold it against the code -->"
    /// The line after it.
    public static let end = "<!-- end of what is made -->"

    private let checks: [any Check.Type]
    private let remediations: [any Remediation.Type]

    /// Documents these plugins, by name.
    public init(checks: [any Check.Type], remediations: [any Remediation.Type]) {
        self.checks = checks.sorted { $0.name < $1.name }
        self.remediations = remediations.sorted { $0.name < $1.name }
    }

    /// The text, without the lines before and after it.
    public var text: String {
        var parts = ["## Checks\nWhat reads the world (`check:`)."]
        parts += checks.map(Self.section)
        parts.append("## Remediations\nWhat mends it (`use:`).")
        parts += remediations.map(Self.section)
        parts.append(Self.thresholds)
        return parts.joined(separator: "\n\n")
    }

    /// Puts the text into a page, between the two lines; nil when the page does not have them.
    public func inserted(into page: String) -> String? {
        guard let start = page.firstRange(of: Self.begin), let end = page.firstRange(of: Self.end), start.upperBound <= end.lowerBound
        else {
            return nil
        }
        return page[..<start.upperBound] + "\n" + text + "\n" + page[end.lowerBound...]
    }

    private static func section(_ type: any Check.Type) -> String {
        let documentation = type.documentation
        var parts = ["### `\(type.name)`\n\(documentation.summary)"]
        parts.append(contentsOf: parameters(documentation))
        if !documentation.figures.isEmpty {
            let rows = documentation.figures.enumerated().map { index, figure in
                "| `\(figure.name)`\(index == 0 ? " (main)" : "") | \(figure.unit) | \(figure.meaning) |"
            }
            parts.append("| figure | unit | meaning |\n|---|---|---|\n" + rows.joined(separator: "\n"))
        }
        if !type.vocabulary.reasons.isEmpty {
            parts.append("Reasons: " + type.vocabulary.reasons.map { "`\($0)`" }.joined(separator: ", ") + ".")
        }
        parts.append(contentsOf: needs(type.permissions))
        parts.append("```yaml\n\(documentation.example)\n```")
        return parts.joined(separator: "\n\n")
    }

    private static func section(_ type: any Remediation.Type) -> String {
        let documentation = type.documentation
        var parts = ["### `\(type.name)`\n\(documentation.summary) In metrics: `action=\"\(type.action)\"`."]
        parts.append(contentsOf: parameters(documentation))
        parts.append(contentsOf: needs(type.permissions))
        parts.append("```yaml\n\(documentation.example)\n```")
        return parts.joined(separator: "\n\n")
    }

    private static func parameters(_ documentation: Documentation) -> [String] {
        guard !documentation.parameters.isEmpty else { return ["It has no parameters."] }
        let rows = documentation.parameters.map { "| `\($0.name)` | \($0.value) | \($0.standard ?? "must be there") | \($0.meaning) |" }
        return ["| `with:` | value | default | meaning |\n|---|---|---|---|\n" + rows.joined(separator: "\n")]
    }

    private static func needs(_ permissions: [Permission]) -> [String] {
        guard !permissions.isEmpty else { return [] }
        let texts = permissions.map { permission in
            let resource = permission.group.isEmpty ? permission.resource : "\(permission.resource).\(permission.group)"
            return "\(permission.verbs.joined(separator: ", ")) `\(resource)`"
        }
        return ["Needs: " + texts.joined(separator: "; ") + "."]
    }

    private static var thresholds: String {
        let rows = Threshold.all.map { "| `\($0.key)` | \($0.defaultText) | \($0.expectation) | \($0.summary) |" }
        return """
            ## Thresholds
            The keys of the ConfigMap, one file each when it is mounted as a directory; or `KEY=VALUE` lines, or YAML, in one file. An
            environment variable of the same name wins over it. A wrong or unknown one is an error that says what would be right.

            | key | default | must be | meaning |
            |---|---|---|---|
            \(rows.joined(separator: "\n"))

            Besides: `MIN_REPLICAS` at most `MAX_REPLICAS`; the delays in the order of the priorities; `STALE_AFTER` longer than
            `CHECK_INTERVAL`; `STABLE_FOR` at most `VERIFY_TIMEOUT`; `BREAKER_BACKOFF` at most `BREAKER_LONGEST`; `COOLDOWN` at least 5m;
            `RESTORE_AFTER` at least `COOLDOWN`.
            """
    }
}
