/// Text that comes from anywhere, made fit to be shown: nothing in it ends a line, moves the cursor or turns the direction of writing.
enum PlainLine {
    /// One line of at most so many Unicode scalars.
    static func of(_ text: String, atMost limit: Int) -> String {
        var line = String.UnicodeScalarView()
        var count = 0
        var isAfterSpace = true
        for scalar in text.unicodeScalars {
            guard let shown = shown(scalar) else { continue }
            if shown == " " {
                if isAfterSpace { continue }
                isAfterSpace = true
            } else {
                isAfterSpace = false
            }
            guard count < limit else {
                line.append("…")
                break
            }
            line.append(shown)
            count += 1
        }
        while line.last == " " { line.removeLast() }
        return String(line)
    }

    /// The lines of a text, at most so many Unicode scalars of it; empty lines at its ends are left out.
    static func lines(_ text: String, atMost limit: Int) -> [String] {
        var rest = limit
        var lines: [String] = []
        for line in text.unicodeScalars.split(omittingEmptySubsequences: false, whereSeparator: { isLineEnd($0) }) {
            guard rest > 0 else {
                lines.append("…")
                break
            }
            let shown = of(String(line), atMost: rest)
            rest -= shown.unicodeScalars.count + 1
            if !(shown.isEmpty && lines.last?.isEmpty ?? true) { lines.append(shown) }
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    private static func isLineEnd(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0A...0x0D, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }

    /// What a scalar is shown as; nil for one that is left out.
    private static func shown(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        // Joins letters in some scripts, and emoji.
        if scalar.value == 0x200C || scalar.value == 0x200D { return scalar }
        return switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .spaceSeparator: " "
        case .format: nil
        case .surrogate, .privateUse, .unassigned: "\u{FFFD}"
        default: scalar
        }
    }
}
