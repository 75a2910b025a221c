internal import HTTPTypes

/// What people ask for about an incident or a rule.
extension OpenAPIOperation {
    static let asking = [
        OpenAPIOperation(
            .changing, .post, "approve", id: "approve", "Confirm what a rule in mode approve has planned",
            body: Body("Which plan, and who.", .chosenIncident),
            answers: [.ok("It is confirmed.", .approved)]),
        OpenAPIOperation(
            .changing, .post, "heal", id: "heal",
            """
            Let an open incident not wait for its delay; every other guard is asked. Forgotten by a restart: then it waits for what is \
            left of the delay, or is asked again
            """,
            body: Body("Which incident, and who.", .chosenIncident),
            answers: [.ok("How it stands.", .healing)]),
        OpenAPIOperation(
            .changing, .post, "plan", id: "plan",
            "What would be done about open incidents at once, before it is asked for; nothing is changed, nor begun",
            body: Body(
                "Of which rule and subject; of all that are open when neither is named.",
                .object(optional: ["rule": .line(), "subject": .subjectName])),
            answers: [.ok("The plans, and what holds them.", .prospects)]),
        OpenAPIOperation(
            .changing, .post, "revert", id: "revert",
            "Take back what an attempt changed, if it is still as the attempt left it; every limit is asked",
            body: Body("Which attempt, and who.", .chosenAttempt),
            answers: [.accepted("It is being written; the incident tells what became of it.", .reverting)]),
        OpenAPIOperation(
            .changing, .post, "rules/{name}/resume", id: "resume", "Let a rule act again that had stepped down",
            parameters: [.path("name", "The rule.")],
            body: Body("Who.", .object(optional: ["by": .line()])),
            answers: [.ok("Whether it had.", .resumed)]),
    ]
}

extension OpenAPISchema {
    // MARK: Incidents that need not wait

    fileprivate static let chosenIncident = named(
        "ChosenIncident", "One open incident, and who asks.",
        required: ["rule": .filledLine(), "subject": subjectName, "by": asker],
        optional: [
            "plan": .text(
                "The digest of the plan that they saw: another one is not carried out. Left out for whatever is planned.",
                minLength: 64, maxLength: 64, pattern: OpenAPIPattern.digest)
        ])

    fileprivate static let approved = named(
        "Approved", "What was confirmed.",
        required: [
            "rule": .text("The rule."),
            "subject": .text("The subject."),
            "by": .text("Who confirmed it."),
            "asked": .text("The changes, before and after."),
        ])

    static let standing = named(
        "Standing", "What is done about an incident now.",
        required: ["reason": .text("Why, with figures.")],
        optional: [
            "hold": .text("The guard that says no; left out while nothing holds it."),
            "until": .time("When that may change, where a time is known."),
        ])

    static let healing = named(
        "Healing", "What became of the wish not to wait.",
        required: [
            "rule": .text("The rule."),
            "subject": .text("The subject."),
            "by": .text("Who asked."),
            "now": standing,
        ])

    // MARK: What would be done

    private static let prospect = named(
        "Prospect", "What would be done about one if a person asked that it does not wait.",
        required: [
            "rule": .text("The rule."),
            "subject": .text("The subject."),
            "priority": .priority("How urgent it is."),
            "detectedAt": .time("When it was first seen unhealthy."),
            "cause": .text("Why it is one, with figures."),
            "outcome": .word(
                ["act", "ask", "show", "hold"],
                "It would be written; a person has to confirm it; it would be shown and nothing changed; or a guard says no."),
            "now": standing,
            "changes": .list(of: change, "Each field that would change."),
        ],
        optional: [
            "remediation": .text("What would be used; left out where nothing is planned."),
            "summary": .text("The plan in a line; left out where nothing is planned."),
            "digest": .text(
                "Names this plan for heal and approve, so that no other one is carried out; left out where nothing is planned.",
                pattern: OpenAPIPattern.digest),
            "liftedBy": .list(
                of: .text(), "The pauses and silences that hold it: it goes on when all of them are lifted; left out where none does."),
        ])

    fileprivate static let prospects = named(
        "Prospects", "What would be done about open incidents, the most urgent first; each after those before it.",
        required: [
            "at": .time("When it was asked."),
            "plans": .list(of: prospect, maxItems: HealingAPI.mostPlans),
            "leftOut": .count("So many more are open of what was asked for."),
        ])

    // MARK: What is taken back

    private static let lastAttempt = line("Its id; left out: the last one that was written and still stands.", maxLength: 100)

    fileprivate static let chosenAttempt = named(
        "ChosenAttempt",
        .oneOf(
            [
                named(
                    "AttemptOfIncident", "An attempt of an incident.",
                    required: ["incident": .filledLine("Its id.", maxLength: 100), "by": asker],
                    optional: ["attempt": lastAttempt]),
                named(
                    "AttemptOnSubject",
                    "An attempt of the last incident of a rule on a subject in which something was changed that still stands.",
                    required: ["rule": .filledLine("The rule."), "subject": subjectName, "by": asker],
                    optional: ["attempt": lastAttempt]),
            ], "An attempt, and who asks."))

    fileprivate static let reverting = named(
        "Reverting", "What is being taken back.",
        required: [
            "incident": .text("The incident's id."),
            "attempt": .text("The attempt's id."),
            "remediation": .text("What the attempt used."),
            "rule": .text("The rule."),
            "subject": .text("The subject."),
            "by": .text("Who asked."),
            "changes": .list(
                of: .object(required: [
                    "field": .text("Which field."),
                    "before": .text("What the attempt left there.").orNull,
                    "after": .text("What is put back.").orNull,
                ]), "What is written."),
        ])

    fileprivate static let resumed = named(
        "Resumed", "Whether a rule acts again.",
        required: ["rule": .text("The rule."), "isReinstated": .flag("Whether it had stepped down, and acts again now.")])
}
