/// How many workloads each check knows, by namespace: shares of a namespace are taken of these.
package struct Census: Sendable {
    private var counts: [CheckID: [String: Int]] = [:]
    /// Checks that tell it themselves, since their findings do not name all.
    private var told: Set<CheckID> = []

    /// Knows nothing yet.
    package init() {}

    /// The check says how many there are. Answers whether the number changed.
    package mutating func take(_ check: CheckID, _ workloads: [String: Int]) -> [String: Int]? {
        told.insert(check)
        guard counts[check] != workloads else { return nil }
        counts[check] = workloads
        return workloads
    }

    /// Counts anew after a complete report. Answers whether the number changed.
    package mutating func recount(_ check: CheckID, _ findings: [Finding]) -> [String: Int]? {
        if told.contains(check) { return nil }
        var count: [String: Int] = [:]
        for finding in findings where Set<Subject.Kind>.workloads.contains(finding.subject.kind) {
            count[finding.subject.namespace, default: 0] += 1
        }
        guard counts[check] ?? [:] != count else { return nil }
        counts[check] = count
        return count
    }

    /// One is new, or gone.
    package mutating func change(_ check: CheckID, _ subject: Subject, by difference: Int) -> [String: Int]? {
        guard Set<Subject.Kind>.workloads.contains(subject.kind), !told.contains(check) else { return nil }
        let count = (counts[check]?[subject.namespace] ?? 0) + difference
        counts[check, default: [:]][subject.namespace] = count > 0 ? count : nil
        return counts[check]
    }

    /// The check no longer runs.
    package mutating func forget(_ check: CheckID) {
        counts[check] = nil
        told.remove(check)
    }
}
