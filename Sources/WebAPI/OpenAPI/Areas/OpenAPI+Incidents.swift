internal import HTTPTypes

/// The history of incidents.
extension OpenAPIOperation {
    static let incidents = [
        OpenAPIOperation(
            .reading, .get, "incidents", id: "incidents", "The history of incidents, the latest first",
            parameters: [
                .limit("At most so many.", most: 1000, default: 50),
                .query(
                    "cursor", "nextCursor of an earlier answer, as it came.", .text(pattern: "^[0-9]{1,18}~[0-9A-Za-z-]{1,64}$")),
                .query("status", "Only these.", .incidentStatus()),
                .query("open", "Only those that are open, or those that are over.", .flag()),
                .rule(),
                .subject(),
                .query("namespace", "Only of this namespace.", .line(maxLength: 253)),
                .query("severity", "Only these.", .severity()),
                .since("Detected then or later: a time, or how long ago."),
            ],
            answers: [.ok("A page.", .incidents)]),
        OpenAPIOperation(
            .reading, .get, "incidents/{id}", id: "incident", "One incident, with what was tried, logs and events",
            parameters: [.id],
            answers: [.ok("The incident.", .incidentAnswer)]),
        OpenAPIOperation(
            .changing, .delete, "incidents/old", id: "forget", "Drop incidents that were over so long ago",
            parameters: [
                .query("hours", "Incidents that were over so many hours ago.", .whole(in: 1...87_600), isRequired: true)
            ],
            answers: [.ok("How many were dropped.", .forgotten)]),
    ]
}

extension OpenAPISchema {
    fileprivate static func incidentStatus(_ description: String? = nil) -> OpenAPISchema {
        word(["detected", "healing", "healed", "failed"], description)
    }

    fileprivate static func severity(_ description: String? = nil) -> OpenAPISchema {
        word(["critical", "high", "medium", "warning"], description)
    }

    static let change = named(
        "Change", "A field with its value before and after.",
        required: [
            "field": .text("Which field."),
            "before": .text("Its value before; null when it was unset.").orNull,
            "after": .text("Its value after; null when it was unset.").orNull,
        ])

    private static let attempt = named(
        "Attempt", "Something that was tried.",
        required: [
            "id": .text("Names it."),
            "remediation": .text("What was used: raise-memory."),
            "at": .time("When it was authorised."),
            "summary": .text("What was planned, in a line."),
            "changes": .list(of: change, "What it changed, the first of it."),
            "changesLeftOut": .count("So many more changes there were."),
            "writtenAt": .time("When it was written; null when it was not, or nobody knows.").orNull,
            "outcome": .word(["helped", "noChange", "worse"], "Null while it is not known.").orNull,
            "undoneAt": .time("When it was taken back or put back; null when it was not.").orNull,
        ])

    private static let objectEvent = named(
        "ObjectEvent", "An event of the subject, or of its pods, as the cluster has it.",
        required: [
            "at": .time("When it was last seen."),
            "type": .text("Normal or Warning."),
            "reason": .text("BackOff."),
            "note": .text("What it says, without secrets."),
            "count": .count("How often it was seen."),
            "about": .text("What it is about: pod/email-7c9-x2."),
        ])

    private static let incident = named(
        "Incident", "An incident of the history. Every field is always there; what is not known is null.",
        required: [
            "id": .text("Names it."),
            "podName": .text("The pod on which the worst was seen.").orNull,
            "namespace": .text("The subject's namespace; empty for what has none."),
            "containerName": .text("The container, where there is one.").orNull,
            "restartCount": .whole("Restarts of that container when it was seen last.").orNull,
            "reason": .text("The worst reason in the world's own word: OOMKilled.").orNull,
            "message": .text("What the world said, or why it is an incident, in a line."),
            "exitCode": .whole("How the process ended, where one did.").orNull,
            "detectedAt": .time("When it was first seen."),
            "healedAt": .time("Since when it is well; null while it is not.").orNull,
            "aiSummary": .text(
                "What happened, what is likely to be behind it, what to do next: plain text, somebody else's words."
            ).orNull,
            "emailSent": .flag("Whether an e-mail about it was sent."),
            "status": .incidentStatus("How far it is."),
            "severity": .severity("How bad it looks to people."),
            "priority": .priority("How urgent the rule holds it to be."),
            "rule": .text("The rule."),
            "subject": .text("Its subject: production/deployment/email-service."),
            "cause": .text("Why it is an incident, in a line."),
            "attempts": .list(of: attempt, "What was tried, oldest first."),
            "personTold": .text("Why a person was told; null when nobody was.").orNull,
            "closedAt": .time("When it was over; null while it is open.").orNull,
            "durationSeconds": .number("How long it lasted, in seconds; null while it is open.").orNull,
            "ending": .word(["healed", "recovered", "gone", "ruleRemoved"], "How it ended; null while it is open.").orNull,
            "log": .list(of: .text(), "The last lines of the container that ended, without secrets; null in lists.").orNull,
            "logOf": .text("Whose lines they are.").orNull,
            "logMissing": .text("Why there are none.").orNull,
            "events": .list(of: objectEvent, "Recent events; null in lists.").orNull,
            "eventsMissing": .text("Why there are none.").orNull,
            "node": .text("The node on which it was seen.").orNull,
            "explainedBy": .text("The incident that explains this one.").orNull,
            "explains": .list(of: .text(), "The incidents that this one explains, as far as they are remembered."),
            "updatedAt": .time("When it was last changed."),
        ])

    fileprivate static let incidents = named(
        "Incidents", "A page of the history, the latest first.",
        required: [
            "success": success,
            "incidents": .list(of: incident),
            "total": .count("How many there are on all pages."),
        ],
        optional: ["nextCursor": .text("Names the next page (?cursor=); left out on the last one.")])

    fileprivate static let incidentAnswer = named(
        "IncidentAnswer", "One incident.",
        required: ["success": success, "incident": incident])

    fileprivate static let forgotten = named(
        "Forgotten", "What was dropped.",
        required: ["success": success, "deleted": .count("How many incidents were dropped.")])
}
