/// What is in several areas of the API.
extension OpenAPISchema {
    // MARK: Asked

    /// One line.
    static func line(_ description: String? = nil, maxLength: Int = 200) -> OpenAPISchema {
        text(description, maxLength: maxLength, pattern: OpenAPIPattern.line)
    }

    /// One line that is not blank.
    static func filledLine(_ description: String? = nil, maxLength: Int = 200) -> OpenAPISchema {
        text(description, minLength: 1, maxLength: maxLength, pattern: OpenAPIPattern.filledLine)
    }

    /// Who asks, where that has to be said.
    static let asker = filledLine("Who asks.")

    static let subjectName = named(
        "SubjectName",
        text(
            "KIND/NAME or NAMESPACE/KIND/NAME.", maxLength: 600, pattern: OpenAPIPattern.subject,
            examples: ["deployment/email-service", "production/deployment/email-service"]))

    /// A time, or how long ago.
    static let past = anyOf([text(pattern: OpenAPIPattern.past), time()], examples: ["1h", "2026-03-01T12:00:00Z"])

    // MARK: Answered

    static let success = always(true, "Always true.")
    static let warnings = list(of: text(), "What the asker should know.")

    static func priority(_ description: String) -> OpenAPISchema { word(["critical", "high", "medium", "low"], description) }

    static let problem = named(
        "Problem", "What is wrong with a request (RFC 9457).",
        required: [
            "success": .always(false),
            "type": .text("Always about:blank: the status says which kind of problem it is."),
            "title": .text("The status in words."),
            "status": .whole(in: 400...599),
            "detail": .text("What is wrong."),
        ],
        optional: [
            "field": .text("The field of the query or the body that is wrong, where it is one."),
            "expected": .text("What would be right, where that can be told."),
            "leader": .text("Who leads, where another process has to be asked."),
        ])
}
