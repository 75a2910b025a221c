extension Fix {
    /// What a plan that helped leaves to be kept: the memory and the replicas that it raised. What it lowered is nobody's need.
    static func kept(of plan: Plan, at instant: Instant, origin: Origin) -> [Fix] {
        zip(plan.write.workload?.edits ?? [], plan.inverse?.edits ?? []).compactMap { edit, former in
            guard let value = Value(edit), let before = Value(former), before.amount < value.amount,
                edit.container == former.container
            else { return nil }
            return Fix(plan.subject, container: edit.container, value, before: before, at: instant, origin: origin)
        }
    }

    /// Whether a plan's write is what is kept: taken back, nothing is left to be kept.
    func isWritten(by plan: Plan) -> Bool {
        plan.subject == key.subject
            && (plan.write.workload?.edits ?? []).contains { $0.container == key.container && Value($0)?.isSameAmount(as: value) == true }
    }
}

extension Fix.Value {
    /// What an edit sets; nil where it unsets something, or sets what is not kept.
    init?(_ edit: WorkloadWrite.Edit) {
        switch edit {
        case .memory(_, let limit?, let request): self = .memory(limit: limit, request: request)
        case .replicas(let count): self = .replicas(count)
        case .memory, .restart, .template: return nil
        }
    }

    /// Whether the main figure is the same: the limit, the replicas.
    func isSameAmount(as other: Fix.Value) -> Bool { kind == other.kind && amount == other.amount }
}

extension WorkloadWrite.Edit {
    /// The container that it is about; nil for one of the whole workload.
    var container: String? { if case .memory(let container, _, _) = self { container } else { nil } }
}
