/// Why a PostgreSQL of our own cannot be had, and what would help.
public struct EmbeddedPostgresError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
