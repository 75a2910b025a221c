/// A pattern as it is written.
indirect enum LabelPatternTree: Hashable {
    case empty
    case set(LabelPattern.CharacterSet)
    case start
    case end
    case sequence([LabelPatternTree])
    case either([LabelPatternTree])
    /// At least so often, at most so often; nil for any number.
    case repeated(LabelPatternTree, Int, Int?)
}

/// Reads the notation of RE2, as far as it goes without looking back or ahead.
struct LabelPatternParser {
    private typealias Flaw = LabelPattern.Flaw

    /// Groups in groups.
    private static let deepest = 50

    private let scalars: [Unicode.Scalar]
    private var place = 0
    private var depth = 0
    private(set) var ignoresCase = false

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    mutating func read() throws(LabelPattern.Flaw) -> LabelPatternTree {
        if scalars.starts(with: "(?i)".unicodeScalars) { (ignoresCase, place) = (true, 4) }
        let tree = try alternatives()
        guard place == scalars.count else { throw Flaw(text: "has a ) without its (") }
        return tree
    }

    private var next: Unicode.Scalar? { place < scalars.count ? scalars[place] : nil }

    private mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        place += 1
        return true
    }

    // MARK: Structure

    private mutating func alternatives() throws(LabelPattern.Flaw) -> LabelPatternTree {
        var all = [try sequence()]
        while skip("|") { all.append(try sequence()) }
        return all.count == 1 ? all[0] : .either(all)
    }

    private mutating func sequence() throws(LabelPattern.Flaw) -> LabelPatternTree {
        var parts: [LabelPatternTree] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            if "*+?".unicodeScalars.contains(scalar) { throw Flaw(text: "has a \(scalar) with nothing before it") }
            var part = try atom(scalar)
            if let (least, most) = try repetition() {
                part = .repeated(part, least, most)
                // How eagerly it is repeated makes no difference to whether the whole matches.
                _ = skip("?")
                if try repetition() != nil { throw Flaw(text: "repeats a repetition: put the inner one in a group") }
            }
            parts.append(part)
        }
        return parts.isEmpty ? .empty : parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func atom(_ scalar: Unicode.Scalar) throws(LabelPattern.Flaw) -> LabelPatternTree {
        place += 1
        switch scalar {
        case "(": return try group()
        case "[": return .set(try characterClass())
        case "\\":
            let escaped = try escape()
            if case .edge(let edge) = escaped { return edge }
            return .set(escaped.set)
        case "^": return .start
        case "$": return .end
        case ".": return .set(.init(ranges: [0x0A...0x0A], isInverted: true))
        default: return .set(one(scalar))
        }
    }

    private mutating func group() throws(LabelPattern.Flaw) -> LabelPatternTree {
        guard depth < Self.deepest else { throw Flaw(text: "has more than \(Self.deepest) groups in each other") }
        if skip("?"), !skip(":") {
            let what = String(String.UnicodeScalarView(scalars[(place - 2)...].prefix(4)))
            throw Flaw(text: "has '\(what)', which is not supported: of groups ( ) and (?: ) are, and (?i) at the beginning")
        }
        depth += 1
        defer { depth -= 1 }
        let tree = try alternatives()
        guard skip(")") else { throw Flaw(text: "has a ( without its )") }
        return tree
    }

    /// `*`, `+`, `?`, `{n}`, `{n,}`, `{n,m}`; nil when there is none: a brace that is none of these stands for itself.
    private mutating func repetition() throws(LabelPattern.Flaw) -> (Int, Int?)? {
        if skip("*") { return (0, nil) }
        if skip("+") { return (1, nil) }
        if skip("?") { return (0, 1) }
        let begin = place
        guard skip("{") else { return nil }
        let least = number()
        var most = least
        if skip(",") { most = next == "}" ? nil : number() ?? -1 }
        guard let least, most != -1, skip("}") else {
            place = begin
            return nil
        }
        if let most, most < least { throw Flaw(text: "repeats from \(least) to \(most): the first is the smaller one") }
        return (least, most)
    }

    /// Digits; more than any pattern may repeat stay too many.
    private mutating func number() -> Int? {
        var value: Int?
        while let digit = next, ("0"..."9").contains(digit) {
            value = min((value ?? 0) * 10 + Int(digit.value - 0x30), 1_000_000)
            place += 1
        }
        return value
    }

    // MARK: Characters

    private func one(_ scalar: Unicode.Scalar) -> LabelPattern.CharacterSet { either(scalar, scalar) }

    /// A range; where the case makes no difference, in every case.
    private func either(_ first: Unicode.Scalar, _ last: Unicode.Scalar) -> LabelPattern.CharacterSet {
        guard ignoresCase, first == last else { return .init(ranges: [first.value...last.value]) }
        return .init(ranges: first.caseVariants.map { $0...$0 })
    }

    private enum Escaped {
        case one(Unicode.Scalar)
        case some(LabelPattern.CharacterSet)
        case edge(LabelPatternTree)

        var set: LabelPattern.CharacterSet {
            switch self {
            case .one(let scalar): .init(ranges: [scalar.value...scalar.value])
            case .some(let set): set
            case .edge: .init()
            }
        }
    }

    private static let digits: [ClosedRange<UInt32>] = [0x30...0x39]
    private static let letters: [ClosedRange<UInt32>] = [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A]
    private static let blanks: [ClosedRange<UInt32>] = [0x09...0x0A, 0x0C...0x0D, 0x20...0x20]

    /// What follows a backslash.
    private mutating func escape() throws(LabelPattern.Flaw) -> Escaped {
        guard let scalar = next else { throw Flaw(text: "ends with a backslash") }
        place += 1
        switch scalar {
        case "d": return .some(.init(ranges: Self.digits))
        case "D": return .some(.init(ranges: Self.digits, isInverted: true))
        case "w": return .some(.init(ranges: Self.letters))
        case "W": return .some(.init(ranges: Self.letters, isInverted: true))
        case "s": return .some(.init(ranges: Self.blanks))
        case "S": return .some(.init(ranges: Self.blanks, isInverted: true))
        case "A": return .edge(.start)
        case "z": return .edge(.end)
        case "t": return .one("\t")
        case "n": return .one("\n")
        case "r": return .one("\r")
        case "f": return .one("\u{C}")
        case "v": return .one("\u{B}")
        case "a": return .one("\u{7}")
        default:
            let isWord = Self.letters.contains { $0.contains(scalar.value) }
            guard scalar.isASCII, !isWord || scalar == "_" else {
                throw Flaw(
                    text: "has '\\\(scalar)', which is not supported: \\d, \\w, \\s, their opposites, \\n, \\t and escaped signs are")
            }
            return .one(scalar)
        }
    }

    /// What follows `[`.
    private mutating func characterClass() throws(LabelPattern.Flaw) -> LabelPattern.CharacterSet {
        var ranges: [ClosedRange<UInt32>] = []
        let isInverted = skip("^")
        var isFirst = true
        while let scalar = next, isFirst || scalar != "]" {
            isFirst = false
            if scalar == "[", place + 1 < scalars.count, scalars[place + 1] == ":" {
                throw Flaw(text: "has '[:', which is not supported: write the range, as in [a-z]")
            }
            place += 1
            var first = scalar
            if scalar == "\\" {
                switch try escape() {
                case .one(let escaped): first = escaped
                case .some(let set) where !set.isInverted:
                    ranges += set.ranges
                    continue
                case .some, .edge: throw Flaw(text: "has in [ ] an escape that is none of one character: write the ranges")
                }
            }
            // A hyphen at the end stands for itself.
            guard next == "-", place + 1 < scalars.count, scalars[place + 1] != "]" else {
                ranges += either(first, first).ranges
                continue
            }
            place += 1
            guard var last = next else { break }
            place += 1
            if last == "\\" {
                guard case .one(let escaped) = try escape() else { throw Flaw(text: "has a range in [ ] that ends with no character") }
                last = escaped
            }
            guard first <= last else { throw Flaw(text: "has the range \(first)-\(last), which is written from its end") }
            ranges += either(first, last).ranges
        }
        guard skip("]") else { throw Flaw(text: "has a [ without its ]") }
        return .init(ranges: ranges, isInverted: isInverted)
    }
}
