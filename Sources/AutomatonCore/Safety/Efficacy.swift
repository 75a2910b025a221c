/// What became of a rule's attempts.
public struct Efficacy: Hashable, Codable, Sendable {
    /// Attempts whose outcome is known.
    public internal(set) var attempts = 0
    /// Of those, the ones after which the finding cleared.
    public internal(set) var healed = 0
    /// Attempts since the last that helped.
    public internal(set) var ineffectiveInARow = 0
    /// Since when the rule only tells, since too many did not help; nil while it acts.
    public internal(set) var steppedDownAt: Instant?

    /// Of a rule that was never tried.
    public init() {}
}
