/// What is kept of attempts that helped, as the core has it.
public protocol Fixes: Sendable {
    /// All of it, sorted by key.
    /// - Throws: ``PortError/unavailable(_:retryAfter:)`` while what earlier runs remembered is not known yet.
    func read() async throws(PortError) -> [Fix]
}
