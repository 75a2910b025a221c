import AutomatonCore

/// Why a transaction did not come about. Holds no value of a statement and no secret.
public struct PostgresFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure, as far as it matters to what is done next.
    public enum Kind: Hashable, Sendable {
        /// The server cannot be reached, or does not answer in time: nothing was written.
        case unavailable
        /// A right is missing, or the configuration is wrong: a person has to look. Nothing was written.
        case refused
        /// The server answered a statement with an error: nothing was written.
        case statement
        /// The answer to the commit was lost: nobody knows whether it was written.
        case outcomeUnknown
    }

    /// Which kind.
    public var kind: Kind
    /// The server's code, where it gave one: `53100`.
    public var sqlState: String?
    /// Which server, and what it said.
    public var description: String

    init(_ kind: Kind, _ description: String, sqlState: String? = nil) {
        self.kind = kind
        self.description = description
        self.sqlState = sqlState
    }
}

extension ServerFailure {
    /// The failure of a transaction.
    func postgresFailure(_ names: ServerNames) -> PostgresFailure {
        let error = portError(names)
        if kind == .statement { return PostgresFailure(.statement, error.description, sqlState: sqlState) }
        if case .refused = error { return PostgresFailure(.refused, error.description, sqlState: sqlState) }
        return PostgresFailure(.unavailable, error.description, sqlState: sqlState)
    }
}
