extension SafetyPolicy {
    /// Why a plan goes beyond a cap; nil when it keeps them all.
    public func refusal(_ plan: Plan) -> String? {
        plan.changes.isEmpty ? "cap: the plan changes nothing" : refusal(plan.changes)
    }

    /// Why changes go beyond a cap; nil when they keep them all.
    func refusal(_ changes: [Change]) -> String? {
        for change in changes {
            switch change.measure {
            case .replicas(let count) where count > maximumReplicas:
                return "cap: \(count) replicas are above MAX_REPLICAS (\(maximumReplicas))"
            case .replicas(let count) where count < minimumReplicas:
                return "cap: \(count) replicas are below MIN_REPLICAS (\(minimumReplicas))"
            case .memory(let quantity) where quantity > maximumMemory:
                return "cap: \(change.field) = \(quantity) is above MAX_MEMORY (\(maximumMemory))"
            default: continue
            }
        }
        return nil
    }
}
