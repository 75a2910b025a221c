/// Text without what people do not see: control characters, those that turn its direction, and those that have no width. What hides in
/// them would be read by a model, or by a program, and by nobody else.
enum VisibleText {
    /// As one line.
    static func line(_ text: String) -> String { clean(text, lineBreaks: false) }

    /// As lines, parted by `\n`.
    static func lines(_ text: String) -> String { clean(text, lineBreaks: true) }

    /// The beginning of a text, by what it is made of: one character can be as long as a book.
    static func beginning(_ text: some StringProtocol, _ scalars: Int) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(scalars)))
    }

    private static func clean(_ text: String, lineBreaks: Bool) -> String {
        var result = String.UnicodeScalarView()
        var before: Unicode.Scalar = " "
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x0A where lineBreaks: if before != "\r" { result.append("\n") }
            case 0x0D where lineBreaks, 0x85 where lineBreaks, 0x2028 where lineBreaks, 0x2029 where lineBreaks: result.append("\n")
            case 0x09, 0x0A, 0x0D, 0x85, 0x2028, 0x2029: result.append(" ")
            default: if isVisible(scalar) { result.append(scalar) }
            }
            before = scalar
        }
        return String(result)
    }

    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned: false
        default:
            // Variation selectors carry bytes unseen, fillers are blank letters.
            switch scalar.value {
            case 0xFE00...0xFE0F, 0xE0100...0xE01EF, 0x034F, 0x115F, 0x1160, 0x3164, 0xFFA0, 0x180B...0x180F: false
            default: true
            }
        }
    }
}
