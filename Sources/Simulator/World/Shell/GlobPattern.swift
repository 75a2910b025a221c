/// A pattern as `fnmatch(3)` reads it: `*`, `?`, `[…]`, and `\` before a character that is meant itself.
struct GlobPattern: Sendable, Hashable {
    private let pattern: [Character]

    init(_ text: String) { pattern = Array(text) }

    func matches(_ text: String) -> Bool { matches(Array(text)[...], pattern[...]) }

    private func matches(_ text: ArraySlice<Character>, _ pattern: ArraySlice<Character>) -> Bool {
        var text = text
        var pattern = pattern
        while let first = pattern.first {
            switch first {
            case "*":
                let rest = pattern.dropFirst()
                if rest.isEmpty { return true }
                return text.indices.contains { matches(text[$0...], rest) } || matches(text[text.endIndex...], rest)
            case "?":
                guard !text.isEmpty else { return false }
                pattern.removeFirst()
            case "[":
                guard let character = text.first, let (isIn, rest) = Self.set(pattern.dropFirst(), character) else {
                    // Without its end it is a bracket like any other character.
                    guard text.first == "[" else { return false }
                    pattern.removeFirst()
                    break
                }
                guard isIn else { return false }
                pattern = rest
            case "\\" where pattern.count > 1:
                pattern.removeFirst()
                guard text.first == pattern.first else { return false }
                pattern.removeFirst()
            default:
                guard text.first == first else { return false }
                pattern.removeFirst()
            }
            text.removeFirst()
        }
        return text.isEmpty
    }

    private static func set(_ pattern: ArraySlice<Character>, _ character: Character) -> (Bool, ArraySlice<Character>)? {
        var rest = pattern
        let isNegated = rest.first == "!" || rest.first == "^"
        if isNegated { rest.removeFirst() }
        var isIn = false
        var isFirst = true
        while let low = rest.popFirst() {
            if low == "]", !isFirst { return (isIn != isNegated, rest) }
            isFirst = false
            var high = low
            if rest.first == "-", let end = rest.dropFirst().first, end != "]" {
                high = end
                rest = rest.dropFirst(2)
            }
            if low <= high, (low...high).contains(character) { isIn = true }
        }
        return nil
    }
}
