internal import HTTPTypes

/// What is kept of attempts that helped.
extension OpenAPIOperation {
    static let fixes = [
        OpenAPIOperation(
            .readingOfLeader, .get, "fixes", id: "fixes", "What is kept of attempts that helped, and whether it holds",
            parameters: [.subject("Only of these: KIND/NAME or NAMESPACE/KIND/NAME.")],
            answers: [.ok("Sorted by workload.", .fixes)]),
        OpenAPIOperation(
            .changing, .post, "fixes", id: "keepFix", "Keep a value as desired; what is kept already and is newer stays",
            body: Body("The fix, its fields as fixes.yaml has them, and who.", .newFix),
            answers: [.created("It is kept.", .fixKept), .ok("Another one stays.", .fixKept, header: .location)]),
        OpenAPIOperation(
            .changing, .post, "fixes/apply", id: "applyFixes",
            "Let the incident of what was undone not wait for its delay; every other guard is asked",
            body: Body("Of what, and who.", .chosenSubject),
            answers: [.ok("How it stands.", .healing)]),
        OpenAPIOperation(
            .readingOfLeader, .get, "fixes/{id}", id: "fix", "One fix",
            parameters: [.id],
            answers: [.ok("The fix.", .fix)]),
        OpenAPIOperation(
            .changing, .delete, "fixes/{id}", id: "forgetFix", "Keep it no longer; the workload stays as it is",
            parameters: [.id, .by],
            answers: [.ok("It is kept no longer.", .fixForgotten)]),
    ]
}

/// The fields of a fix, as it is answered; what is sent has a pattern besides.
private enum FixField {
    static let namespace = OpenAPISchema.text("The namespace.")
    static let resource = OpenAPISchema.text("KIND/NAME: deployment/catalog.")
    static let container = OpenAPISchema.text("The container, of memory.")
    static let type = OpenAPISchema.word(["memory", "replicas", "storage"], "Which kind of field.")
    static let value = OpenAPISchema.text("What is kept: the memory limit, the replicas, the size.")
    static let request = OpenAPISchema.text("The memory request that is kept.")
    static let before = OpenAPISchema.text("What the value was before.")
    static let requestBefore = OpenAPISchema.text("What the request was before.")
    static let timestamp = OpenAPISchema.time("When it was seen to help, or was written down.")
    static let rule = OpenAPISchema.text("The rule that it comes from.")
    static let remediation = OpenAPISchema.text("What was used.")
    static let incident = OpenAPISchema.text("The incident that it healed.")
    static let attempt = OpenAPISchema.text("The attempt.")
}

extension OpenAPISchema {
    /// Pods, or a size.
    private static let amount = "^[1-9][0-9]{0,3}(Mi|Gi)?$"
    /// Printable ASCII.
    private static let printable = "^[!-~]{0,200}$"
    private static let workload = "^(deployment|statefulset|daemonset|volume)/\(OpenAPIPattern.labelText)$"

    fileprivate static let newFix = named(
        "NewFix", "A fix that a person wants kept. Container, request and requestBefore are of memory alone.",
        required: [
            "namespace": FixField.namespace.matching(OpenAPIPattern.label),
            "resource": FixField.resource.matching(workload),
            "type": FixField.type,
            "value": FixField.value.matching(amount),
            "timestamp": FixField.timestamp,
            "by": asker,
        ],
        optional: [
            "container": FixField.container.matching(OpenAPIPattern.label),
            "request": FixField.request.matching(amount),
            "before": FixField.before.matching(amount),
            "requestBefore": FixField.requestBefore.matching(amount),
            "imported": .word(["true", "false"], "Taken as it is exported; what is sent is imported in any case."),
            "rule": FixField.rule.matching(printable),
            "remediation": FixField.remediation.matching(printable),
            "incident": FixField.incident.matching(printable),
            "attempt": FixField.attempt.matching(printable),
        ])

    fileprivate static let fix = named(
        "Fix", "A value that helped, and is kept as desired.",
        required: [
            "id": .text("Its name, by which it is forgotten."),
            "namespace": FixField.namespace,
            "resource": FixField.resource,
            "type": FixField.type,
            "value": FixField.value,
            "timestamp": FixField.timestamp,
            "state": .word(
                ["holds", "drifted", "outgrown", "idle", "unknown"],
                "How it stands in the workload, as a rule's check saw it last."),
        ],
        optional: [
            "container": FixField.container,
            "request": FixField.request,
            "before": FixField.before,
            "requestBefore": FixField.requestBefore,
            "imported": .flag(
                "True where a person imported it, or wrote it into the ConfigMap: what follows is what they say. Else left out."),
            "rule": FixField.rule,
            "remediation": FixField.remediation,
            "incident": FixField.incident,
            "attempt": FixField.attempt,
            "detail": .text("The same in words, where there is more to say."),
        ])

    fileprivate static let fixes = named(
        "Fixes", "What is kept.",
        required: ["fixes": .list(of: fix, "Sorted by workload.")],
        optional: ["partial": .text("Why this is not all there is; left out when it is.")])

    fileprivate static let fixKept = named(
        "FixKept", "What became of a fix that was sent.",
        required: [
            "isTaken": .flag("Whether it is what was sent; else what was known is newer, or says the same."), "warnings": warnings,
        ],
        optional: ["fix": fix])

    fileprivate static let fixForgotten = named("FixForgotten", "What is kept no longer.", required: ["forgotten": fix])

    fileprivate static let chosenSubject = named(
        "ChosenSubject", "A workload, and who asks.",
        required: ["subject": subjectName, "by": asker])
}
