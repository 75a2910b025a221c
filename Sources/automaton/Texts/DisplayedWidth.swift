extension String {
    /// Columns that a terminal gives the text: two for East Asian wide characters and emoji, none for marks that combine (UAX #11).
    var displayedWidth: Int { reduce(0) { $0 + $1.displayedWidth } }

    /// The text in at most so many columns; an ellipsis stands for what is cut off its end, or off its beginning.
    func cut(to width: Int, keepingEnd: Bool = false) -> String {
        if displayedWidth <= width { return self }
        var (kept, left) = ([Character](), width - 1)
        for character in keepingEnd ? Array(reversed()) : Array(self) {
            left -= character.displayedWidth
            guard left >= 0 else { break }
            kept.append(character)
        }
        if width <= 0 { return "" }
        return keepingEnd ? "…" + String(kept.reversed()) : String(kept) + "…"
    }

    /// The text in lines of at most so many columns, broken at blanks; a longer word is broken after a mark such as a comma, or anywhere.
    func wrapped(to width: Int) -> [String] {
        if displayedWidth <= width { return [self] }
        var lines: [String] = []
        var (line, used) = ("", 0)
        for word in split(separator: " ") {
            let length = String(word).displayedWidth
            if !line.isEmpty, used + 1 + length <= width {
                line += " " + word
                used += 1 + length
                continue
            }
            if !line.isEmpty { lines.append(line) }
            var rest = String(word)
            while rest.displayedWidth > width { lines.append(rest.takeFirst(width)) }
            (line, used) = (rest, rest.displayedWidth)
        }
        return line.isEmpty ? lines : lines + [line]
    }

    /// Takes as much off the beginning of a word as fits, at least a character.
    private mutating func takeFirst(_ width: Int) -> String {
        var (head, left) = ([Character](), width)
        for character in self {
            left -= character.displayedWidth
            guard left >= 0 || head.isEmpty else { break }
            head.append(character)
        }
        // Not so early that little stands in the line.
        if let mark = head.lastIndex(where: { ",;:/-_.".contains($0) }), mark >= head.count / 2 { head.removeSubrange((mark + 1)...) }
        removeFirst(head.count)
        return String(head)
    }
}

extension Character {
    fileprivate var displayedWidth: Int {
        // What joins several scalars is shown in the place of the first.
        guard let first = unicodeScalars.first else { return 0 }
        if first.value < 0x300 { return 1 }
        switch first.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        if first.properties.isEmojiPresentation || unicodeScalars.contains("\u{FE0F}") { return 2 }
        return Self.wide.contains { $0.contains(first.value) } ? 2 : 1
    }

    /// Blocks whose characters are wide or full width (EastAsianWidth.txt of Unicode 15, in whole blocks).
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
        0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18DFF, 0x1B000...0x1B2FF, 0x1F200...0x1F2FF, 0x20000...0x3FFFD,
    ]
}
