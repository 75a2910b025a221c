import AutomatonCore

/// The arithmetic of a workload's replicas: what is asked for, held against every bound.
struct ReplicaGoal: Hashable, Sendable {
    /// What a rule asks for.
    enum Request: Hashable, Sendable {
        /// Enough for a figure, at so much of it a replica. Never lowers.
        case perReplica(Double, figure: Figure)
        /// This many. Never lowers.
        case to(Int)
        /// More (or, when negative, fewer) than there are.
        case step(Int)
    }

    /// The most or the fewest replicas that may be set, and who says so: `MAX_REPLICAS (10)`.
    struct Bound: Hashable, Sendable {
        var count: Int
        var source: String
    }

    /// How it comes out.
    enum Outcome: Hashable, Sendable {
        case goal(ReplicaGoal)
        case refused(String)
    }

    let before: Int
    let after: Int
    /// What kept the number lower (scaling up) or higher (scaling down) than asked for; nil when nothing did.
    let boundBy: Bound?

    /// Holds a request against its bounds.
    /// - Parameters:
    ///   - subject: For the texts.
    ///   - present: At least 1.
    ///   - most: Must not be empty; the lowest counts.
    ///   - fewest: Must not be empty; the highest counts, but never above the lowest of `most`.
    static func reach(_ request: Request, for subject: String, present: Int, most: [Bound], fewest: [Bound]) -> Outcome {
        guard let upper = most.min(by: { $0.count < $1.count }), let lower = fewest.max(by: { $0.count < $1.count }) else {
            return .refused("\(subject) has no bounds")
        }
        let wanted = request.wanted(present)
        if case .step(..<0) = request { return lowered(to: wanted, for: subject, present, upper, lower) }
        let goal = min(max(wanted, lower.count), upper.count)
        if goal > present { return .goal(ReplicaGoal(before: present, after: goal, boundBy: wanted > upper.count ? upper : nil)) }
        if wanted > present { return .refused("\(subject) has \(replicas(present)) already: no more than \(upper.source)") }
        switch request {
        case .perReplica(let share, let figure):
            return .refused(
                "\(subject) has \(replicas(present)) already, enough for \(figure.summary) at \(number(share)) a replica: more would not help"
            )
        case .to(let count):
            return .refused("\(subject) has \(replicas(present)), and the rule asks for \(count): it lowers them with a negative step only")
        case .step: return .refused("\(subject) has \(replicas(present)), and the rule asks for no more")
        }
    }

    private static func lowered(to wanted: Int, for subject: String, _ present: Int, _ upper: Bound, _ lower: Bound) -> Outcome {
        let goal = max(wanted, lower.count)
        guard goal < present else { return .refused("\(subject) has \(replicas(present)): no fewer than \(lower.source)") }
        guard goal <= upper.count else {
            return .refused("\(subject) has \(replicas(present)), and would still have more than \(upper.source): somebody else set them")
        }
        return .goal(ReplicaGoal(before: present, after: goal, boundBy: wanted < lower.count ? lower : nil))
    }

    /// `1 replica`, `6 replicas`.
    static func replicas(_ count: Int) -> String { count == 1 ? "1 replica" : "\(count) replicas" }

    /// `3500`, `0.5`.
    static func number(_ value: Double) -> String { String(Figure("", value).summary.dropFirst()) }
}

extension ReplicaGoal.Request {
    /// More than anybody has; keeps the arithmetic within an Int.
    private static var most: Double { 1_000_000 }

    /// The number asked for, before any bound.
    fileprivate func wanted(_ present: Int) -> Int {
        switch self {
        case .perReplica(let share, let figure):
            let quotient = min(figure.value / share, Self.most)
            // What the division of two decimal fractions leaves behind the point is not a reason for one more replica.
            return Int(max((quotient - quotient * 1e-12).rounded(.up), 0))
        case .to(let count): return count
        case .step(let step): return present + step
        }
    }
}
