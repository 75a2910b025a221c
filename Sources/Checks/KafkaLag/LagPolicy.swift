import AutomatonCore

/// How a rule wants lag to be counted.
public struct LagPolicy: Hashable, Sendable {
    /// What a partition without a committed offset counts as. One whose log is empty is 0 behind in any case.
    public enum NoCommit: String, Hashable, Sendable, CaseIterable, Decodable {
        /// The group begins at the end: no backlog.
        case latest
        /// The group begins at the beginning: the whole log.
        case earliest
        /// It cannot be told, and so neither can the group.
        case unknown

        /// Reads the word.
        /// - Throws: `DecodingError` that says what would be right.
        public init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            let word = try container.decode(String.self)
            guard let value = NoCommit(rawValue: word) else {
                throw DecodingError.dataCorruptedError(
                    in: container,
                    debugDescription: "'\(word)' is not known: write \(Self.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            self = value
        }
    }

    /// What a partition without a commit counts as.
    public var onNoCommit: NoCommit
    /// Whether `lag` leaves out partitions that do not move: more consumers do not help them.
    public var excludesPersistentLag: Bool

    /// Makes a policy.
    public init(onNoCommit: NoCommit = .unknown, excludesPersistentLag: Bool = false) {
        self.onNoCommit = onNoCommit
        self.excludesPersistentLag = excludesPersistentLag
    }

    /// How many messages a partition is behind, or why that cannot be told.
    func lag(_ partition: PartitionReading) -> Result<Int64, Unknown> {
        let latest: Int64
        switch partition.latest {
        case .known(let offset): latest = offset
        case .unknown(let why): return .failure(Unknown(why))
        }
        switch partition.committed {
        case .unknown(let why): return .failure(Unknown(why))
        case .known(let committed?):
            guard committed <= latest else {
                return .failure(Unknown("its commit \(committed) is beyond the end of the log, \(latest): was the topic made anew?"))
            }
            return .success(latest - committed)
        case .known(nil): return uncommitted(partition, latest)
        }
    }

    private func uncommitted(_ partition: PartitionReading, _ latest: Int64) -> Result<Int64, Unknown> {
        // Nothing was ever written, or nothing is left.
        if latest == 0 || partition.earliest?.value == latest { return .success(0) }
        switch onNoCommit {
        case .latest: return .success(0)
        case .unknown: return .failure(Unknown("it has no commit (onNoCommit: latest or earliest would count it)"))
        case .earliest:
            switch partition.earliest {
            case .known(let earliest) where earliest <= latest: return .success(latest - earliest)
            case .unknown(let why): return .failure(Unknown(why))
            case .known, nil: return .failure(Unknown("the beginning of its log is not known"))
            }
        }
    }

    /// Why something cannot be told.
    struct Unknown: Error, Hashable {
        let why: String

        init(_ why: String) { self.why = why }
    }
}
