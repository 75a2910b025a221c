/// Alerts that somebody else raised: Prometheus, by way of Alertmanager.
public protocol Alerts: Sendable {
    /// What is known of them now.
    func read() async throws(PortError) -> AlertReading
    /// Returns when something came after a reading, or when it is cancelled.
    func news(after reading: AlertReading) async
}

/// The alerts as they were last told.
public struct AlertReading: Hashable, Sendable {
    /// Grows with every message, and when who is told changes.
    public var version: UInt64
    /// Those that fire, and those that were resolved lately; by fingerprint, in its order.
    public var alerts: [Alert]
    /// Since when this process is told; nil while another one is.
    public var toldSince: Instant?

    /// Makes a reading.
    public init(version: UInt64, alerts: [Alert], toldSince: Instant?) {
        self.version = version
        self.alerts = alerts
        self.toldSince = toldSince
    }
}

/// An alert as Alertmanager told it; its texts are somebody else's.
public struct Alert: Hashable, Sendable {
    /// Names it: Alertmanager's hash of its labels.
    public var fingerprint: String
    /// With `alertname`.
    public var labels: [String: String]
    /// What it says to people, in a line.
    public var summary: String
    /// Since when it fires.
    public var startsAt: Instant
    /// When it was told last.
    public var heardAt: Instant
    /// When it was told that it is over; nil while it fires.
    public var resolvedAt: Instant?

    /// Makes an alert.
    public init(
        fingerprint: String, labels: [String: String], summary: String, startsAt: Instant, heardAt: Instant, resolvedAt: Instant? = nil
    ) {
        self.fingerprint = fingerprint
        self.labels = labels
        self.summary = summary
        self.startsAt = startsAt
        self.heardAt = heardAt
        self.resolvedAt = resolvedAt
    }

    /// What kind of alert it is: its label `alertname`.
    public var name: String { labels["alertname"] ?? "" }
}
