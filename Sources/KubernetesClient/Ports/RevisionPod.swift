internal import AutomatonCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What is read of a pod to tell how well its revision has done.
struct RevisionPod: Decodable {
    struct List: Decodable {
        var items: [RevisionPod]?
    }
    struct Metadata: Decodable { var ownerReferences: [KeptReplicaSet.Metadata.Owner]? }
    struct Status: Decodable {
        var startTime: String?
        var conditions: [Condition]?
        var containerStatuses: [Container]?
    }
    struct Condition: Decodable {
        var type: String
        var status: String
        var lastTransitionTime: String?
    }
    struct Container: Decodable {
        struct State: Decodable {
            struct Running: Decodable {}
            struct Terminated: Decodable {
                var startedAt: String?
                var finishedAt: String?
            }
            var running: Running?
            var terminated: Terminated?
        }
        var restartCount: Int?
        var state: State?
        var lastState: State?
    }
    var metadata: Metadata
    var status: Status?

    func isControlled(by uid: String) -> Bool {
        (metadata.ownerReferences ?? []).contains { $0.controller == true && $0.uid == uid }
    }

    /// Since when it is ready; nil when it is not.
    var readySince: Instant? {
        let condition = status?.conditions?.first { $0.type == "Ready" && $0.status == "True" }
        return condition?.lastTransitionTime.flatMap { Instant(rfc3339: $0) }
    }

    /// How long it ran at least before a container ended for the first time; nil when none has ended.
    var firstRun: Duration? {
        guard let start = status?.startTime.flatMap({ Instant(rfc3339: $0) }) else { return nil }
        return (status?.containerStatuses ?? []).compactMap { $0.firstRun(since: start) }.max()
    }
}

extension RevisionPod.Container {
    /// The time from the pod's start to the first end of the container, reckoned back from its last end: a pod tells of no earlier one.
    ///
    /// Between two ends lie a run, taken to be as long as the last, and kubelet's wait: none after the first end, then 10 s, doubled each
    /// time, 5 min at most. Where kubelet is told to wait less, or began anew after ten minutes without an end, the first run was longer
    /// than this; it was shorter by the time that images took to be pulled.
    func firstRun(since start: Instant) -> Duration? {
        let isUp = state?.running != nil
        guard let last = state?.terminated ?? lastState?.terminated, let end = last.finishedAt.flatMap({ Instant(rfc3339: $0) }) else {
            return nil
        }
        // The count rises when the next run begins.
        let restarts = min(max(0, restartCount ?? 0), 100_000)
        let ends = isUp ? restarts : restarts + 1
        let lastRun = last.startedAt.flatMap { Instant(rfc3339: $0) }.map { max(.zero, end - $0) } ?? .zero
        guard ends > 1 else { return max(.zero, end - start) }
        // The wait has reached 5 min after the seventh end.
        let early = (0..<max(0, min(ends - 2, 5))).reduce(0) { $0 + 10 << $1 }
        let waits = Duration.seconds(early + 300 * max(0, ends - 7))
        return max(.zero, end - start - waits - lastRun * (ends - 1))
    }
}

extension RollingDeployment {
    /// Reads a Deployment.
    /// - Throws: `DecodingError`.
    static func decoded(_ bytes: [UInt8]) throws -> RollingDeployment {
        try JSONDecoder().decode(RollingDeployment.self, from: Data(bytes))
    }
}
