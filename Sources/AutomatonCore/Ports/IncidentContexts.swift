/// What can be read around an incident, for people: the last lines of a container, events.
public protocol IncidentContexts: Sendable {
    /// Reads it as it is now. Never fails: what cannot be read is said in the answer, with why and what would be right.
    ///
    /// Bounded in time, lines and bytes, free of control characters, scrubbed of secrets.
    func context(of record: IncidentRecord) async -> IncidentContext
}
