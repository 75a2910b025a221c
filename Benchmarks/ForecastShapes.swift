import SeededRandom
import AutomatonCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A figure over a day, one observation every 30 s, made anew for each seed: what is true and what the check measures of it.
struct ForecastShape: Sendable {
    /// What people call it.
    let name: String
    /// The figure without noise, at a second of the day; the seed moves times and sizes about.
    let truth: @Sendable (_ second: Double, _ seed: UInt64) -> Double

    /// Seconds between observations.
    static let interval = 30.0
    /// Seconds of a series.
    static let length = 86_400.0

    /// The observations: the truth with 4 % noise of its own size and 150 of any size, never below 0.
    func observations(_ seed: UInt64) -> [Double] {
        var generator = SplitMix64(shape: seed)
        return (0..<Int(Self.length / Self.interval)).map { index in
            let value = truth(Double(index) * Self.interval, seed)
            return max(0, value + generator.normal() * (150 + 0.04 * value))
        }
    }

    /// The shapes of the benchmark. The bound is 15,000 for all.
    static let all = [
        // Quiet until a consumer stalls; what comes in piles up until somebody mends it, four hours later.
        ramp("ramp, 3/s", 3), ramp("ramp, 10/s", 10), ramp("ramp, 30/s", 30),
        ForecastShape(name: "spikes, 1 to 3 observations") { second, seed in
            let hour = Int(second / 3600)
            var generator = SplitMix64(shape: seed &+ UInt64(hour) &* 7919)
            let start = Double(hour) * 3600 + Double.random(in: 0..<3000, using: &generator)
            let width = Double.random(in: 30..<90, using: &generator)
            let height = Double.random(in: 5000..<20_000, using: &generator)
            return second >= start && second < start + width ? height : 1500
        },
        // A job every 20 minutes drains what came in.
        sawTooth("saw-tooth, 20 min, up to 11,000", period: 1200, top: 11_000),
        sawTooth("saw-tooth, 2 h, up to 11,000", period: 7200, top: 11_000),
        // Bursts that arrive within 8 minutes and drain within 30, below the bound.
        ForecastShape(name: "bursts, up to 10,000 in 8 min") { second, seed in
            let at = (second + Double(seed % 60) * 60).truncatingRemainder(dividingBy: 3600)
            return at < 480 ? 500 + 9500 * at / 480 : max(500, 10_000 - 9500 * (at - 480) / 1800)
        },
        wave("daily wave, up to 13,000", top: 13_000), wave("daily wave, up to 18,000", top: 18_000),
        // Around 9,000, wandering for minutes.
        ForecastShape(name: "wandering around 9,000") { second, seed in
            (1...6).reduce(9000) { sum, part in
                var generator = SplitMix64(shape: seed &+ UInt64(part) &* 104_729)
                let period = Double.random(in: 400..<6000, using: &generator)
                let phase = Double.random(in: 0..<1, using: &generator)
                return sum + 800 * sin(2 * .pi * (second / period + phase))
            }
        },
    ]

    private static func ramp(_ name: String, _ slope: Double) -> ForecastShape {
        ForecastShape(name: name) { second, seed in
            let start = 21_600 + Double(seed % 97) * 60
            if second < start || second > start + 4 * 3600 { return 1000 }
            return min(1000 + slope * (second - start), 40_000)
        }
    }

    private static func sawTooth(_ name: String, period: Double, top: Double) -> ForecastShape {
        ForecastShape(name: name) { second, seed in
            top * (second + Double(seed % 60) * 60).truncatingRemainder(dividingBy: period) / period
        }
    }

    private static func wave(_ name: String, top: Double) -> ForecastShape {
        ForecastShape(name: name) { second, seed in
            let middle = (top + 2000) / 2
            return middle - (top - middle) * cos(2 * .pi * (second / 86_400 + Double(seed % 24) / 24))
        }
    }
}

extension SplitMix64 {
    /// For seeds that lie beside each other.
    fileprivate init(shape seed: UInt64) { self.init(seed &* 0x2545_F491_4F6C_DD1D &+ 1) }

    /// A number of the standard normal distribution (Box and Muller).
    mutating func normal() -> Double {
        let radius = (-2 * log(Double.random(in: Double.leastNormalMagnitude..<1, using: &self))).squareRoot()
        return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &self))
    }
}
