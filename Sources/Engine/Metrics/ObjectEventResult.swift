/// What became of an event about an object.
public enum ObjectEventResult: String, Hashable, Sendable, CaseIterable {
    /// It is on the object.
    case written
    /// The API server did not take it.
    case failed
    /// There were too many to write.
    case dropped
}
