extension String {
    /// The text without what can move a cursor, turn its direction, hide or feign a line: each such character is a space, line breaks and
    /// tabs are kept where asked for.
    func plain(keepsLines: Bool) -> String {
        var text = ""
        text.unicodeScalars.reserveCapacity(unicodeScalars.count)
        var isAfterReturn = false
        for scalar in unicodeScalars {
            defer { isAfterReturn = scalar == "\r" }
            switch scalar {
            case "\n" where keepsLines && isAfterReturn: continue
            case "\n" where keepsLines, "\r" where keepsLines: text.unicodeScalars.append("\n")
            case "\t" where keepsLines: text.unicodeScalars.append("\t")
            default: text.unicodeScalars.append(scalar.isUnseen ? " " : scalar)
            }
        }
        return text
    }

    /// One line of at most so many characters.
    func oneLine(_ most: Int) -> String {
        plain(keepsLines: false).split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ").cut(
            most, by: \.unicodeScalars.count)
    }

    /// Lines, without what people cannot see.
    var lines: String { plain(keepsLines: true) }

    /// At most so much of the text by some measure of a character, with `…` where something is left out.
    func cut(_ most: Int, by measure: (Character) -> Int) -> String {
        var total = 0
        var last = startIndex
        for index in indices {
            let size = measure(self[index])
            // Room for the mark, which is one UTF-16 unit and three bytes; whoever counts bytes leaves room for it.
            if total + size <= most - 1 { last = self.index(after: index) }
            total += size
            if total > most { return most < 1 ? "" : self[..<last] + "…" }
        }
        return self
    }
}

extension Unicode.Scalar {
    /// Controls, and what turns the direction of text or shows nothing.
    fileprivate var isUnseen: Bool {
        switch value {
        case 0..<0x20, 0x7F..<0xA0, 0xAD, 0x61C, 0x180E, 0x200B, 0x200E, 0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF, 0xFFF9...0xFFFB,
            0xE0000...0xE007F:
            true
        default: false
        }
    }
}
