import AutomatonCore
import Engine
import WebAPI

/// What `automaton health` saw, for scripts.
struct LookReport: Encodable {
    /// What all of it comes to. What one look cannot tell does not count.
    enum Verdict: String, Encodable { case healthy, unhealthy, unknown }

    /// What a rule says.
    struct OfRule: Encodable {
        /// Something that its check reported.
        struct Sight: Encodable {
            var subject: String
            /// What would be mended, where that is something else.
            var mends: String?
            /// `healthy`, `unhealthy` or `unknown`.
            var verdict: Verdict
            /// Of something unhealthy.
            var priority: String?
            /// The figures and reasons, or why it is unknown.
            var seen: String
            /// What was measured.
            var figures: [Measured] = []
        }

        /// A figure, and the bounds that the rule has for it.
        struct Measured: Encodable {
            var name: String
            var value: Double
            /// Left out for a plain count.
            var unit: String?
            /// Above this it is unhealthy.
            var above: Double?
            /// Below this it is unhealthy.
            var below: Double?
        }

        var rule: String
        var check: String
        /// Nil when one look does not tell: nothing was seen, and that says nothing.
        var verdict: Verdict?
        /// Why its check could not look.
        var why: String?
        /// What would mend that.
        var hint: String?
        /// How many of what it watches are well; nil when it could not look, or one look does not tell.
        var healthy: Int?
        /// What these are, for people: `workloads`.
        var kinds: String
        /// What its tiers ask for that one look does not tell.
        var untold: [String]
        /// The worst first.
        var sights: [Sight]
    }

    /// A rule that is not in force.
    struct Idle: Encodable {
        var rule: String
        /// Environment variables of which one has to be set.
        var needs: [String]
    }

    var at: Timestamp
    var cluster: String
    /// Nil for all.
    var namespace: String?
    var seconds: Double
    var verdict: Verdict
    var rules: [OfRule]
    var notInForce: [Idle]
    /// Why workloads that rules find by a label were not found.
    var missing: [String]
    /// Whether nothing at all was seen: then nothing is known, also not that all is well.
    var isEmpty: Bool
}

extension LookReport {
    /// - Parameter subject: only what is about this; nil for all.
    init(
        _ look: Look, idle: [Ruleset.Idle], of subject: SubjectFilter?, cluster: String, namespace: String?, took: Duration
    ) {
        at = Timestamp(look.at)
        (self.cluster, self.namespace) = (cluster, namespace)
        seconds = Double((took.inSeconds * 100).rounded()) / 100
        rules = look.rules.map { OfRule($0, of: subject) }
        notInForce = idle.map { Idle(rule: $0.rule, needs: $0.needs) }
        missing = look.missing
        let verdicts = rules.compactMap(\.verdict)
        isEmpty = rules.allSatisfy { $0.sights.isEmpty && ($0.healthy ?? 0) == 0 && $0.why == nil }
        verdict =
            verdicts.contains(.unhealthy) ? .unhealthy : verdicts.contains(.unknown) || isEmpty || verdicts.isEmpty ? .unknown : .healthy
    }
}

extension LookReport.OfRule {
    fileprivate init(_ look: Look.OfRule, of subject: SubjectFilter?) {
        rule = look.rule.name
        check = look.rule.check.description
        why = look.blind
        hint = look.blind.flatMap { Self.hint($0) }
        untold = look.untold
        sights = look.sights.filter { sight in
            subject.map { filter in filter.matches(sight.finding.subject) || sight.mends.map { filter.matches($0) } ?? false } ?? true
        }.map { Sight($0) }
        if look.blind != nil {
            verdict = .unknown
        } else if sights.contains(where: { $0.verdict == .unhealthy }) {
            verdict = .unhealthy
        } else if sights.contains(where: { $0.verdict == .unknown }) {
            verdict = .unknown
        } else {
            verdict = look.isTold ? .healthy : nil
        }
        healthy = look.isTold ? (subject == nil ? look.healthy : sights.count { $0.verdict == .healthy }) : nil
        kinds = Self.words(look.kinds)
    }

    private static func words(_ kinds: Set<Subject.Kind>) -> String {
        if kinds.isSubset(of: Set<Subject.Kind>.workloads) { return "workloads" }
        guard kinds.count == 1, let kind = kinds.first else { return "subjects" }
        return kind == .consumerGroup ? "consumer groups" : "\(kind.rawValue)s"
    }

    /// What would mend that a check cannot look.
    private static func hint(_ why: String) -> String? {
        if why.contains("grant verb") { return "'automaton rbac' prints the Role that grants it" }
        if why.hasPrefix("no answer within") { return "--timeout gives it longer" }
        return nil
    }
}

extension LookReport.OfRule.Sight {
    fileprivate init(_ sight: Look.Sight) {
        subject = sight.finding.subject.description
        mends = sight.mends.flatMap { $0 == sight.finding.subject ? nil : $0.description }
        seen = sight.seen
        switch sight.verdict {
        case .healthy: verdict = .healthy
        case .unhealthy(let urgency): (verdict, priority) = (.unhealthy, urgency.description)
        case .unknown(let why): (verdict, seen) = (.unknown, why)
        }
        // JSON has no word for what is no number.
        figures = sight.measured.filter { $0.figure.value.isFinite }.map {
            LookReport.OfRule.Measured(
                name: $0.figure.name, value: $0.figure.value, unit: $0.figure.unit.isEmpty ? nil : $0.figure.unit, above: $0.above,
                below: $0.below)
        }
    }
}
