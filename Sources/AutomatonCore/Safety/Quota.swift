/// How many of a whole: a count, or a share of it.
public enum Quota: Hashable, Codable, Sendable, CustomStringConvertible {
    /// So many.
    case count(Int)
    /// So many of a hundred.
    case percent(Int)

    /// How many that is of a whole, rounded down.
    public func of(_ whole: Int) -> Int {
        switch self {
        case .count(let count): count
        case .percent(let percent): Int((Int64(whole) * Int64(percent)) / 100)
        }
    }

    /// `3` or `20%`.
    public var description: String {
        switch self {
        case .count(let count): "\(count)"
        case .percent(let percent): "\(percent)%"
        }
    }

    /// Reads `3` or `20%`; nil when it is neither, is negative, or is more than 100 %.
    public init?(_ text: some StringProtocol) {
        if text.hasSuffix("%") {
            guard let percent = Int(text.dropLast()), (0...100).contains(percent) else { return nil }
            self = .percent(percent)
        } else {
            guard let count = Int(text), count >= 0 else { return nil }
            self = .count(count)
        }
    }
}
