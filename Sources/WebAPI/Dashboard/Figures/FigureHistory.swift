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
    /// Points of one figure. When there are more, two of them become one, until each stands for five minutes: then the oldest goes.
    static let mostPoints = 288
    static let longestStep: Duration = .minutes(5)

    private struct Key: Hashable {
        var subject: Subject
        var check: CheckID
    }

    private struct Ring {
        var figure: String
        var unit: String
        var latest: Point
        /// Each the highest of its step, at the beginning of it.
        var points: [Point]
        var step: Duration = .zero

        mutating func take(_ point: Point) {
            latest = point
            if let last = points.last, point.at - last.at < step {
                points[points.count - 1].value = max(last.value, point.value)
                return
            }
            points.append(point)
            while points.count > FigureHistory.mostPoints {
                guard step < FigureHistory.longestStep else {
                    points.removeFirst()
                    return
                }
                thin()
            }
        }

        /// Doubles the step.
        private mutating func thin() {
            let usual = (latest.at - points[0].at) / (points.count - 1)
            step = min(FigureHistory.longestStep, max(step, usual) * 2)
            var thinned: [Point] = []
            for point in points {
                if let last = thinned.last, point.at - last.at < step {
                    thinned[thinned.count - 1].value = max(last.value, point.value)
                } else {
                    thinned.append(point)
                }
            }
            points = thinned
        }
    }

    private let rings = Mutex<[Key: Ring]>([:])

    /// Knows nothing yet.
    public init() {}

    /// Takes what was measured of a subject. What is not newer than what is known says nothing.
    func take(_ subject: Subject, _ check: CheckID, _ figure: Figure, at instant: Instant) {
        let key = Key(subject: subject, check: check)
        let point = Point(at: instant, value: figure.value)
        rings.withLock { rings in
            guard var ring = rings[key] else {
                if rings.count >= Self.most {
                    guard let oldest = rings.min(by: { $0.value.latest.at < $1.value.latest.at }), oldest.value.latest.at < instant else {
                        return
                    }
                    rings[oldest.key] = nil
                }
                rings[key] = Ring(figure: figure.name, unit: figure.unit, latest: point, points: [point])
                return
            }
            guard ring.latest.at < instant else { return }
            (ring.figure, ring.unit) = (figure.name, figure.unit)
            ring.take(point)
            rings[key] = ring
        }
    }

    /// All that were measured within a day, by subject, each with its last value at the end.
    func series(at now: Instant) -> [Series] {
        rings.withLock { rings in
            rings.compactMap { key, ring in
                guard now - ring.latest.at < .hours(24) else { return nil }
                var points = ring.points.filter { now - $0.at <= .hours(24) }
                if points.last?.at != ring.latest.at { points.append(ring.latest) }
                return Series(subject: key.subject, check: key.check, figure: ring.figure, unit: ring.unit, points: points)
            }
        }.sorted { ($0.subject, $0.check) < ($1.subject, $1.check) }
    }
}
