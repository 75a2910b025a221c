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

        var isDone: Bool { outcome == .done || outcome == .over || outcome == .shown }
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
    let client: APIClient
    let by: String
    /// Whether nothing else is done than what was shown.
    let isBound: Bool
    /// What was decided before the plans were shown says nothing.
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
    func ask(_ plan: ProspectReport) async -> Asked {
        do throws(AskFailure) {
            if plan.now.hold == Decision.Guard.approval.rawValue {
                try await approve(plan)
                return .confirmed
            }
            let _: HealReport = try await client.post("heal", fields(plan))
            return .hurried
        } catch {
            return .failed(error)
        }
    }

    private func approve(_ plan: ProspectReport) async throws(AskFailure) {
        let _: ApprovedReport = try await client.post("approve", fields(plan))
    }

    private func fields(_ plan: ProspectReport) -> [(String, String?)] {
        [("rule", plan.rule), ("subject", plan.subject), ("by", by), ("plan", isBound ? plan.digest : nil)]
    }

    /// Waits until it is written, held or over.
    func follow(_ plan: ProspectReport, _ asked: Asked) async -> HealedReport.Result {
        func result(_ outcome: HealedReport.Result.Outcome, _ text: String) -> HealedReport.Result {
            HealedReport.Result(rule: plan.rule, subject: plan.subject, outcome: outcome, text: text)
        }
        if case .failed(let failure) = asked { return result(.held, failure.text) }
        // Of what is asked from now on the first is what was shown, where it was not asked before; another one is a plan that changed.
        var toConfirm = if case .hurried = asked { 1 } else { 0 }
        var confirmed = 0
        var last = "nothing was heard of it yet"
        repeat {
            do throws(AskFailure) {
                var questions = 0
                for entry in try await entries(plan) {
                    switch entry.kind {
                    case "attempted": return result(.done, entry.text)
                    case "would_act": return result(.shown, entry.text)
                    case "closed": return result(.over, entry.word)
                    case "ask_approval":
                        questions += 1
                        if questions <= confirmed { continue }
                        guard toConfirm > 0 else { return result(.held, entry.text) }
                        try await approve(plan)
                        (toConfirm, confirmed) = (0, questions)
                    case "hold" where toConfirm == 0 && entry.word == Decision.Guard.approval.rawValue: last = entry.text
                    case "hold" where !Self.passing.contains(entry.word):
                        return result(.held, entry.text)
                    case "tell_person": return result(.held, entry.text)
                    case "hold", "act", "escalate": last = entry.text
                    default: break
                    }
                }
            } catch {
                if error.code != .unreachable { return result(.held, error.text) }
                // It may be busy; the time is bounded.
                last = error.text
            }
            try? await Task.sleep(for: .milliseconds(300))
        } while ContinuousClock.now < end && !Task.isCancelled
        return result(.unknown, last)
    }

    /// Guards after whose no the attempt still goes on by itself, or that say what is known.
    private static let passing: Set<String> = Set([Decision.Guard.delay, .inFlight, .backoff, .recovered].map(\.rawValue))

    private func entries(_ plan: ProspectReport) async throws(AskFailure) -> [TrailReport] {
        let report: DecisionsReport = try await client.get(
            "decisions",
            [("since", since.rfc3339Milli), ("rule", plan.rule), ("subject", plan.subject), ("limit", "200")])
        return report.decisions
    }
}
