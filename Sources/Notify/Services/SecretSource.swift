public import CurlHTTP
internal import Rules

/// Where a secret comes from: never the YAML itself.
public enum SecretSource: Hashable, Sendable, CustomStringConvertible {
    /// An environment variable, as it was at the start.
    case environment(String, Secret)
    /// A mounted file, read at each delivery: a rotated secret is used at once.
    case file(String)

    /// More than any token or key has.
    static let mostBytes = 64 << 10

    /// The secret, without line breaks at its end.
    func read() throws(DeliveryFailure) -> Secret {
        switch self {
        case .environment(_, let secret): return secret
        case .file(let path):
            let bytes: [UInt8]
            do throws(FileAccess.ReadError) {
                bytes = try FileAccess.read(path, limit: Self.mostBytes)
            } catch {
                // A mounted Secret can be a moment late, or be corrected.
                let why =
                    switch error {
                    case .failed(let failure): failure.text
                    case .notRegular: "it is not a file"
                    case .tooLarge: "it is larger than \(Self.mostBytes) bytes"
                    }
                throw DeliveryFailure("the secret \(path) cannot be read: \(why)", retry: .later(after: nil))
            }
            return try Self.checked(bytes, from: path)
        }
    }

    /// The secret, if a header or an address can carry it.
    static func checked(_ bytes: [UInt8], from place: String) throws(DeliveryFailure) -> Secret {
        var bytes = bytes[...]
        while let last = bytes.last, last == 0x0A || last == 0x0D { bytes = bytes.dropLast() }
        guard !bytes.isEmpty else { throw DeliveryFailure("the secret \(place) is empty", retry: .later(after: nil)) }
        guard bytes.allSatisfy({ $0 >= 0x21 && $0 <= 0x7E }) else {
            throw DeliveryFailure(
                "the secret \(place) holds white space or other bytes that no token, key or address has", retry: .later(after: nil))
        }
        return Secret(bytes: Array(bytes))
    }

    public var description: String {
        switch self {
        case .environment(let name, _): "$\(name)"
        case .file(let path): path
        }
    }
}
