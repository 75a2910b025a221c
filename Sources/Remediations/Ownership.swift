import AutomatonCore

extension Circumstances {
    /// What was read of a workload with the plan.
    /// - Parameters:
    ///   - replacesPods: Whether the plan changes the template.
    ///   - owners: Who else owns the fields that it changes.
    init(_ workload: Workload, replacesPods: Bool, owners: [FieldOwner] = []) {
        self.init()
        wish = workload.wish
        self.owners = owners
        guard replacesPods else { return }
        healthy = workload.readyReplicas
        desired = workload.desired
        takesDown = workload.takesDown
    }
}

extension Workload {
    /// Who else owns these fields: the autoscalers that are there now, and whom `managedFields` name.
    ///
    /// That an autoscaler wrote a field once stays in `managedFields` when it is long gone: whether there is one the list tells.
    func owners(of fields: [WorkloadField], autoscalers: [FieldOwner]) -> [FieldOwner] {
        let names = Set(fields.map(\.description))
        return autoscalers + owners.filter { names.contains($0.field) && $0.kind != .autoscaler }
    }
}
