#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Where what lies outside the cluster is found, for rules that do not say.
struct Surroundings: Sendable {
    /// The variables that begin with `KAFKA_`: brokers, credentials, TLS.
    var kafka: [String: String]
    /// How PostgreSQL is reached; empty for libpq's own environment.
    var database: String

    /// Those of this process.
    static var process: Surroundings { Surroundings(kafka: ProcessInfo.processInfo.environment, database: "") }
}
