internal import HTTPTypes

/// How the automaton is, what it does now, and why.
extension OpenAPIOperation {
    static let looking = [
        OpenAPIOperation(
            .reading, .get, "status", id: "status", "Whether all is well, in a few figures",
            answers: [.ok("How it is.", .status)]),
        OpenAPIOperation(
            .reading, .get, "explain", id: "explain", "What is wrong, what is done about it, and why nothing more is",
            parameters: [
                .subject(),
                .rule("Only what this rule says."),
                .query("healthy", "Also what is watched and has no incident.", .flag()),
                .limit("At most so many incidents.", most: 10_000, default: 500),
            ],
            answers: [.ok("How things stand.", .explanation)]),
        OpenAPIOperation(
            .reading, .get, "decisions", id: "decisions", "What was decided, and why; also the decisions to do nothing",
            parameters: [
                .since("From when on; default an hour ago."),
                .rule(),
                .subject(),
                .limit("At most so many, the latest.", most: 10_000, default: 1000),
            ],
            answers: [.ok("Oldest first.", .decisions)]),
        OpenAPIOperation(
            .reading, .get, "events", id: "events", "Changes as they happen",
            answers: [
                OpenAPIAnswer(
                    status: .ok,
                    description: """
                        Server-sent events without an end: incident (Incident), decision (TrailEntry), state (what changed) and reset \
                        (some were missed: read anew). Last-Event-ID goes on where it was. Where reading is protected, it ends when the \
                        right does.
                        """,
                    mediaType: "text/event-stream", schema: .text())
            ]),
    ]
}

extension OpenAPISchema {
    // MARK: In a few figures

    private static let counts = named(
        "Counts", "How many incidents, by status.",
        required: [
            "detected": .count("Seen, and nothing was changed yet."),
            "healing": .count("An attempt was written."),
            "failed": .count("A person is needed, or it ended unseen."),
            "healed": .count("It is well again."),
        ])

    fileprivate static let status = named(
        "Status", "Whether it is well, what it is doing now, and what it did in the last day.",
        required: [
            "success": success,
            "at": .time("When it was asked."),
            "isLeader": .flag("Whether this process is the one that acts."),
            "isDryRun": .flag("Whether changes are only shown."),
            "blind": .object("Checks that cannot see, with the reason.", others: .each(.text())),
            "storms": .list(of: .text(), "Namespaces in which too many workloads are unhealthy at once; * for all."),
            "open": counts,
            "lastDay": counts,
        ],
        optional: [
            "notLeading": .text("Why it is not, and who is."),
            "standDown": .text("Why nothing new is begun at all."),
            "suspensions": .count("Pauses and silences that hold; left out where this process does not lead."),
        ])

    // MARK: Decisions

    private static let trailEntry = named(
        "TrailEntry", "A decision, or a change of an incident.",
        required: [
            "at": .time("When."),
            "rule": .text("The rule of the incident."),
            "subject": .text("Its subject."),
            "priority": .priority("How urgent it was."),
            "kind": .text("opened, hold, act, would_act, ask_approval, attempted, verified, revert, escalate, tell_person, closed, …"),
            "word": .text(
                "The guard of a hold, the remediation of an attempt, the outcome of a verification; empty where there is none."),
            "text": .text("Why, with figures."),
        ],
        optional: [
            "attempt": .text("The attempt, where there is one."),
            "until": .time("When it is looked at again, where a time is known."),
        ])

    fileprivate static let decisions = named(
        "Decisions", "Decisions and changes of incidents, oldest first.",
        required: [
            "at": .time("When it was asked."),
            "since": .time("From when on."),
            "decisions": .list(of: trailEntry),
            "isCut": .flag("Whether older ones were left out."),
        ],
        optional: ["partial": .text("Why these may not be all: the process that was asked does not lead.")])

    // MARK: The automaton

    private static let storm = named(
        "Storm", "So many are unhealthy at once that nothing is begun.",
        required: [
            "namespace": .text("Where; * for everywhere."),
            "since": .time("Since when."),
            "figures": .text("What was seen."),
        ],
        optional: ["calmSince": .time("Since when they are few enough again.")])

    private static let attemptsMade = count("Attempts whose outcome is known.")
    private static let attemptsThatHelped = count("Of those, the ones that helped.")
    private static let ineffectiveInARow = count("Attempts since the last that helped.")

    private static let steppedDown = named(
        "SteppedDown", "A rule that only tells, since its attempts did not help.",
        required: [
            "rule": .text("The rule."),
            "since": .time("Since when."),
            "attempts": attemptsMade,
            "healed": attemptsThatHelped,
            "ineffectiveInARow": ineffectiveInARow,
        ])

    private static let blindCheck = named(
        "BlindCheck", "A check that cannot see, or waits.",
        required: ["check": .text("The check."), "why": .text("Why.")])

    private static let automaton = named(
        "Automaton", "How the automaton is.",
        required: [
            "isElected": .flag("Whether a leader is elected; if not, this process acts by itself."),
            "leads": .flag("Whether this process is the one that acts."),
            "isDryRun": .flag("Plans are made and shown, nothing is changed."),
            "storms": .list(of: storm),
            "suspensions": .list(of: .suspension),
            "steppedDown": .list(of: steppedDown),
            "blind": .list(of: blindCheck),
            "unobserved": .list(of: .text(), "Checks that have not seen everything yet."),
        ],
        optional: [
            "notLeading": .text("Why it does not, and who does."),
            "standsDown": .text("Why nothing new is begun at all."),
            "waiting": .list(
                of: blindCheck, "Checks that can tell nothing for now though nothing is wrong; left out when there are none."),
        ])

    // MARK: Incidents, and what has none

    private static let openIncident = named(
        "OpenIncident", "An open incident.",
        required: [
            "rule": .text("The rule."),
            "subject": .text("What is mended."),
            "priority": .priority("How urgent it is."),
            "cause": .text("Why it is one, with figures."),
            "attempts": .count("Attempts made in this incident."),
            "now": .standing,
            "trail": .list(of: trailEntry, "Since it was detected, oldest first."),
            "trailLeftOut": .count("So many were left out in the middle."),
        ],
        optional: [
            "detectedAt": .time("When it was first seen unhealthy."),
            "observedAt": .time("When that was observed."),
            "observed": .text("What was observed, where that is something else than what is mended."),
        ])

    private static let pastIncident = named(
        "PastIncident", "An incident that is over.",
        required: [
            "rule": .text("The rule."),
            "subject": .text("What was mended."),
            "priority": .priority("How urgent it was at the end."),
            "closedAt": .time("When its end was told."),
            "ending": .text("healed, recovered, gone or ruleRemoved."),
            "attempts": .count("Attempts made in it."),
            "trail": .list(of: trailEntry),
            "trailLeftOut": .count("So many were left out in the middle."),
        ],
        optional: [
            "quiet": .text("Why the rule would not act at once if it came back."),
            "quietUntil": .time("Until when that holds."),
        ])

    private static let rule = named(
        "Rule", "A rule, and how it did.",
        required: [
            "rule": .text("Its name."),
            "check": .text("The check that it judges."),
            "mode": .word(["observe", "approve", "auto"], "How it acts."),
            "remediations": .list(of: .text(), "In the order in which they are tried."),
            "attempts": attemptsMade,
            "healed": attemptsThatHelped,
            "ineffectiveInARow": ineffectiveInARow,
        ])

    private static let judgement = named(
        "Judgement", "What a rule makes of what was seen.",
        required: ["rule": .text("The rule."), "verdict": .word(["healthy", "unhealthy", "unknown"], "Its verdict.")],
        optional: [
            "mends": .text("What it would mend, where that is something else."),
            "why": .text("Why it is unknown."),
        ])

    private static let watched = named(
        "Watched", "Something that is watched and has no incident.",
        required: [
            "subject": .text("What a check reports on."),
            "check": .text("The check."),
            "seenAt": .time("When it was seen last."),
            "seen": .text("What was seen, in a line."),
            "rules": .list(of: judgement),
        ])

    private static let silent = named(
        "Silent", "A check that names only what is unwell, and says nothing of the subject that was asked for.",
        required: ["check": .text("The check."), "rules": .list(of: .text(), "The rules that judge it.")],
        optional: ["seenAt": .time("When it saw last; left out when it has not seen everything yet.")])

    fileprivate static let explanation = named(
        "Explanation", "What the automaton does now, about each incident, and why.",
        required: [
            "at": .time("When it was asked."),
            "automaton": automaton,
            "incidents": .list(of: openIncident, "The most urgent first."),
            "incidentsLeftOut": .count("So many more were asked for than are told."),
            "recent": .list(of: pastIncident, "The last incidents of what was asked for that are over, the latest first."),
            "watched": .list(of: watched),
            "watchedLeftOut": .count("So many more were asked for than are told."),
            "silent": .list(of: silent),
        ],
        optional: [
            "rule": rule,
            "unmatched": .text("Why there is nothing of what was asked for, and what is known instead."),
        ])
}
