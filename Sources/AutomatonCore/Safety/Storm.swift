/// Too many subjects of a namespace are unhealthy at once: something larger is wrong, and mending each of them would make it worse.
public struct Storm: Hashable, Codable, Sendable {
    /// Since when.
    public internal(set) var since: Instant
    /// Since when they are few enough again; nil while they are not.
    public internal(set) var calmSince: Instant?
    /// What was seen when it began, for people.
    public internal(set) var figures: String
}
