import AutomatonCore

/// What is applied again of a fix is what an attempt had left there and nobody took back; nothing is lowered by it.
final class FixesAreOwn: Invariant {
    static let name = "nothing applied again but what helped"

    private enum Value: Hashable, CustomStringConvertible {
        case limit(ByteQuantity)
        case replicas(Int)

        var description: String {
            switch self {
            case .limit(let limit): "memory limit \(limit)"
            case .replicas(let count): "\(count) replicas"
            }
        }
    }

    /// What attempts left of each workload, and was not taken back since. Who deploys a workload anew under its name undoes it as well.
    private var left: [Subject: Set<Value>] = [:]

    func heed(_ fact: Fact, _ scene: Scene) -> String? {
        switch fact {
        case .wrote(let landing):
            guard case .automaton = landing.by else { return nil }
            guard let stamp = landing.stamp else {
                // Runs that know nothing of each other keep what another took back. With a release, its memory goes and comes, too: that
                // takes no raised memory back.
                let isRelease = landing.before.template.image != landing.after.template.image
                if !isRelease, scene.features.journal || scene.features.processes == 1 {
                    for (before, _) in changes(landing) { left[landing.subject]?.remove(before) }
                }
                return nil
            }
            guard stamp.remediation == "reapply-fix" else {
                for (_, after) in changes(landing) { left[landing.subject, default: []].insert(after) }
                return nil
            }
            return objection(landing, stamp)
        default: break
        }
        return nil
    }

    private func objection(_ landing: Landing, _ stamp: Stamp) -> String? {
        let (before, after) = (landing.before, landing.after)
        let what = "\(stamp.attempt) on \(landing.subject)"
        if before.template.image != after.template.image || before.template.restartedAt != after.template.restartedAt {
            return "\(what) changed more than a fix does: \(before) → \(after)"
        }
        if after.template.limit < before.template.limit || (after.replicas ?? 0) < (before.replicas ?? 0)
            || after.template.request.map({ $0 < before.template.request ?? $0 }) ?? false
        {
            return "\(what) lowered what it found: \(before) → \(after)"
        }
        let foreign = changes(landing).first { !(left[landing.subject]?.contains($0.after) ?? false) }
        return foreign.map { "\(what) applied \($0.after), which no attempt left there, or which was taken back" }
    }

    private func changes(_ landing: Landing) -> [(before: Value, after: Value)] {
        var changes: [(Value, Value)] = []
        let (before, after) = (landing.before, landing.after)
        if before.template.limit != after.template.limit { changes.append((.limit(before.template.limit), .limit(after.template.limit))) }
        if let old = before.replicas, let new = after.replicas, old != new { changes.append((.replicas(old), .replicas(new))) }
        return changes
    }
}
