public import AutomatonCore

/// An incident that a count or a measurement is an example of, and when it was taken.
///
/// swift-metrics has no way to hand it on, so it goes along with the work: a backend that shows examples looks at ``current`` when
/// something is counted.
public struct Exemplar: Hashable, Sendable {
    /// The incident.
    public var incident: IncidentID
    /// When it was counted.
    public var at: Instant

    /// Makes an example.
    public init(_ incident: IncidentID, at: Instant) {
        self.incident = incident
        self.at = at
    }

    /// What is counted now is an example of this; nil when it is of none.
    @TaskLocal public static var current: Exemplar?
}
