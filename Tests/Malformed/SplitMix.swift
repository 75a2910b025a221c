/// A small seeded generator (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
public struct SplitMix: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Begins where a seed says.
    public init(_ seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// One of several.
    public mutating func pick<Element>(_ elements: [Element]) -> Element { elements[Int(next() % UInt64(elements.count))] }

    /// A number from 0 to below another, which is above 0.
    public mutating func below(_ end: Int) -> Int { Int(next() % UInt64(end)) }

    /// A place in so many bytes, or at their end.
    public mutating func place(in bytes: [UInt8]) -> Int { below(bytes.count + 1) }
}
