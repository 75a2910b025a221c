import SeededRandom
import AutomatonCore
import Testing

/// When a trend leads across a bound: never on few, old, broken or doubtful observations.
@Suite struct TrendTests {
    static let prediction = Prediction(within: .minutes(10))

    /// A trend over values, one every 30 s from noon on, and the time of the last.
    static func trend(_ values: [Double], every interval: Duration = .seconds(30), window: Duration = prediction.window) -> (Trend, Instant)
    {
        var trend = Trend()
        var at = noon
        for (index, value) in values.enumerated() {
            at = noon + interval * index
            trend.observe(value, at: at, window: window)
        }
        return (trend, at)
    }

    static func above(_ values: [Double], _ bound: Double = 15_000, every interval: Duration = .seconds(30)) -> Forecast? {
        let (trend, now) = trend(values, every: interval)
        return trend.crossing(above: bound, now: now, prediction)
    }

    @Test func foretellsARamp() throws {
        let forecast = try #require(Self.above((0..<20).map { 1000 + 600 * Double($0) }))
        #expect(forecast.slopePerSecond == 20 && forecast.slopeAtLeast == 20)
        #expect(forecast.observations == 20 && forecast.value == 12_400 && forecast.bound == 15_000)
        #expect((forecast.crossesAt - forecast.madeAt - .seconds(130)).magnitudeInSeconds < 0.01)
        #expect(forecast.summary == "grows 20/s (at least 20/s) over 20 observations, crosses 15000 in about 2 min")
    }

    @Test func foretellsAFallBelowABound() throws {
        let (trend, now) = Self.trend((0..<20).map { 100 - 4 * Double($0) })
        let forecast = try #require(trend.crossing(below: 10, now: now, Self.prediction))
        #expect(forecast.slopePerSecond < 0 && forecast.slopeAtLeast < 0)
        #expect(forecast.summary == "falls 8/min (at least 8/min) over 20 observations, crosses 10 in about 1 min 45 s")
        #expect(trend.crossing(above: 100, now: now, Self.prediction) == nil)
    }

    @Test func waitsForTheTimeAhead() {
        // 1/s from 0: 15,000 is crossed after 15,000 s, so it is foretold in the last 600 s and not before.
        var trend = Trend()
        var first: Int?
        for second in stride(from: 0, through: 15_000, by: 30) {
            trend.observe(Double(second), at: noon + .seconds(second), window: Self.prediction.window)
            if trend.crossing(above: 15_000, now: noon + .seconds(second), Self.prediction) != nil, first == nil { first = second }
        }
        #expect(first == 14_400)
    }

    static let silent: [(String, [Double])] = [
        ("constant", Array(repeating: 14_999, count: 40)), ("at the bound", Array(repeating: 15_000, count: 40)),
        ("too few", (0..<7).map { 2000 * Double($0) }), ("falling", (0..<30).map { 14_000 - 100 * Double($0) }),
        ("above already", (0..<30).map { 10_000 + 600 * Double($0) }), ("far away", (0..<30).map { 10 * Double($0) }),
        ("a spike at the end", Array(repeating: 1000, count: 27) + [14_000, 14_500, 14_900]),
        ("a spike in between", Array(repeating: 1000, count: 12) + [14_000, 14_500, 14_900] + Array(repeating: 1000, count: 12)),
        ("turned", (0..<22).map { 600 * Double($0) } + (0..<6).map { 13_000 - 600 * Double($0) }),
        ("flat after a ramp", (0..<22).map { 600 * Double($0) } + Array(repeating: 13_000, count: 7)),
        ("around the bound", (0..<40).map { $0 % 2 == 0 ? 14_900 : 15_100 }),
    ]

    @Test(arguments: silent) func saysNothing(name: String, values: [Double]) {
        #expect(Self.above(values) == nil, "\(name)")
    }

    @Test func needsItsObservations() {
        let ramp = (0..<30).map { 400 * Double($0) }
        for count in 1...30 {
            let (trend, now) = Self.trend(Array(ramp.prefix(count)))
            for least in [8, 12, 20] {
                let prediction = Prediction(within: .hours(1), observations: least)
                #expect((trend.crossing(above: 12_000, now: now, prediction) != nil) == (count >= least), "\(count) of \(least)")
            }
            #expect(count >= 5 || trend.crossing(above: 12_000, now: now, Prediction(within: .hours(1), observations: 0)) == nil)
        }
    }

    @Test func beginsAnewAfterAGap() {
        var (trend, now) = Self.trend((0..<20).map { 600 * Double($0) })
        now = now + .seconds(225)
        #expect(trend.crossing(above: 15_000, now: now, Self.prediction) != nil)
        #expect(trend.crossing(above: 15_000, now: now + .seconds(1), Self.prediction) == nil)
        trend.observe(14_000, at: now, window: Self.prediction.window)
        #expect(trend.count == 21)
        trend.observe(14_100, at: now + .seconds(226), window: Self.prediction.window)
        #expect(trend.count == 1)
    }

    @Test func ignoresWhatIsNoObservation() {
        let (plain, now) = Self.trend((0..<20).map { 600 * Double($0) })
        var trend = plain
        for value in [Double.nan, .infinity, -.infinity] { trend.observe(value, at: now + .seconds(30), window: .minutes(15)) }
        trend.observe(0, at: now, window: .minutes(15))
        trend.observe(0, at: now - .seconds(45), window: .minutes(15))
        trend.observe(0, at: now + .seconds(30), window: .zero)
        #expect(trend == plain)
        for bound in [Double.nan, .infinity, -.infinity] {
            #expect(trend.crossing(above: bound, now: now, Self.prediction) == nil)
            #expect(trend.crossing(below: bound, now: now, Self.prediction) == nil)
        }
    }

    @Test func survivesHugeNumbers() {
        for scale in [1e300, 1e308, Double.greatestFiniteMagnitude, Double.leastNonzeroMagnitude] {
            let (trend, now) = Self.trend((0..<20).map { (Double($0) / 10 - 1) * scale })
            _ = trend.crossing(above: scale, now: now, Self.prediction)?.summary
            _ = trend.crossing(below: -scale, now: now, Self.prediction)?.summary
        }
        let (trend, now) = Self.trend([0, 1e308, -1e308, 1e308, -1e308, 0, 1, 2, 3, 4, 5])
        _ = trend.crossing(above: 6, now: now, Self.prediction)?.summary
    }

    @Test(arguments: [1, 5, 10, 15, 16, 47, 200]) func keepsFewOverTheWholeWindow(seconds: Int) {
        var trend = Trend()
        for index in 0..<(7200 / seconds) {
            trend.observe(Double(index * seconds), at: noon + .seconds(index * seconds), window: .minutes(15))
            #expect(trend.count <= Trend.capacity)
        }
        #expect(trend.count >= min(28, 900 / seconds))
        let now = noon + .seconds((7200 / seconds - 1) * seconds)
        // What is left still shows the slope: one a second.
        let forecast = trend.crossing(above: 7500, now: now, Prediction(within: .minutes(10), observations: 3))
        #expect(forecast.map { ($0.slopePerSecond - 1).magnitude < 1e-9 } ?? (seconds == 200))
    }
}

extension Duration {
    /// Seconds, without the sign.
    fileprivate var magnitudeInSeconds: Double { inSeconds.magnitude }
}

/// What must hold for any series.
@Suite struct TrendPropertyTests {
    @Test func noiseAloneFiresRarely() {
        var held = 0
        var asked = 0
        for seed in 0..<200 {
            var generator = SplitMix64(UInt64(seed), "noise")
            var trend = Trend()
            for index in 0..<100 {
                let now = noon + .seconds(30 * index)
                // Uniform noise of ±3,000 around 11,000: its edge is near the bound.
                trend.observe(Double.random(in: 8000..<14_000, using: &generator), at: now, window: .minutes(15))
                if trend.crossing(above: 15_000, now: now, TrendTests.prediction) != nil { held += 1 }
                asked += 1
            }
        }
        // One in a hundred would be the bound's own rate; that the newest must agree makes it rarer still.
        #expect(held * 1000 < asked * 5, "\(held) of \(asked)")
    }

    @Test func anyRampFiresInTime() {
        for seed in 0..<100 {
            var generator = SplitMix64(UInt64(seed), "ramp")
            let slope = Double.random(in: 2..<12, using: &generator)
            let start = Double.random(in: 0..<2000, using: &generator)
            let crossing = (15_000 - start) / slope
            var trend = Trend()
            var first: Double?
            var second = 0.0
            while second < crossing, first == nil {
                let noise = Double.random(in: -300..<300, using: &generator)
                let now = noon + .seconds(second)
                trend.observe(start + slope * second + noise, at: now, window: .minutes(15))
                if trend.crossing(above: 15_000, now: now, TrendTests.prediction) != nil { first = second }
                second += 30
            }
            // Not earlier than the time ahead (and what the noise is worth), not later than half of it.
            let ahead = crossing - (first ?? crossing)
            #expect(ahead > 300 && ahead < 600 + 600 / slope + 30, "seed \(seed): \(ahead) s ahead at \(slope)/s")
        }
    }

    @Test func upAndDownAreMirrors() {
        for seed in 0..<100 {
            var generator = SplitMix64(UInt64(seed), "mirror")
            var value = 0.0
            let drift = Double.random(in: -50..<50, using: &generator)
            var (up, down) = (Trend(), Trend())
            for index in 0..<60 {
                value += drift + Double.random(in: -40..<40, using: &generator)
                let now = noon + .seconds(20 * index)
                up.observe(value, at: now, window: .minutes(10))
                down.observe(-value, at: now, window: .minutes(10))
                let forecast = up.crossing(above: 1500, now: now, TrendTests.prediction)
                let mirror = down.crossing(below: -1500, now: now, TrendTests.prediction)
                #expect(forecast?.crossesAt == mirror?.crossesAt && forecast?.slopeAtLeast == mirror.map { -$0.slopeAtLeast })
                if let forecast {
                    #expect(forecast.slopeAtLeast > 0 && forecast.slopeAtLeast <= forecast.slopePerSecond)
                    #expect(forecast.crossesAt >= now && forecast.crossesAt <= now + TrendTests.prediction.within)
                }
            }
        }
    }

    @Test func oneWrongObservationChangesNothingMuch() throws {
        let ramp = (0..<30).map { 400 * Double($0) }
        let plain = try #require(TrendTests.above(ramp))
        for index in 0..<29 {
            var values = ramp
            values[index] = index % 2 == 0 ? 0 : 1_000_000
            let forecast = try #require(TrendTests.above(values), "wrong at \(index)")
            #expect((forecast.crossesAt - plain.crossesAt).inSeconds.magnitude < 30)
        }
    }
}
