/// Notes that people find on an object itself, as `kubectl describe` shows them: Kubernetes' Events.
public protocol ObjectEvents: Sendable {
    /// Writes an event about an object. The same once more within some minutes is counted on the one that was written.
    /// - Throws: ``PortError/notFound(_:)`` when the object is gone, ``PortError/refused(_:)`` with the permission that is missing.
    func write(_ event: ObjectEvent) async throws(PortError)
}

/// What happened to an object, for whoever looks at it.
public struct ObjectEvent: Hashable, Sendable {
    /// How it is meant.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Nothing to worry about.
        case normal = "Normal"
        /// Something did not go as it should.
        case warning = "Warning"
    }

    /// The object.
    public var subject: Subject
    /// How it is meant.
    public var kind: Kind
    /// Why, in a word: `RemediationApplied`.
    public var reason: String
    /// What was done, in a word: `RaiseMemory`.
    public var action: String
    /// What people read, in a line.
    public var note: String
    /// When.
    public var at: Instant

    /// Makes an event.
    public init(_ subject: Subject, _ kind: Kind, reason: String, action: String, note: String, at: Instant) {
        self.subject = subject
        self.kind = kind
        self.reason = reason
        self.action = action
        self.note = note
        self.at = at
    }
}
