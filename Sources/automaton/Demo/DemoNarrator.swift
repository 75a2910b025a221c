import AutomatonCore
import Engine
import Synchronization

/// Tells on the terminal what happens, as it happens.
final class DemoNarrator: EngineObserver {
    let ink: Ink
    /// What checks could not see when they ran last, so that each is told once.
    private let complaints = Mutex<[CheckID: String]>([:])

    init(ink: Ink) { self.ink = ink }

    enum Colour { case red, green, yellow, blue, grey, bold }

    func observe(_ event: EngineEvent, at instant: Instant) {
        switch event {
        case .incident(let change): tell(change, at: instant)
        case .decided(let decision): tell(decision, at: instant)
        case .escalated(let incident, let why): line("person", .red, "\(short(incident.key)): \(why)", at: instant)
        case .writeFailed(_, let remediation, let why, let known):
            line("trouble", .yellow, "\(remediation): \(why)\(known ? "" : " (it may have happened; read again)")", at: instant)
        case .checked(let id, .failed(let why), _): blind(id, why, at: instant)
        case .checked(let id, .timedOut(let after), _): blind(id, "no answer in \(after.readable)", at: instant)
        case .checked(let id, .ok, _): complaints.withLock { $0[id] = nil }
        case .checked(let id, .waiting(let why), _): blind(id, "waits: \(why)", at: instant)
        case .unknown(_, let subject, let why?): line("unknown", .yellow, "\(subject): \(why)", at: instant)
        case .unknown(_, let subject, nil): line("unknown", .grey, "\(subject) can be told again", at: instant)
        case .noticed(.stormBegan(_, let figures)): line("storm", .red, "\(figures); nothing is begun", at: instant)
        case .noticed(.stormEnded(_, let length)): line("storm", .green, "over after \(length.readable)", at: instant)
        case .noticed(.steppedDown(let rule, let why)): line("person", .red, "rule \(rule) only tells from now on: \(why)", at: instant)
        case .journalFailed(let why?): line("trouble", .red, "the journal cannot be used: \(why)", at: instant)
        case .deposed(let why): line("trouble", .red, "another run has the journal: \(why)", at: instant)
        case .configured, .iteration, .leadership, .stopping, .noticed, .journalFailed, .recalled, .recorded, .measured, .fix, .fixesKept:
            break
        }
    }

    private func blind(_ check: CheckID, _ why: String, at instant: Instant) {
        guard complaints.withLock({ $0.updateValue(why, forKey: check) }) != why else { return }
        line("blind", .yellow, "\(check.check): \(why)", at: instant)
    }

    /// A line of the demo itself.
    func line(_ word: String, _ colour: Colour, _ text: String, at instant: Instant) {
        let time = instant.rfc3339Milli.dropFirst(11).dropLast(3)
        let padded = word + String(repeating: " ", count: max(0, 9 - word.count))
        Terminal.out("\(paint(String(time), .grey))  \(paint(padded, colour)) \(text)")
    }

    private func tell(_ change: IncidentChange, at instant: Instant) {
        let name = short(change.incident.key)
        switch change.kind {
        case .opened: line("detected", .red, "\(name): \(change.incident.cause) (\(change.incident.priority))", at: instant)
        case .priority(let before): line("priority", .yellow, "\(name): \(before) → \(change.incident.priority)", at: instant)
        case .attempted(_, _, let report): line("done", .blue, "\(name): \(report.summary); verifying", at: instant)
        case .verified(_, let remediation, .helped): line("verified", .green, "\(name): \(remediation) helped", at: instant)
        case .verified(_, let remediation, let outcome):
            line("verified", .yellow, "\(name): \(remediation): \(outcome == .worse ? "worse" : "no change")", at: instant)
        case .reverted(_, let remediation): line("reverted", .yellow, "\(name): \(remediation) was taken back", at: instant)
        case .restored(_, let remediation, _): line("restored", .green, "\(name): what \(remediation) changed was put back", at: instant)
        case .closed(.healed):
            line("healed", .green, "\(name) after \((change.at - change.incident.detectedAt).readable)", at: instant)
        case .closed(let ending): line("closed", .grey, "\(name): \(ending.rawValue)", at: instant)
        }
    }

    private func tell(_ decision: Decision, at instant: Instant) {
        let name = short(decision.incident)
        switch decision.choice {
        case .act(_, _, let plan):
            line("act", .blue, "\(name): \(decision.reason)", at: instant)
            for change in plan.changes.prefix(4) {
                line("", .blue, "  \(change.field): \(change.before ?? "unset") → \(change.after ?? "unset")", at: instant)
            }
            if plan.changes.count > 4 { line("", .blue, "  and \(plan.changes.count - 4) more", at: instant) }
        case .wouldAct, .askApproval: line("would", .blue, "\(name): \(decision.reason)", at: instant)
        case .hold: line("hold", .grey, "\(name): \(decision.reason)", at: instant)
        case .revert, .restore, .escalate: line("next", .yellow, "\(name): \(decision.reason)", at: instant)
        case .tellPerson: break
        }
    }

    private func short(_ key: IncidentKey) -> String { "\(key.rule) \(key.subject.kind.rawValue)/\(key.subject.name)" }

    private func paint(_ text: String, _ colour: Colour) -> String {
        switch colour {
        case .red: ink.red(text)
        case .green: ink.green(text)
        case .yellow: ink.yellow(text)
        case .blue: ink.blue(text)
        case .grey: ink.grey(text)
        case .bold: ink.bold(text)
        }
    }
}
