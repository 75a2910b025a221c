internal import AutomatonCore
internal import Synchronization

/// The main figures of consumer groups and databases over the last day, for small charts: a bounded number of bounded rings.
public final class FigureHistory: Sendable {
    /// A figure at a time.
    struct Point: Hashable, Sendable {
        var at: Instant
        var value: Double
    }

    /// A figure over time.
    struct Series: Hashable, Sendable {
        var subject: Subject
        var check: CheckID
        var figure: String
        var unit: String
        /// Oldest first.
        var points: [Point]

        var kindWord: String {
            switch subject.kind {
            case .consumerGroup: "consumer group"
            case .database: "database"
            default: subject.kind.rawValue
            }
        }
    }

    /// So many figures are kept; the one that was not measured for the longest makes room.
    public static let most = 50
    /// Of the last time each measurement, of the day the highest of each five minutes.
    static let (mostFine, mostCoarse) = (240, 288)
    static let coarseStep: Duration = .minutes(5)

    private struct Key: Hashable {
        var subject: Subject
        var check: CheckID
    }

    private struct Rings {
        var figure: String
        var unit: String
        var fine: [Point] = []
        var coarse: [Point] = []
    }

    private let rings = Mutex<[Key: Rings]>([:])

    /// Knows nothing yet.
    public init() {}

    /// Takes what was measured of a subject. What is not newer than what is known says nothing.
    func take(_ subject: Subject, _ check: CheckID, _ figure: Figure, at instant: Instant) {
        let key = Key(subject: subject, check: check)
        rings.withLock { rings in
            if rings[key] == nil, rings.count >= Self.most {
                let oldest = rings.min { ($0.value.fine.last?.at ?? .epoch) < ($1.value.fine.last?.at ?? .epoch) }
                guard let oldest, oldest.value.fine.last.map({ $0.at < instant }) ?? true else { return }
                rings[oldest.key] = nil
            }
            var ring = rings[key] ?? Rings(figure: figure.name, unit: figure.unit)
            guard ring.fine.last.map({ $0.at < instant }) ?? true else { return }
            (ring.figure, ring.unit) = (figure.name, figure.unit)
            ring.fine.append(Point(at: instant, value: figure.value))
            if ring.fine.count > Self.mostFine { ring.fine.removeFirst(ring.fine.count - Self.mostFine) }
            if let last = ring.coarse.last, instant - last.at < Self.coarseStep {
                ring.coarse[ring.coarse.count - 1].value = max(last.value, figure.value)
            } else {
                ring.coarse.append(Point(at: instant, value: figure.value))
                if ring.coarse.count > Self.mostCoarse { ring.coarse.removeFirst(ring.coarse.count - Self.mostCoarse) }
            }
            rings[key] = ring
        }
    }

    /// All that were measured within a day, by subject: over the day, or, of a young process, over the last minutes.
    func series(at now: Instant) -> [Series] {
        rings.withLock { rings in
            rings.compactMap { key, ring in
                guard let last = ring.fine.last, now - last.at < .hours(24) else { return nil }
                var points = ring.fine
                if ring.coarse.count >= 12 {
                    points = ring.coarse.filter { now - $0.at <= .hours(24) }
                    if points.last?.at != last.at { points.append(last) }
                }
                return Series(subject: key.subject, check: key.check, figure: ring.figure, unit: ring.unit, points: points)
            }
        }.sorted { ($0.subject, $0.check) < ($1.subject, $1.check) }
    }
}
