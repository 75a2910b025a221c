/// Text that comes from anywhere, made fit to be kept and shown: nothing in it commands a terminal, feigns a line or turns the direction of
/// writing.
public enum PlainText: Sendable {
    /// For people: what joins letters and emoji stays, and what no letter is known for is shown as U+FFFD.
    case shown
    /// For who looks for secrets, and for models: nothing is left that is not seen, so that nothing hides in it or is parted by it.
    case bare

    /// The text as lines, parted by `\n`; a tab is four spaces.
    public func lines(_ text: some StringProtocol) -> String {
        var lines = String.UnicodeScalarView()
        for scalar in scalars(of: text) {
            if scalar == "\t" { lines.append(contentsOf: "    ".unicodeScalars) } else { lines.append(scalar) }
        }
        return String(lines)
    }

    /// The text as one line; what ends a line is a space.
    public func line(_ text: some StringProtocol) -> String {
        var line = String.UnicodeScalarView()
        for scalar in scalars(of: text) { line.append(scalar == "\n" || scalar == "\t" ? " " : scalar) }
        return String(line)
    }

    /// The text as one line of words with one space between them: at most so many Unicode scalars, with `…` for the rest.
    public func line(_ text: some StringProtocol, atMost limit: Int) -> String {
        var line = String.UnicodeScalarView()
        var count = 0
        var isBetween = false
        for scalar in scalars(of: text) {
            if scalar == "\n" || scalar == "\t" || scalar == " " {
                isBetween = count > 0
                continue
            }
            // The word's first scalar brings the space before it.
            for next in isBetween ? [" ", scalar] : [scalar] {
                line.append(next)
                count += 1
            }
            isBetween = false
            if count > limit { return Self.beginning(String(line), limit - 1) + (limit > 0 ? "…" : "") }
        }
        return String(line)
    }

    /// The beginning of a text, by what it is made of: one character can be as long as a book.
    public static func beginning(_ text: some StringProtocol, _ scalars: Int) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(max(0, scalars))))
    }

    private func scalars<Text: StringProtocol>(of text: Text) -> Scalars<Text.UnicodeScalarView.Iterator> {
        Scalars(rest: text.unicodeScalars.makeIterator(), style: self)
    }

    /// What a scalar is shown as; nil for one that is left out.
    fileprivate func shown(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        switch scalar.value {
        case 0x20...0x7E: return scalar
        // Joins letters in some scripts, and emoji; chooses between forms of one.
        case 0x200C, 0x200D, 0x034F, 0x180B...0x180D, 0x180F, 0xFE00...0xFE0F, 0xE0100...0xE01EF: return self == .shown ? scalar : nil
        // Letters that are blank.
        case 0x115F, 0x1160, 0x3164, 0xFFA0: return self == .shown ? " " : nil
        default: break
        }
        switch scalar.properties.generalCategory {
        case .control: return self == .shown ? " " : nil
        // The marks of direction, tags, the byte order mark.
        case .format, .surrogate: return nil
        case .privateUse, .unassigned: return self == .shown ? "\u{FFFD}" : nil
        case .spaceSeparator: return " "
        default: return scalar
        }
    }
}

/// The scalars of a text as they are shown, with `\n` for whatever ends a line, and `\t`.
private struct Scalars<Rest: IteratorProtocol<Unicode.Scalar>>: Sequence, IteratorProtocol {
    var rest: Rest
    let style: PlainText
    /// Has been taken from the rest and not been looked at.
    var pending: Unicode.Scalar?
    var isAfterReturn = false

    init(rest: Rest, style: PlainText) {
        self.rest = rest
        self.style = style
    }

    mutating func next() -> Unicode.Scalar? {
        while let scalar = pending ?? rest.next() {
            pending = nil
            // As a terminal shows it: a new line, once.
            if scalar == "\n", isAfterReturn {
                isAfterReturn = false
                continue
            }
            isAfterReturn = scalar == "\r"
            switch scalar.value {
            case 0x09: return "\t"
            case 0x0A...0x0D, 0x85, 0x2028, 0x2029: return "\n"
            case 0x1B: skipEscape()
            default: if let shown = style.shown(scalar) { return shown }
            }
        }
        return nil
    }

    /// Skips the rest of a terminal's escape sequence.
    private mutating func skipEscape() {
        guard let first = rest.next() else { return }
        switch first {
        case "[":
            // Parameters, then one final byte; what breaks off is not swallowed.
            while let next = rest.next() {
                switch next.value {
                case 0x20...0x3F: continue
                case 0x40...0x7E: return
                default: return pending = next
                }
            }
        case "]":
            // A command of the system ends with BEL or ESC \; a line feed means that it did not end.
            while let next = rest.next() {
                if next.value == 0x07 { return }
                if next.value == 0x0A { return pending = next }
                if next.value == 0x1B {
                    let end = rest.next()
                    if end != "\\" { pending = end }
                    return
                }
            }
        case "\n", "\r", "\u{1B}": pending = first
        default: break
        }
    }
}
