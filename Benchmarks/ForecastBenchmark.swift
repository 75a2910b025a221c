import AutomatonCore

/// Lead time and false alarms of the forecast, of Holt's linear method and of the plain threshold, over ``ForecastShape/all``.
enum ForecastBenchmark {
    private static let bound = 15_000.0
    private static let prediction = Prediction(within: .minutes(10))
    /// For figures that rise and fall by themselves within the hour.
    private static let wide = Prediction(within: .minutes(10), window: .hours(1))
    private static let seeds: UInt64 = 20
    /// Above the bound for so many observations (5 min): an incident. For fewer: noise that a rule's delay waits out.
    private static let lasting = 10
    /// Alarms closer than this are one.
    private static let quiet = 20

    static func run() {
        print("forecast: \(seeds) days a shape, an observation every 30 s, bound 15,000, 10 min ahead")
        print("  foretold of the crossings, median time ahead, false alarms a day (the threshold: crossings that noise or a spike made)")
        let narrow = Prediction(within: prediction.within, window: .minutes(8))
        let methods: [(String, ([Double]) -> [Bool])] = [
            ("Theil–Sen, 8 min", { theilSen($0, narrow) }), ("Theil–Sen, 15 min", { theilSen($0, prediction) }),
            ("Theil–Sen, 1 h", { theilSen($0, wide) }), ("Holt", { holt($0, confidence: 0) }),
            ("Holt, 99 % bound", { holt($0, confidence: 2.326) }), ("threshold", { $0.map { $0 > bound } }),
        ]
        for shape in ForecastShape.all {
            let days = (0..<seeds).map { seed in (observed: shape.observations(seed), crossings: crossings(shape, seed)) }
            let crossed = days.reduce(0) { $0 + $1.crossings.count }
            print("  \(shape.name)")
            for (name, method) in methods {
                let score = score(days, method)
                let ahead = score.ahead.isEmpty ? "-" : minutes(score.ahead.sorted()[score.ahead.count / 2])
                print("    \(name): \(score.ahead.count) of \(crossed), \(ahead), \(perDay(score.falseAlarms)) false")
            }
        }
        cost()
    }

    /// When the true figure goes above the bound for 5 minutes or more: index of the observation.
    private static func crossings(_ shape: ForecastShape, _ seed: UInt64) -> [Int] {
        let above = (0..<Int(ForecastShape.length / ForecastShape.interval)).map {
            shape.truth(Double($0) * ForecastShape.interval, seed) > bound
        }
        return above.indices.filter { index in
            above[index] && (index == 0 || !above[index - 1]) && index + lasting <= above.count
                && above[index..<(index + lasting)].allSatisfy { $0 }
        }
    }

    private struct Score {
        /// For each crossing that an alarm came before: how many observations before.
        var ahead: [Int] = []
        var falseAlarms = 0
    }

    /// An alarm is right when a crossing follows within twice the time that it spoke of, or the figure has stayed near the bound since one.
    private static func score(_ days: [(observed: [Double], crossings: [Int])], _ method: ([Double]) -> [Bool]) -> Score {
        var score = Score()
        let horizon = Int(prediction.within.inSeconds / ForecastShape.interval)
        for day in days {
            var alarms: [Range<Int>] = []
            for (index, alarm) in method(day.observed).enumerated() where alarm {
                if let last = alarms.last, index - last.upperBound < quiet {
                    alarms[alarms.count - 1] = last.lowerBound..<(index + 1)
                } else {
                    alarms.append(index..<(index + 1))
                }
            }
            for crossing in day.crossings {
                let before = alarms.first { $0.upperBound + 2 * horizon > crossing && $0.lowerBound <= crossing }
                if let before { score.ahead.append(min(crossing - before.lowerBound, 2 * horizon)) }
            }
            score.falseAlarms +=
                alarms.count { alarm in
                    let lies = { (index: Int) in alarm.lowerBound <= index && index <= alarm.upperBound + 2 * horizon }
                    let isDuring = day.crossings.contains { $0 <= alarm.lowerBound && stillAbove(day.observed, $0, alarm.lowerBound) }
                    return !day.crossings.contains(where: lies) && !isDuring
                }
        }
        return score
    }

    /// Whether the figure stayed near the bound or above from one observation to another.
    private static func stillAbove(_ observed: [Double], _ from: Int, _ to: Int) -> Bool {
        observed[from...to].allSatisfy { $0 > 0.8 * bound }
    }

    private static func instant(_ index: Int) -> Instant {
        Instant(seconds: 1_772_366_400) + .seconds(Double(index) * ForecastShape.interval)
    }

    private static func theilSen(_ observed: [Double], _ prediction: Prediction) -> [Bool] {
        var trend = Trend()
        return observed.enumerated().map { index, value in
            trend.observe(value, at: instant(index), window: prediction.window)
            return trend.crossing(above: bound, now: instant(index), prediction) != nil
        }
    }

    /// Holt's linear method with the usual weights (level 0.5, trend 0.1), less so many standard deviations of its own errors.
    private static func holt(_ observed: [Double], confidence: Double) -> [Bool] {
        let steps = prediction.within.inSeconds / ForecastShape.interval
        var (level, slope, variance) = (observed[0], 0.0, 0.0)
        return observed.enumerated().map { index, value in
            let error = value - (level + slope)
            variance = index == 0 ? 0 : 0.9 * variance + 0.1 * error * error
            level += slope + 0.5 * error
            slope += 0.05 * error
            // The variance of the forecast `steps` ahead, after Hyndman and others, "Forecasting with exponential smoothing", 2008.
            let growth =
                1 + (steps - 1) * (0.25 + 0.5 * 0.05 * steps + 0.05 * 0.05 * steps * (2 * steps - 1) / 6)
            let ahead = level + slope * steps - confidence * (variance * growth).squareRoot()
            return value <= bound && index >= prediction.observations && ahead > bound
        }
    }

    /// What the forecast costs, with as many observations as are kept.
    private static func cost() {
        let full = Prediction(within: prediction.within, window: .minutes(29))
        let spikes = ForecastShape.all[3].observations(1)
        for (name, values) in [("quiet", spikes), ("rising", (0..<100).map { 140 * Double($0) })] {
            let rounds = 60_000 / values.count
            var (asked, held) = (0, 0)
            let start = ContinuousClock.now
            for round in 0..<rounds {
                var trend = Trend()
                for (index, value) in values.enumerated() {
                    let now = instant(index + round * values.count)
                    trend.observe(value, at: now, window: full.window)
                    if trend.crossing(above: bound, now: now, full) != nil { held += 1 }
                    asked += 1
                }
            }
            let spent = start.duration(to: .now).inSeconds / Double(asked)
            print("  \(name): \(Int(spent * 1e9)) ns an observation with its forecast (\(held * 100 / asked) % of the forecasts hold)")
        }
        print("  kept of one figure: at most \(Trend.capacity) observations, \(Trend.capacity * 16) bytes")
    }

    private static func minutes(_ observations: Int) -> String {
        let tenths = Int(Double(observations) * ForecastShape.interval / 6 + 0.5)
        return "\(tenths / 10).\(tenths % 10) min"
    }

    private static func perDay(_ count: Int) -> String {
        let hundredths = count * 100 / Int(seeds)
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
    }
}
