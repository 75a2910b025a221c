/// An integer or a percentage, as `maxSurge` and `maxUnavailable` are given.
enum CountOrPercent: Sendable, Hashable {
    case count(Int)
    case percent(Int)

    /// Reads `3` or `"25%"`; nil when it is neither.
    init?(text: String) {
        guard text.hasSuffix("%"), let value = Int(text.dropLast()), value >= 0 else { return nil }
        self = .percent(value)
    }

    /// The number that it means for so many replicas.
    func resolved(of total: Int, roundingUp: Bool) -> Int {
        switch self {
        case .count(let count): count
        case .percent(let percent): (percent * total + (roundingUp ? 99 : 0)) / 100
        }
    }
}

/// How far a rolling update of a Deployment may leave the number of replicas that was asked for.
///
/// Source: `pkg/controller/deployment/util` (`ResolveFenceposts`, `MaxUnavailable`): the surge rounds up, the unavailable round down,
/// and where both are zero one pod may be unavailable, for nothing could ever move.
struct RolloutBounds: Sendable, Hashable {
    let replicas: Int
    let maxSurge: Int
    let maxUnavailable: Int

    init(replicas: Int, surge: CountOrPercent, unavailable: CountOrPercent) {
        self.replicas = replicas
        maxSurge = surge.resolved(of: replicas, roundingUp: true)
        let allowed = unavailable.resolved(of: replicas, roundingUp: false)
        maxUnavailable = replicas == 0 ? 0 : min(replicas, allowed == 0 && maxSurge == 0 ? 1 : allowed)
    }

    /// Bounds without any leeway upwards: those of the strategy `Recreate`.
    init(recreating replicas: Int) {
        self.replicas = replicas
        maxSurge = 0
        maxUnavailable = 0
    }

    /// The fewest pods that have to be available at each moment.
    var minAvailable: Int { replicas - maxUnavailable }

    /// The most pods that may exist at each moment.
    var maxTotal: Int { replicas + maxSurge }
}
