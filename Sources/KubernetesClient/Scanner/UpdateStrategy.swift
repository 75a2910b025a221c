internal import AutomatonCore

/// How a controller replaces the pods of a changed template: `spec.strategy` of a Deployment, `spec.updateStrategy` of the others.
struct UpdateStrategy: Hashable {
    /// `RollingUpdate`, `Recreate`, `OnDelete`; nil for kinds without one.
    var type: String?
    /// `rollingUpdate.partition`: pods of a StatefulSet with a lower number are not replaced.
    var partition: Int32 = 0
    /// `rollingUpdate.maxUnavailable`.
    var maxUnavailable: CountOrPercent?
    /// `rollingUpdate.maxSurge`.
    var maxSurge: CountOrPercent?

    /// How many ready pods it may take down at once; nil when it takes down none by itself.
    ///
    /// Source: `ResolveFenceposts` and `MaxUnavailable` (pkg/controller/deployment/util), `getStatefulSetMaxUnavailable`
    /// (pkg/controller/statefulset), `updatedDesiredNodeCounts` (pkg/controller/daemon) of Kubernetes 1.36. They do not round alike.
    func takesDown(_ kind: Subject.Kind, of desired: Int) -> Int? {
        switch kind {
        case .deployment:
            if type == "Recreate" { return desired }
            let surge = (maxSurge ?? .percent(25)).resolved(of: desired, roundingUp: true)
            let down = (maxUnavailable ?? .percent(25)).resolved(of: desired, roundingUp: false)
            // Where both are zero nothing could ever move.
            return min(desired, surge == 0 && down == 0 ? 1 : down)
        case .statefulSet:
            let replaced = desired - Int(partition)
            guard type != "OnDelete", replaced > 0 else { return nil }
            return min(replaced, max(1, (maxUnavailable ?? .count(1)).resolved(of: desired, roundingUp: false)))
        case .daemonSet:
            guard type != "OnDelete" else { return nil }
            let surge = (maxSurge ?? .count(0)).resolved(of: desired, roundingUp: true)
            let down = (maxUnavailable ?? .count(1)).resolved(of: desired, roundingUp: true)
            return min(desired, surge == 0 && down == 0 ? 1 : down)
        case .replicaSet, .job, .pod, .consumerGroup, .database, .volume, .host, .alert: return nil
        }
    }
}

/// A number of pods, or a share of them: Kubernetes' IntOrString.
enum CountOrPercent: Hashable {
    case count(Int32)
    case percent(Int32)

    /// Reads `25%`; nil for another text.
    init?(_ text: String) {
        guard text.hasSuffix("%"), let value = Int32(text.dropLast()), value >= 0 else { return nil }
        self = .percent(value)
    }

    /// The number that it means for so many pods.
    func resolved(of total: Int, roundingUp: Bool) -> Int {
        switch self {
        case .count(let count): max(0, Int(count))
        case .percent(let percent): (Int(percent) * min(max(0, total), Int(Int32.max)) + (roundingUp ? 99 : 0)) / 100
        }
    }
}

extension UpdateStrategy {
    /// Reads the strategy, the cursor before it.
    init(_ cursor: inout JSONCursor, _ bytes: Span<UInt8>) throws(ScanError) {
        var fields = SeenFields()
        guard try cursor.enterObject(bytes) else { return }
        while let key = try cursor.nextKey(bytes) {
            if cursor.matches(key, "type", bytes) {
                try fields.see(0, "strategy.type", key)
                type = try cursor.string(bytes)
            } else if cursor.matches(key, "rollingUpdate", bytes) {
                try fields.see(1, "strategy.rollingUpdate", key)
                try readRollingUpdate(&cursor, bytes)
            } else {
                try cursor.skipValue(bytes)
            }
        }
    }

    private mutating func readRollingUpdate(_ cursor: inout JSONCursor, _ bytes: Span<UInt8>) throws(ScanError) {
        var fields = SeenFields()
        guard try cursor.enterObject(bytes) else { return }
        while let key = try cursor.nextKey(bytes) {
            if cursor.matches(key, "partition", bytes) {
                try fields.see(0, "rollingUpdate.partition", key)
                partition = try cursor.integer(bytes) ?? 0
            } else if cursor.matches(key, "maxUnavailable", bytes) {
                try fields.see(1, "rollingUpdate.maxUnavailable", key)
                maxUnavailable = try Self.countOrPercent(&cursor, bytes)
            } else if cursor.matches(key, "maxSurge", bytes) {
                try fields.see(2, "rollingUpdate.maxSurge", key)
                maxSurge = try Self.countOrPercent(&cursor, bytes)
            } else {
                try cursor.skipValue(bytes)
            }
        }
    }

    private static func countOrPercent(_ cursor: inout JSONCursor, _ bytes: Span<UInt8>) throws(ScanError) -> CountOrPercent? {
        guard try cursor.peek(bytes) == 0x22 else { return try cursor.integer(bytes).map { .count($0) } }
        let start = cursor.offset
        guard let text = try cursor.string(bytes), let share = CountOrPercent(text) else {
            throw ScanError(.expected("a number of pods, or a share such as 25%"), at: start)
        }
        return share
    }
}
