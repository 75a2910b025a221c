import SeededRandom
import Testing

/// The same seed gives the same numbers.
@Suite struct SplitMix64Tests {
    /// As the authors' own implementation gives them (https://prng.di.unimi.it/splitmix64.c).
    @Test func givesTheKnownNumbers() {
        var random = SplitMix64(1_234_567)
        #expect(
            (0..<5).map { _ in random.next() } == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
                16_408_922_859_458_223_821,
            ])
    }

    @Test func aPartHasNumbersOfItsOwn() {
        func first(_ random: SplitMix64) -> UInt64 {
            var random = random
            return random.next()
        }
        #expect(first(SplitMix64(7, "pods", "1")) == first(SplitMix64(7, "pods", "1")))
        let all = [SplitMix64(7), SplitMix64(7, "pods", "1"), SplitMix64(7, "pods", "2"), SplitMix64(8, "pods", "1")].map { first($0) }
        #expect(Set(all).count == 4)
    }

    @Test func staysWithinItsBounds() {
        var random = SplitMix64(3)
        var drawn = Set<Int>()
        for _ in 0..<1000 { drawn.insert(random.below(7)) }
        #expect(drawn == Set(0..<7))
        #expect(random.below(0) == 0 && random.below(-3) == 0)
        let hits = (0..<10_000).count { _ in random.chance(30) }
        #expect((2700...3300).contains(hits))
        #expect((0..<100).allSatisfy { _ in !random.chance(0) && random.chance(100) })
    }
}
