import AutomatonCore

/// What a controller owns is left alone, where the step does not say to take it: as the workload's owners were when it was read.
final class OwnersRespected: Invariant {
    static let name = "no field of a controller taken"

    func heed(_ fact: Fact, _ scene: Scene) -> String? {
        guard case .applying(let run, let plan, let stamp) = fact, let reads = scene.attempts[stamp.attempt]?.reads, !reads.isEmpty,
            scene.isForbidden(
                stamp, by: run, { rule, _ in rule.remediations.contains { $0.use == stamp.remediation && $0.owned != .take } })
        else { return nil }
        let fields = Self.fields(plan)
        let owners = reads.compactMap { read in read.owners.first { $0.kind != .person && fields.contains($0.field) } }
        guard owners.count == reads.count, let owner = owners.last else { return nil }
        return "\(stamp.attempt) (\(stamp.remediation)) on \(plan.subject): \(owner)"
    }

    private static func fields(_ plan: Plan) -> Set<String> {
        var fields: Set<String> = []
        for edit in plan.write.workload?.edits ?? [] {
            switch edit {
            case .replicas: fields.insert("replicas")
            case .memory(let container, let limit, let request):
                if limit != nil { fields.insert("containers[\(container)].resources.limits.memory") }
                if request != nil { fields.insert("containers[\(container)].resources.requests.memory") }
            case .template: fields.insert("template")
            default: break
            }
        }
        return fields
    }
}
