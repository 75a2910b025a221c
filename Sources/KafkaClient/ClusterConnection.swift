import AutomatonCore

/// One cluster's handle on its thread. Readings of it come one after another.
actor ClusterConnection {
    private let thread: PinnedThread
    private let cluster: KafkaCluster
    private let environment: [String: String]
    private var handle: KafkaHandle?
    /// The cluster's layout when it was last read.
    private var layout: ClusterLayout?
    /// Why the last reading failed as a whole, and when.
    private var lastFailure: (error: PortError, at: ContinuousClock.Instant)?

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(_ cluster: KafkaCluster, environment: [String: String]) throws(PortError) {
        do { thread = try PinnedThread() } catch {
            throw .unavailable("no thread for a Kafka client (errno \(error.code))", retryAfter: nil)
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
        do throws(PortError) {
            let handle = try openHandle()
            defer { if handle.hasUnanswered { self.handle = nil } }
            let readings = try GroupSurvey(handle: handle, selection: selection, deadline: deadline).run(&layout)
            lastFailure = nil
            return readings
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
