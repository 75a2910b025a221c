internal import AutomatonCore
import Synchronization

/// What was read together with the owner of a pod, because a plan is likely to ask for it next: one round trip less until the fault is
/// mended.
///
/// Each is handed out once, and only within a second. That cannot mislead a write: it goes out under the version that was read.
final class ReadAhead: Sendable {
    private static let lifetime: Duration = .seconds(1)
    private static let capacity = 64

    private struct State {
        var workloads: [Subject: (workload: Workload, at: ContinuousClock.Instant)] = [:]
        var bounds: [String: (bounds: MemoryBounds?, at: ContinuousClock.Instant)] = [:]
        var verticalAutoscalers: [String: (objects: [AutoscalerObject], at: ContinuousClock.Instant)] = [:]
        /// Whether anybody ever asked for bounds: who may not list LimitRanges is not to be refused for a guess.
        var areBoundsAsked = false
        /// Likewise for VerticalPodAutoscalers.
        var areVerticalAutoscalersAsked = false
    }

    private let state = Mutex(State())

    var areBoundsAsked: Bool { state.withLock { $0.areBoundsAsked } }
    var areVerticalAutoscalersAsked: Bool { state.withLock { $0.areVerticalAutoscalersAsked } }

    func keep(_ workload: Workload) {
        let now = ContinuousClock.now
        state.withLock { state in
            if state.workloads.count >= Self.capacity {
                state.workloads = state.workloads.filter { now - $0.value.at < Self.lifetime }
                guard state.workloads.count < Self.capacity else { return }
            }
            state.workloads[workload.subject] = (workload, now)
        }
    }

    func keep(_ bounds: MemoryBounds?, inNamespace namespace: String) {
        let now = ContinuousClock.now
        state.withLock { state in
            if state.bounds.count >= Self.capacity { state.bounds = state.bounds.filter { now - $0.value.at < Self.lifetime } }
            guard state.bounds.count < Self.capacity else { return }
            state.bounds[namespace] = (bounds, now)
        }
    }

    func keep(_ verticalAutoscalers: [AutoscalerObject], inNamespace namespace: String) {
        let now = ContinuousClock.now
        state.withLock { state in
            if state.verticalAutoscalers.count >= Self.capacity {
                state.verticalAutoscalers = state.verticalAutoscalers.filter { now - $0.value.at < Self.lifetime }
            }
            guard state.verticalAutoscalers.count < Self.capacity else { return }
            state.verticalAutoscalers[namespace] = (verticalAutoscalers, now)
        }
    }

    func takeVerticalAutoscalers(inNamespace namespace: String) -> [AutoscalerObject]? {
        let kept = state.withLock { state in
            state.areVerticalAutoscalersAsked = true
            return state.verticalAutoscalers.removeValue(forKey: namespace)
        }
        guard let kept, ContinuousClock.now - kept.at < Self.lifetime else { return nil }
        return kept.objects
    }

    func takeWorkload(_ subject: Subject) -> Workload? {
        guard let kept = state.withLock({ $0.workloads.removeValue(forKey: subject) }) else { return nil }
        return ContinuousClock.now - kept.at < Self.lifetime ? kept.workload : nil
    }

    /// The outer nil: nothing was read ahead.
    func takeBounds(inNamespace namespace: String) -> MemoryBounds?? {
        let kept = state.withLock { state in
            state.areBoundsAsked = true
            return state.bounds.removeValue(forKey: namespace)
        }
        guard let kept, ContinuousClock.now - kept.at < Self.lifetime else { return nil }
        return .some(kept.bounds)
    }
}
