/// Numbers that look drawn at random and are the same for the same seed, in every process (Steele, Lea, Flood: Fast splittable pseudorandom
/// number generators, 2014). For simulations, tests and names; not for secrets.
public struct SplitMix64: RandomNumberGenerator, Sendable {
    @usableFromInline var state: UInt64

    /// Begins with a seed.
    public init(_ seed: UInt64) { state = seed }

    /// Begins one for a part of the work, so that leaving out other parts does not change it.
    public init(_ seed: UInt64, _ parts: String...) {
        state = seed
        for byte in parts.joined(separator: "/").utf8 {
            state ^= UInt64(byte)
            _ = next()
        }
    }

    @inlinable public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// From 0 to one less than the bound; 0 where there is nothing to draw from. Near enough to even for bounds that are small.
    public mutating func below(_ bound: Int) -> Int { bound <= 0 ? 0 : Int(next() % UInt64(bound)) }

    /// True in so many of a hundred cases.
    public mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}
