import AutomatonCore

/// One thing that is wrong with the configuration: where, what, and what would be right.
public struct Problem: Error, Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The file as the person who configured it knows it, or `environment`, or the option's name.
    public var file: String
    /// The line, from 1; nil where the file as a whole is meant.
    public var line: Int?
    /// The column, from 1, in Unicode scalars; nil where the line as a whole is meant.
    public var column: Int?
    /// What is wrong and what would be right.
    public var message: String

    /// Makes a problem.
    public init(file: String, line: Int? = nil, column: Int? = nil, message: String) {
        self.file = file
        self.line = line
        self.column = column
        self.message = message
    }

    /// `rules/oom-killed.yaml:7:14: unknown key 'prority'; did you mean 'priority'?`
    public var description: String {
        var place = file
        if let line { place += ":\(line)" }
        if let line, line > 0, let column { place += ":\(column)" }
        return "\(place): \(message)"
    }

    public static func < (lhs: Problem, rhs: Problem) -> Bool {
        (lhs.file, lhs.line ?? 0, lhs.column ?? 0, lhs.message) < (rhs.file, rhs.line ?? 0, rhs.column ?? 0, rhs.message)
    }
}

/// Everything that is wrong with the configuration, never only the first; sorted by file and line, without repetition.
public struct ConfigurationErrors: Error, Hashable, Sendable, CustomStringConvertible {
    /// The problems; at least one.
    public let problems: [Problem]

    /// Collects problems.
    public init(_ problems: some Sequence<Problem>) {
        self.problems = Set(problems).sorted()
    }

    /// One problem a line.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}

extension StringProtocol {
    /// The text as an error may show it: control characters escaped, at most 60 characters.
    package var quoted: String {
        var shown = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\n": shown += "\\n"
            case "\t": shown += "\\t"
            case "\r": shown += "\\r"
            default:
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse:
                    shown += "\\u{\(String(scalar.value, radix: 16))}"
                default: shown.unicodeScalars.append(scalar)
                }
            }
            if shown.count >= 60 { return "'\(shown)…'" }
        }
        return "'\(shown)'"
    }
}

extension String {
    /// A value that was not understood, as an error may show it: its beginning, by which one knows it again, escaped. Anything may have been
    /// pasted there by mistake, so that what looks like a secret is taken out first.
    package var rejected: String {
        let clean = SecretScrubber.scrub(prefix(1000))
        return clean.count > 12 ? "\(clean.prefix(12).quoted.dropLast())…'" : clean.quoted
    }
}
