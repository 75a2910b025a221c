internal import AutomatonCore
internal import Synchronization

/// How fast one address may ask: a bucket each, which fills again with time. Who asks faster is told when to come back.
final class RequestPace: Sendable {
    /// So many a second in the long run, and so many at once.
    struct Limit: Hashable, Sendable {
        var aSecond: Double
        var atOnce: Double
    }

    private struct Bucket {
        var left: Double
        var at: ContinuousClock.Instant
    }

    /// Addresses that are remembered; the fullest buckets are forgotten first, as they say nothing.
    private static let most = 2000
    private let limit: Limit
    private let buckets = Mutex<[String: Bucket]>([:])

    init(_ limit: Limit) { self.limit = limit }

    /// Takes one from an address's bucket. Answers how long to wait when there is none; nil when it may go on.
    func take(_ address: String, at now: ContinuousClock.Instant = .now) -> Duration? {
        buckets.withLock { buckets in
            var bucket = buckets[address] ?? Bucket(left: limit.atOnce, at: now)
            bucket.left = min(limit.atOnce, bucket.left + limit.aSecond * bucket.at.duration(to: now).inSeconds)
            bucket.at = now
            defer { buckets[address] = bucket }
            if buckets[address] == nil, buckets.count >= Self.most { Self.forget(&buckets, limit, now) }
            guard bucket.left >= 1 else { return .seconds((1 - bucket.left) / limit.aSecond) }
            bucket.left -= 1
            return nil
        }
    }

    /// How long an address has to wait before it may take one; nil when it may now. Takes none.
    func wait(_ address: String, at now: ContinuousClock.Instant = .now) -> Duration? {
        buckets.withLock { buckets in
            guard let bucket = buckets[address] else { return nil }
            let left = min(limit.atOnce, bucket.left + limit.aSecond * bucket.at.duration(to: now).inSeconds)
            return left >= 1 ? nil : .seconds((1 - left) / limit.aSecond)
        }
    }

    private static func forget(_ buckets: inout [String: Bucket], _ limit: Limit, _ now: ContinuousClock.Instant) {
        buckets = buckets.filter { $0.value.left + limit.aSecond * $0.value.at.duration(to: now).inSeconds < limit.atOnce }
        // All of them ask at once: whoever is remembered is chance.
        if buckets.count >= most { buckets = [:] }
    }
}

/// The limits of the API.
public struct RequestLimits: Hashable, Sendable {
    /// Requests a second of one address in the long run; ten times as many at once.
    public var requestsASecond: Double
    /// Refused tries a minute of one address: somebody guesses.
    public var refusalsAMinute: Double

    /// Makes limits.
    public init(requestsASecond: Double = 50, refusalsAMinute: Double = 30) {
        self.requestsASecond = requestsASecond
        self.refusalsAMinute = refusalsAMinute
    }
}
