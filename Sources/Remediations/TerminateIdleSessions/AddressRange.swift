#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Addresses of clients: `10.0.0.7`, `10.0.0.0/8`, `fd00::/8`, or `local` for those that come over a Unix socket.
enum AddressRange: Hashable, Sendable {
    case local
    case network(bytes: [UInt8], bits: Int)

    /// Nil when the text is none of these.
    init?(_ text: String) {
        guard text != "local" else {
            self = .local
            return
        }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let bytes = Self.bytes(String(parts[0])) else { return nil }
        guard let bits = parts.count == 2 ? Int(parts[1]) : bytes.count * 8, (0...(bytes.count * 8)).contains(bits) else { return nil }
        self = .network(bytes: bytes, bits: bits)
    }

    /// Whether the address, as PostgreSQL writes it (empty for a Unix socket), is one of these.
    func contains(_ address: String) -> Bool {
        switch self {
        case .local: return address.isEmpty
        case .network(let network, let bits):
            guard let bytes = Self.bytes(address), bytes.count == network.count else { return false }
            return (0..<bits).allSatisfy { bit in
                let mask = UInt8(0x80) >> UInt8(bit % 8)
                return bytes[bit / 8] & mask == network[bit / 8] & mask
            }
        }
    }

    private static func bytes(_ text: String) -> [UInt8]? {
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: count)
            if inet_pton(family, text, &bytes) == 1 { return bytes }
        }
        return nil
    }
}
