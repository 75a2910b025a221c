/// The memory that containers use, as the metrics API reports it.
public protocol ContainerMemories: Sendable {
    /// Reads usage and limits of the selected pods' containers.
    /// - Throws: ``PortError/refused(_:)`` when the metrics API is missing or forbidden, with what to do about it.
    func read(_ selection: PodSelection) async throws(PortError) -> [ContainerMemoryReading]
}

/// What one container uses.
public struct ContainerMemoryReading: Hashable, Sendable {
    /// Its pod.
    public var pod: PodRow
    /// Its name.
    public var container: String
    /// Working set in bytes, and when it was measured.
    public var workingSet: Reading<Measurement>
    /// The limit in force in bytes; nil when it has none.
    public var limit: Int64?

    /// A measurement of the metrics API.
    public struct Measurement: Hashable, Sendable {
        /// Bytes.
        public var bytes: Int64
        /// The end of the window in which it was measured.
        public var at: Instant

        /// Makes a measurement.
        public init(bytes: Int64, at: Instant) {
            self.bytes = bytes
            self.at = at
        }
    }

    /// Makes a reading.
    public init(pod: PodRow, container: String, workingSet: Reading<Measurement>, limit: Int64?) {
        self.pod = pod
        self.container = container
        self.workingSet = workingSet
        self.limit = limit
    }
}
