internal import AutomatonCore

/// Remembers which workload a ReplicaSet belongs to, so that the pods of a rollout cost one request; lookups of the same one at the same
/// time share it.
actor OwnerCache {
    private struct Entry {
        var subject: Subject
        var learned: ContinuousClock.Instant
    }

    private let capacity: Int
    private let lifetime: Duration
    private var entries: [String: Entry] = [:]
    private var order: [String] = []
    private var underWay: [String: Task<Subject?, any Error>] = [:]

    /// - Parameters:
    ///   - capacity: So many are remembered; the oldest are forgotten first.
    ///   - lifetime: A ReplicaSet can be adopted or orphaned, so an answer holds for a while only.
    init(capacity: Int = 4096, lifetime: Duration = .minutes(10)) {
        self.capacity = capacity
        self.lifetime = lifetime
    }

    /// The subject for a uid, from memory or by looking it up. What the look-up answers with nil is not remembered.
    func subject(
        ofUID uid: String, lookUp: @escaping @Sendable () async throws -> Subject?
    ) async throws -> Subject? {
        if let entry = entries[uid], ContinuousClock.now - entry.learned < lifetime { return entry.subject }
        while true {
            let task: Task<Subject?, any Error>
            if let shared = underWay[uid] {
                task = shared
            } else {
                // Its own task, because it outlives the caller when others wait for it too.
                task = Task.immediate { try await lookUp() }
                underWay[uid] = task
            }
            do {
                let subject = try await withTaskCancellationHandler {
                    try await task.value
                } onCancel: {
                    task.cancel()
                }
                finished(uid, task)
                if let subject { remember(subject, uid) }
                return subject
            } catch {
                finished(uid, task)
                // Another waiter was cancelled and took the look-up with it: begin again.
                guard error is CancellationError, !Task.isCancelled else { throw error }
            }
        }
    }

    private func finished(_ uid: String, _ task: Task<Subject?, any Error>) {
        if underWay[uid] == task { underWay[uid] = nil }
    }

    private func remember(_ subject: Subject, _ uid: String) {
        if entries.updateValue(Entry(subject: subject, learned: .now), forKey: uid) == nil { order.append(uid) }
        guard order.count > capacity else { return }
        // A quarter at once, so that forgetting is cheap.
        for old in order.prefix(max(1, capacity / 4)) { entries[old] = nil }
        order.removeFirst(max(1, capacity / 4))
    }
}
