internal import HTTPTypes

/// Pauses and silences.
extension OpenAPIOperation {
    static let suspensions = [
        OpenAPIOperation(
            .readingOfLeader, .get, "suspensions", id: "suspensions", "Pauses and silences that hold",
            answers: [.ok("The oldest first.", .suspensions)]),
        OpenAPIOperation(
            .changing, .post, "suspensions", id: "suspend", "Pause, or silence: everything, a rule, or a subject",
            body: Body("What, for how long, who and why.", .wantedSuspension),
            answers: [.created("It holds.", .suspended)]),
        OpenAPIOperation(
            .changing, .delete, "suspensions/{id}", id: "lift", "Lift a pause or a silence",
            parameters: [.id, .by],
            answers: [.ok("It no longer holds.", .lifted)]),
    ]
}

extension OpenAPISchema {
    private static func suspensionKind(_ description: String? = nil) -> OpenAPISchema { word(["pause", "silence"], description) }

    fileprivate static let wantedSuspension = object(
        required: ["kind": suspensionKind(), "by": asker],
        optional: [
            "rule": .line("Only this rule."),
            "subject": subjectName,
            "for": .text("How long: 30m, 2h, 1d. A silence needs an end.", pattern: OpenAPIPattern.span),
            "until": .time("Until when, in place of for: within a year."),
            "why": .line(maxLength: 1000),
        ])

    static let suspension = named(
        "Suspension", "A pause or a silence.",
        required: [
            "id": .text("Its name, by which it is lifted."),
            "kind": suspensionKind("Which of the two."),
            "at": .time("When it was asked for."),
            "by": .text("Who asked for it."),
            "why": .text("Why."),
        ],
        optional: [
            "rule": .text("Of one rule; left out for all."),
            "subject": .text("Of some subjects; left out for all."),
            "until": .time("When it ends; left out when it has to be lifted."),
        ])

    fileprivate static let suspensions = named(
        "Suspensions", "What people asked for.",
        required: ["suspensions": .list(of: suspension)])

    fileprivate static let suspended = named(
        "Suspended", "What holds now.",
        required: ["suspension": suspension, "incidents": .count("Open incidents that it is about."), "warnings": warnings])

    fileprivate static let lifted = named("Lifted", "What no longer holds.", required: ["lifted": suspension])
}
