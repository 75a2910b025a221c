import SeededRandom
import AutomatonCore

/// A pod with one container that lives as the kubelet's pods do, and remembers what truly happened.
struct SimulatedPod {
    private(set) var row: PodRow
    /// Ends by the restart count at which they happened.
    private(set) var ends: [Int32: ContainerRow.Termination] = [:]

    init(_ number: Int, restarts: Int32 = 0) {
        row = pod(number, running(restarts, last: restarts > 0 ? end("OOMKilled", at: -100) : nil))
    }

    private var container: ContainerRow { row.containers[0] }

    /// The next status that a kubelet would write.
    mutating func step(at now: Instant, using random: inout SplitMix64) {
        let restarts = container.restartCount
        switch container.state {
        case .running:
            let how =
                [("OOMKilled", Int32(137)), ("Error", 137), ("Error", 1), ("Completed", 0)].randomElement(using: &random) ?? ("Error", 1)
            let termination = ContainerRow.Termination(reason: how.0, exitCode: how.1, finishedAt: now)
            ends[restarts] = termination
            write(.terminated(termination), restarts, last: container.lastTermination, isReady: false)
        case .terminated(let termination):
            if Bool.random(using: &random) {
                write(.running(since: now), restarts + 1, last: termination, isReady: true)
            } else {
                write(.waiting(reason: "CrashLoopBackOff", message: "back-off"), restarts, last: termination, isReady: false)
            }
        case .waiting:
            write(.running(since: now), restarts + 1, last: container.lastTermination, isReady: true)
        }
    }

    private mutating func write(_ state: ContainerRow.State, _ restarts: Int32, last: ContainerRow.Termination?, isReady: Bool) {
        row.containers = [ContainerRow(name: "main", restartCount: restarts, isReady: isReady, state: state, lastTermination: last)]
        row.isReady = isReady
    }
}
