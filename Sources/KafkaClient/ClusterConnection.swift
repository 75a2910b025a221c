import AutomatonCore
import Threads

/// One cluster's handle on its thread. Readings of it come one after another.
actor ClusterConnection {
    private let thread: PinnedThread
    private let cluster: KafkaCluster
    private let environment: [String: String]
    private var handle: KafkaHandle?
    /// The cluster's layout when it was last read.
    private var layout: ClusterLayout?
    /// Why the cluster could not be reached last, and when.
    private var lastFailure: (error: PortError, at: ContinuousClock.Instant)?

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(_ cluster: KafkaCluster, environment: [String: String]) throws(PortError) {
        do { thread = try PinnedThread() } catch {
            throw .unavailable("no thread for a Kafka client: \(error.reason)", retryAfter: nil)
        }
        self.cluster = cluster
        self.environment = environment
    }

    isolated deinit { handle = nil }

    /// Reads groups. `since` is when the caller began to wait, `deadline` when it stops waiting.
    func read(
        _ selection: ConsumerGroupSelection, since: ContinuousClock.Instant, until deadline: ContinuousClock.Instant
    ) throws(PortError) -> [ConsumerGroupReading] {
        // Who waited while another reading failed would only wait for the same failure.
        if let lastFailure, lastFailure.at > since { throw lastFailure.error }
        guard ContinuousClock.now < deadline else {
            throw .unavailable("other readings of this Kafka cluster took all of the time", retryAfter: nil)
        }
        let (survey, known) = try reach(selection, until: deadline)
        defer { if survey.handle.hasUnanswered { handle = nil } }
        // What fails from here on is a matter of this selection.
        return try survey.run(known, &layout)
    }

    /// The handle and the cluster's layout, or why the cluster cannot be reached.
    private func reach(
        _ selection: ConsumerGroupSelection, until deadline: ContinuousClock.Instant
    ) throws(PortError) -> (GroupSurvey, ClusterLayout) {
        do throws(PortError) {
            let opened = try openHandle()
            defer { if opened.hasUnanswered { handle = nil } }
            let survey = GroupSurvey(handle: opened, selection: selection, deadline: deadline)
            let known = try survey.layout(layout)
            lastFailure = nil
            return (survey, known)
        } catch {
            if !Task.isCancelled { lastFailure = (error, ContinuousClock.now) }
            // A password or a certificate may have been changed: the next reading reads the files anew.
            if case .refused = error { handle = nil }
            throw error
        }
    }

    private func openHandle() throws(PortError) -> KafkaHandle {
        if let handle { return handle }
        let opened = try KafkaHandle(ClusterProperties(cluster, environment: environment))
        handle = opened
        return opened
    }

    /// Closes the handle.
    func close() { handle = nil }
}
