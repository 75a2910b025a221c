import AutomatonCore
import Engine
import WebAPI

/// What was shown, and what became of it, for scripts.
struct HealedReport: Encodable {
    /// What became of one plan.
    struct Result: Encodable {
        enum Outcome: String, Encodable {
            /// It was written; whether it helps shows within the rule's time.
            case done
            /// It was written before, by this rule or for the same subject; whether it helps shows within that rule's time.
            case underway
            /// It was shown, nothing was changed (dry run, mode `observe`).
            case shown
            /// The incident ended before.
            case over
            /// A guard, the remediation or the world said no; or the plan was another one by then.
            case held
            /// Not known within the time.
            case unknown
        }

        var rule: String
        var subject: String
        var outcome: Outcome
        /// What was done, or why not.
        var text: String

        var isDone: Bool {
            switch outcome {
            case .done, .underway, .over, .shown: true
            case .held, .unknown: false
            }
        }
    }

    var at: Timestamp
    var plans: [ProspectReport]
    var leftOut: Int
    var results: [Result]

    init(_ report: ProspectsReport, _ results: [Result]) {
        (at, plans, leftOut) = (report.at, report.plans, report.leftOut)
        self.results = results
    }
}

/// Asks a running automaton to heal what it planned, and follows what becomes of it by what it decides.
struct Healing {
    /// An open incident, and the plan that a person saw.
    struct Target {
        var rule: String
        var subject: String
        /// Nil where whatever is planned may be done.
        var digest: String?
    }

    let client: APIClient
    let by: String
    /// What was decided before it was asked for says nothing.
    let since: Instant
    /// Until when is waited.
    let end: ContinuousClock.Instant

    /// What the automaton answered.
    enum Asked {
        case hurried
        case confirmed
        case failed(AskFailure)
    }

    /// Asks that it does not wait; what waits to be confirmed is confirmed.
    /// - Parameter hold: the guard that says no to it by now.
    func ask(_ target: Target, heldBy hold: String?) async -> Asked {
        if hold == Decision.Guard.approval.rawValue { return await confirm(target) }
        do throws(AskFailure) {
            let _: HealReport = try await client.post("heal", fields(target))
            return .hurried
        } catch {
            return .failed(error)
        }
    }

    /// Confirms what waits for it.
    func confirm(_ target: Target) async -> Asked {
        do throws(AskFailure) {
            try await approve(target)
            return .confirmed
        } catch {
            return .failed(error)
        }
    }

    private func approve(_ target: Target) async throws(AskFailure) {
        let _: ApprovedReport = try await client.post("approve", fields(target))
    }

    private func fields(_ target: Target) -> [(String, String?)] {
        [("rule", target.rule), ("subject", target.subject), ("by", by), ("plan", target.digest)]
    }

    /// Waits until it is written, held or over.
    func follow(_ target: Target, _ asked: Asked) async -> HealedReport.Result {
        func result(_ outcome: HealedReport.Result.Outcome, _ text: String) -> HealedReport.Result {
            HealedReport.Result(rule: target.rule, subject: target.subject, outcome: outcome, text: text)
        }
        if case .failed(let failure) = asked { return result(.held, failure.text) }
        // Of what is asked from now on the first is what was shown, where it was not asked before; another one is a plan that changed.
        var toConfirm = if case .hurried = asked { 1 } else { 0 }
        var confirmed = 0
        return await looking(at: target, "nothing was heard of it yet") { last throws(AskFailure) in
            var questions = 0
            for entry in try await entries(of: target, rule: target.rule, since: since) {
                switch entry.kind {
                case "attempted": return result(.done, entry.text)
                case "would_act": return result(.shown, entry.text)
                case "closed": return result(.over, entry.word)
                case "ask_approval":
                    questions += 1
                    if questions <= confirmed { continue }
                    guard toConfirm > 0 else { return result(.held, entry.text) }
                    try await approve(target)
                    (toConfirm, confirmed) = (0, questions)
                case "hold" where toConfirm == 0 && entry.word == Decision.Guard.approval.rawValue: last = entry.text
                case "hold" where !Self.isPassing(entry.word): return result(.held, entry.text)
                case "tell_person": return result(.held, entry.text)
                case "hold", "act", "escalate": last = entry.text
                default: break
                }
            }
            return nil
        }
    }

    /// So far back an attempt is looked for that may be at work still.
    private static let longestAttempt: Duration = .hours(24)

    /// Follows what was begun before anybody asked, on the same subject: it is underway as soon as it is known to be written.
    /// - Parameter reason: why nothing else is begun.
    func watch(_ target: Target, _ reason: String) async -> HealedReport.Result {
        func result(_ outcome: HealedReport.Result.Outcome, _ text: String) -> HealedReport.Result {
            HealedReport.Result(rule: target.rule, subject: target.subject, outcome: outcome, text: text)
        }
        return await looking(at: target, reason) { last throws(AskFailure) in
            var written: [TrailReport] = []
            for entry in try await entries(of: target, rule: nil, since: since - Self.longestAttempt) {
                switch entry.kind {
                case "attempted": written.append(entry)
                case "verified", "reverted": written.removeAll { $0.attempt == entry.attempt }
                default: break
                }
                guard entry.rule == target.rule, entry.at.instant >= since else { continue }
                switch entry.kind {
                case "closed": return result(.over, entry.word)
                case "tell_person": return result(.held, entry.text)
                case "hold" where !Self.isPassing(entry.word): return result(.held, entry.text)
                case "hold": last = entry.text
                default: break
                }
            }
            return written.last.map { result(.underway, $0.rule == target.rule ? $0.text : "rule \($0.rule): \($0.text)") }
        }
    }

    /// Looks until something is known, as long as is waited.
    private func looking(
        at target: Target, _ first: String, _ look: (inout String) async throws(AskFailure) -> HealedReport.Result?
    ) async -> HealedReport.Result {
        var last = first
        repeat {
            do throws(AskFailure) {
                if let result = try await look(&last) { return result }
            } catch {
                if error.code != .unreachable {
                    return HealedReport.Result(rule: target.rule, subject: target.subject, outcome: .held, text: error.text)
                }
                // It may be busy; the time is bounded.
                last = error.text
            }
            try? await Task.sleep(for: .milliseconds(300))
        } while ContinuousClock.now < end && !Task.isCancelled
        return HealedReport.Result(rule: target.rule, subject: target.subject, outcome: .unknown, text: last)
    }

    /// Whether after a guard's no the attempt still goes on by itself, or the no says what is known.
    static func isPassing(_ hold: String) -> Bool { passing.contains(hold) }

    private static let passing: Set<String> = Set([Decision.Guard.delay, .inFlight, .backoff, .recovered].map(\.rawValue))

    private func entries(of target: Target, rule: String?, since: Instant) async throws(AskFailure) -> [TrailReport] {
        let report: DecisionsReport = try await client.get(
            "decisions", [("since", since.rfc3339Milli), ("rule", rule), ("subject", target.subject), ("limit", "200")])
        return report.decisions
    }
}
