import AutomatonCore
import Rules

/// A variable of the environment that nobody reads, and whose name is nearly one that is read: `KAFKA_LAG_TRESHOLD`.
///
/// Only the automaton's own names are held against it. What begins with `PG` is libpq's, and other `KAFKA_…` are librdkafka's properties.
struct MistypedVariable: Encodable, Hashable {
    var name: String
    /// The name that was probably meant.
    var meant: String

    /// Those of an environment, by name. Their values are not looked at.
    static func all(in environment: [String: String]) -> [MistypedVariable] {
        let thresholds = Set(Threshold.all.map(\.key))
        let others = EnvironmentVariables.all.map(\.name)
        let known = thresholds.union(others)
        let own = thresholds.union(
            others.filter { $0 == "KAFKA_BOOTSTRAP_SERVERS" || $0 == "JOURNAL_DATABASE" || $0.hasPrefix("SUMMARY_") })
        return environment.keys.filter { !known.contains($0) && !isOfService($0) }.sorted().compactMap { name in
            let near = own.map { ($0, NearestName.editDistance(Array(name.uppercased().utf8), Array($0.utf8))) }
                .min { ($0.1, $0.0) < ($1.1, $1.0) }
            guard let (meant, distance) = near, distance <= mostEdits(meant) else { return nil }
            return MistypedVariable(name: name, meant: meant)
        }
    }

    /// Letters that may differ: of a short name one.
    private static func mostEdits(_ name: String) -> Int { name.utf8.count < 12 ? 1 : 2 }

    /// What kubelet sets in every container for a Service: `KAFKA_PORT`, `KAFKA_SERVICE_HOST`, `KAFKA_PORT_9092_TCP_ADDR`.
    private static func isOfService(_ name: String) -> Bool {
        name.contains("_SERVICE_PORT") || name.hasSuffix("_SERVICE_HOST") || name.hasSuffix("_PORT")
            || name.contains(/_PORT_[0-9]+_(TCP|UDP|SCTP)/)
    }

    /// For people: the name alone.
    var words: String { "\(name.prefix(64).quoted) in the environment is read by nobody; did you mean \(meant)?" }
}
