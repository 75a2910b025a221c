import AutomatonCore

/// A journal that ends with the process.
public final class MemoryJournal: Sendable {
    /// Makes an empty journal.
    public init() {}
}
