import AutomatonCore

/// The revisions of a Deployment, and whether the present one is to blame for a trouble.
struct RolloutHistory {
    /// Where to go back to, or why not.
    enum Step: Hashable {
        case to(Revision)
        case refused(String)
    }

    /// A revision whose pods have run for so long without an end is not to blame for what came later.
    static let proof: Duration = .minutes(10)
    /// A revision that was made so soon after an attempt is that attempt's own work.
    private static let own: Duration = .minutes(2)
    /// How far the clocks of the API server and of the automaton may be apart.
    private static let skew: Duration = .seconds(30)
    /// What changes no template, or nothing of it that counts.
    private static let harmless: Set<String> = [Scale.name, RolloutRestart.name, CleanLogs.name]

    /// The revision of the present template.
    let present: Revision
    /// It and the ones before it that differ by nothing but a rollout restart.
    private let same: [Revision]
    /// The ones before, newest first.
    private let older: [Revision]

    /// Nil when the newest revision is not the present one: its controller has not made it, or not numbered it, yet.
    /// - Parameter revisions: Newest first.
    init?(_ revisions: [Revision]) {
        guard let newest = revisions.first, newest.isCurrent else { return nil }
        present = newest
        same = Array(revisions.prefix(while: \.isAlike))
        older = Array(revisions.dropFirst(same.count))
    }

    /// When its template was new.
    private var madeAt: Instant { same.map(\.createdAt).min() ?? present.createdAt }

    /// Decides on going back to the revision before.
    /// - Parameters:
    ///   - evidence: What is wrong with the Deployment.
    ///   - stamps: The attempts made on it.
    func stepBack(
        from subject: Subject, troubled evidence: Evidence, stamps: [Stamp], within: Duration, at now: Instant
    ) -> Step {
        guard let target = older.first else {
            return .refused("\(present.name) is its first: there is no revision to go back to")
        }
        if target.createdAt > madeAt {
            return .refused(
                "\(present.name) is itself a step back, to what ReplicaSet \(present.replicaSet) has kept since \(madeAt.rfc3339): "
                    + "\(target.name) is newer")
        }
        if let why = otherPods(subject, evidence) { return .refused(why) }
        let began = evidence.reasons.compactMap(\.since).min() ?? now
        if min(began, now) - madeAt > within {
            return .refused(
                "\(present.name) has been in force since \(madeAt.rfc3339), longer than \(within.readable) before the trouble: "
                    + "it is not the revision's fault")
        }
        if let why = proof(at: now) { return .refused(why) }
        let maker = stamps.last { stamp in
            !Self.harmless.contains(stamp.remediation) && stamp.at - Self.skew <= madeAt && madeAt <= stamp.at + Self.own
        }
        if let maker {
            return .refused(
                "\(present.name) was made by \(maker.remediation) of rule \(maker.rule) at \(maker.at.rfc3339), not by a release")
        }
        if let undone = stamps.last(where: { $0.remediation == RolloutUndo.name && $0.at > madeAt }) {
            return .refused("\(present.name) was left once, by rule \(undone.rule) at \(undone.at.rfc3339), and came back")
        }
        return .to(target)
    }

    /// Why the trouble is not that of the present revision's pods; nil when it may be.
    private func otherPods(_ subject: Subject, _ evidence: Evidence) -> String? {
        let pods = Set(evidence.reasons.map(\.part).filter { $0.hasPrefix("\(subject.name)-") })
        guard !pods.isEmpty else { return nil }
        // A pod's name is that of its ReplicaSet, cut where it leaves no room for the five characters at its end.
        let prefixes = same.map { String("\($0.replicaSet)-".prefix(58)) }
        if pods.contains(where: { pod in prefixes.contains { pod.hasPrefix($0) } }) { return nil }
        return "the pods in trouble (\(pods.sorted().prefix(3).joined(separator: ", "))) are not those of \(present.name)"
    }

    /// Why the present revision is known to work; nil when it is not.
    private func proof(at now: Instant) -> String? {
        if let since = same.compactMap(\.readySince).min(), now - since >= Self.proof {
            return "a pod of \(present.name) has been ready since \(since.rfc3339): it is not the revision's fault"
        }
        if let run = same.compactMap(\.firstRun).max(), run >= Self.proof {
            return "a pod of \(present.name) ran for \(run.readable) before the trouble: it is not the revision's fault"
        }
        return nil
    }
}

extension Revision {
    /// `revision 3`.
    var name: String { "revision \(number)" }

    /// `revision 3 (registry.example.com/email:2.5.0)`.
    var text: String {
        guard !images.isEmpty else { return name }
        let more = images.count > 3 ? ", …" : ""
        return "\(name) (\(images.prefix(3).joined(separator: ", "))\(more))"
    }
}
