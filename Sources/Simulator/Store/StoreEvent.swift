/// One change of one object, in the order of resource versions.
public struct StoreEvent: Sendable {
    /// What happened to it.
    public enum Change: Sendable, Hashable {
        /// It was created.
        case added
        /// It has a new state.
        case modified
        /// It is gone; the object is its last state with the version of the deletion.
        case deleted
    }

    /// What happened.
    public let change: Change
    /// The state after the change.
    public let object: StoredObject
    /// The state before it, nil for an object that was created.
    public let previous: StoredObject?

    /// The version that the change made.
    public var resourceVersion: UInt64 { object.resourceVersion }
}

/// Why the store refused.
public enum StoreError: Error, Sendable, Hashable {
    /// No such object.
    case notFound(ResourceType, name: String)
    /// An object of that name is there.
    case alreadyExists(ResourceType, name: String)
    /// The object has another version than the caller expected.
    case conflict(ResourceType, name: String)
    /// The object has no usable name.
    case unnamed(ResourceType)
    /// The log no longer reaches back to that version; the oldest one that can be resumed from is given.
    case expired(requested: UInt64, oldest: UInt64)
}
