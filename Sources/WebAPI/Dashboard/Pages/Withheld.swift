internal import AutomatonCore
internal import Engine

/// What the automaton is not doing, and why: everything that holds it back, the widest first.
struct Withheld: Sendable {
    struct Line: Sendable {
        var tone: Tone
        var text: HTML
    }

    let lines: [Line]

    init(_ glance: Glance) {
        let moments = Moments(now: glance.at)
        lines =
            Self.automaton(glance) + Self.asked(glance, moments) + Self.sight(glance, moments) + Self.incidents(glance)
            + Self.rules(glance, moments)
    }

    private static func line(_ tone: Tone, @HTMLBuilder _ text: () -> HTML) -> Line { Line(tone: tone, text: text()) }

    /// What holds for everything.
    private static func automaton(_ glance: Glance) -> [Line] {
        var lines: [Line] = []
        if let why = glance.notLeading { lines.append(line(.idle) { "Acting: another process leads (\(why))" }) }
        if let why = glance.standDown { lines.append(line(.warn) { "Anything new: \(why)" }) }
        if glance.policy.dryRun { lines.append(line(.warn) { "Changing anything: it runs dry, plans are only shown" }) }
        if glance.policy.isPaused { lines.append(line(.warn) { "Anything new: PAUSE is true in the configuration" }) }
        for (place, storm) in glance.storms.sorted(by: { $0.key < $1.key }) {
            lines.append(line(.warn) { "Anything in \(place == "*" ? "any namespace" : place): a storm, \(storm.figures)" })
        }
        return lines
    }

    /// What people asked for.
    private static func asked(_ glance: Glance, _ moments: Moments) -> [Line] {
        glance.suspensions.map { suspension in
            line(suspension.rule == nil && suspension.subject == nil ? .warn : .idle) {
                "\(suspension.scope): \(suspension.kind == .pause ? "paused" : "silenced") by \(suspension.by) "
                if let until = suspension.until { "until " + moments.clockText(until) } else { "until it is lifted" }
                " "
                tag("a", .href(.lift(suspension.id))) { "Lift…" }
            }
        }
    }

    private static func sight(_ glance: Glance, _ moments: Moments) -> [Line] {
        glance.blind.map { check, why in line(.warn) { "Judging by \(check.description): it cannot see, \(why)" } }
            + glance.waiting.map { check, why in line(.idle) { "Judging by \(check.description): it waits, \(why)" } }
            + glance.unobserved.filter { check in !(glance.blind + glance.waiting).contains { $0.check == check } }.map { check in
                line(.idle) { "Judging by \(check.description): its first look is not complete" }
            }
    }

    /// Open incidents by what holds them.
    private static func incidents(_ glance: Glance) -> [Line] {
        var held: [Decision.Guard: [Glance.Open]] = [:]
        for open in glance.incidents {
            guard let hold = open.standing.hold, hold != .inFlight, hold != .delay else { continue }
            held[hold, default: []].append(open)
        }
        let order = Dictionary(uniqueKeysWithValues: Decision.Guard.allCases.enumerated().map { ($1, $0) })
        return held.sorted { (order[$0.key] ?? 0) < (order[$1.key] ?? 0) }.map { hold, open in
            line(hold.tone) {
                let names = Set(open.map(\.incident.key.subject.name)).sorted()
                "\(names.prefix(2).joined(separator: ", "))\(names.count > 2 ? " and \(names.count - 2) more" : ""): \(hold.words)"
            }
        }
    }

    /// Rules that do less than they could.
    private static func rules(_ glance: Glance, _ moments: Moments) -> [Line] {
        let steppedDown = glance.efficacies.sorted { $0.key < $1.key }.compactMap { name, efficacy in
            efficacy.steppedDownAt.map { since in
                line(.warn) {
                    tag("a", .href(.rule(name))) { name }
                    ": only tells since "
                    moments.clockTime(since)
                    ", its attempts did not help"
                }
            }
        }
        let observing = glance.rules.filter { $0.mode == .observe }.map(\.name)
        let idle = glance.idle.map(\.rule)
        var lines = steppedDown
        if !observing.isEmpty { lines.append(line(.idle) { "\(observing.joined(separator: ", ")): in mode observe" }) }
        if !idle.isEmpty {
            lines.append(
                line(.idle) {
                    tag("a", .href(WebPath("/rules", fragment: "idle"))) { counted(idle.count, "rule") }
                    " not in force: nothing says where what they watch is"
                })
        }
        return lines
    }
}

extension Suspension {
    /// What it is about, in words.
    var scope: String {
        switch (rule, subject) {
        case (nil, nil): "Everything"
        case (let rule?, nil): "Rule \(rule)"
        case (nil, let subject?): subject.description
        case (let rule?, let subject?): "Rule \(rule) on \(subject)"
        }
    }
}
