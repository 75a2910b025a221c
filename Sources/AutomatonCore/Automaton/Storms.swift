/// Too many unhealthy at once: then something larger is wrong, and mending each of them would make it worse.
extension Automaton {
    /// The scope that stands for all namespaces.
    private static let everywhere = "*"

    /// Takes how many workloads a check knows.
    mutating func count(_ workloads: [String: Int], by check: CheckID) {
        guard checks[check] != nil else { return }
        census[check] = workloads
        for namespace in unhealthy.keys.sorted() { watchStorm(in: namespace) }
    }

    /// How many workloads of a namespace are known, by the check that knows most.
    func known(in namespace: String) -> Int { population[namespace] ?? 0 }

    /// Keeps count of the subject among the unhealthy.
    mutating func recount(_ subject: Subject, _ state: inout SubjectState) {
        let isUnhealthy = state.incidents.contains { if case .unhealthy = $0.verdict { true } else { false } }
        guard isUnhealthy != state.isCounted, Set<Subject.Kind>.workloads.contains(subject.kind) else { return }
        state.isCounted = isUnhealthy
        if isUnhealthy {
            unhealthy[subject.namespace, default: 0] += 1
            watchStorm(in: subject.namespace)
        } else {
            uncount(subject)
        }
    }

    mutating func uncount(_ subject: Subject) {
        let left = (unhealthy[subject.namespace] ?? 1) - 1
        unhealthy[subject.namespace] = left > 0 ? left : nil
        watchStorm(in: subject.namespace)
    }

    /// Holds every namespace against the limits as they are now.
    mutating func watchStorms() {
        let scopes = Set(unhealthy.keys).union(memory.storms.keys).subtracting([Self.everywhere])
        for namespace in scopes.sorted() { watchStorm(in: namespace) }
    }

    private mutating func watchStorm(in namespace: String) {
        watchStorm(namespace, unhealthy[namespace] ?? 0, of: known(in: namespace))
        if population.count > 1 {
            watchStorm(Self.everywhere, unhealthy.values.reduce(0, +), of: population.values.reduce(0, +))
        } else if memory.storms[Self.everywhere] != nil {
            watchStorm(Self.everywhere, 0, of: 0)
        }
    }

    private mutating func watchStorm(_ scope: String, _ count: Int, of total: Int) {
        let most = policy.stormShare.most(of: total)
        if count > most {
            guard memory.storms[scope]?.calmSince != nil || memory.storms[scope] == nil else { return }
            let place = scope == Self.everywhere ? "all namespaces" : "namespace \(scope)"
            let figures =
                "\(count) of \(total) workloads in \(place) are unhealthy at once, more than \(most) (STORM_SHARE \(policy.stormShare)"
                + "\(policy.stormShare.whole(total)))"
            if memory.storms[scope] == nil {
                memory.storms[scope] = Storm(since: now, figures: figures)
                effects.append(.noticed(.stormBegan(namespace: scope, figures: figures)))
            }
            memory.storms[scope]?.calmSince = nil
            memoryChanged()
        } else if memory.storms[scope] != nil, memory.storms[scope]?.calmSince == nil {
            memory.storms[scope]?.calmSince = now
            memoryChanged()
        }
    }

    /// Ends the storms that have been calm for long enough. Answers whether one was.
    mutating func endStorms() -> Bool {
        var ended = false
        for (scope, storm) in memory.storms.sorted(by: { $0.key < $1.key }) {
            guard let calm = storm.calmSince, now - calm >= policy.stormCooldown else { continue }
            memory.storms[scope] = nil
            effects.append(.noticed(.stormEnded(namespace: scope, after: now - storm.since)))
            ended = true
        }
        return ended
    }

    /// Why nothing is begun in a namespace; nil when no storm is over it.
    func storm(over namespace: String) -> String? {
        if memory.storms.isEmpty { return nil }
        guard let storm = memory.storms[namespace] ?? memory.storms[Self.everywhere] else { return nil }
        let calm = storm.calmSince.map { "; fewer since \($0.timeOfDay), goes on at \(($0 + policy.stormCooldown).timeOfDay)" } ?? ""
        return "storm since \(storm.since.timeOfDay): \(storm.figures)\(calm)"
    }
}
