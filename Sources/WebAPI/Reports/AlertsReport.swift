/// What `POST /api/autoheal/alerts` answers.
public struct AlertsReport: Hashable, Codable, Sendable {
    /// Always true.
    public var success = true
    /// Alerts that fire, as this message says.
    public var firing: Int
    /// Alerts that are over, as this message says.
    public var resolved: Int
    /// Alerts that were not taken: they make no sense, or there are too many.
    public var refused: Int
}
