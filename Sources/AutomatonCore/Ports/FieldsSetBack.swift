extension WorkloadWrite {
    /// Of an inverse: the fields that hold something else than before the attempt.
    ///
    /// The API server gives a field to the manager that changes it, and takes it from all others (structured-merge-diff, Update); who
    /// sets it to what it holds does not get it.
    var fieldsSetBack: [WorkloadField] {
        guard case .values(_, let left) = precondition else { return [] }
        return zip(left, edits).flatMap { left, former -> [WorkloadField] in
            switch (left, former) {
            case (.replicas(let left), .replicas(let former)): left == former ? [] : [.replicas]
            case (.memory(let container, let limit, let request), .memory(_, let formerLimit, let formerRequest)):
                (limit == formerLimit ? [] : [.memoryLimit(container: container)])
                    + (request == formerRequest ? [] : [.memoryRequest(container: container)])
            // Of a template one owner may have one image and another the next: that says nothing of when.
            default: []
            }
        }
    }
}
