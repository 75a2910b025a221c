/// FNV-1a with 64 bits (draft-eastlake-fnv): the same in every process and on every machine, which the standard library's hash is not.
/// No protection against forgery.
public struct StableHash: Hashable, Sendable {
    /// The hash of what was added.
    public var value: UInt64

    /// Begins a hash.
    /// - Parameter seed: another one gives other hashes.
    public init(seed: UInt64 = 0) { value = 0xCBF2_9CE4_8422_2325 ^ seed }

    /// Adds bytes, one after the other.
    @inlinable public mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }

    /// Ends a part, by a byte that no UTF-8 text holds: `ab` and `c` are not `a` and `bc`.
    @inlinable public mutating func end() { value = (value ^ 0xFF) &* 0x100_0000_01B3 }
}
