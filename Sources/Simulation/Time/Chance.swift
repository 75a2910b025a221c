import AutomatonCore
import SeededRandom

/// Numbers drawn from a seed: the same ones in every process.
struct Chance: RandomNumberGenerator, Sendable {
    private var generator: SplitMix64

    /// A generator of its own for each purpose, so that one more draw for one leaves the others as they were.
    init(_ seed: UInt64, _ purpose: String...) {
        var hash = StableHash(seed: seed &* 0x9E37_79B9_7F4A_7C15)
        for text in purpose {
            hash.add(text.utf8)
            hash.end()
        }
        generator = SplitMix64(hash.value)
    }

    mutating func next() -> UInt64 { generator.next() }

    /// True in so many of a hundred cases.
    mutating func percent(_ share: Int) -> Bool { below(100) < share }

    /// From 0 to one less than the bound.
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }

    mutating func within(_ range: ClosedRange<Int>) -> Int { range.lowerBound + below(range.count) }

    /// Whole milliseconds within two times.
    mutating func within(_ range: ClosedRange<Duration>) -> Duration {
        let (low, high) = (range.lowerBound.milliseconds, range.upperBound.milliseconds)
        return .milliseconds(within(low...high))
    }

    /// From -1 to 1.
    mutating func spread() -> Double { Double(within(-1_000_000...1_000_000)) / 1_000_000 }

    mutating func one<Element>(of list: [Element]) -> Element { list[below(list.count)] }
}

extension Duration {
    fileprivate var milliseconds: Int { Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000) }
}
