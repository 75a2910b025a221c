import Engine

/// Rows of text under headings, aligned by the width that a terminal shows. What comes from the world cannot move the cursor.
struct TextTable {
    /// A column.
    struct Column {
        var title: String
        /// So narrow it may become where the terminal is narrower than the table; nil: never narrower than its cells.
        var least: Int?
        /// Whether the end of a cell says more than its beginning: names of subjects do.
        var keepsEnd: Bool

        init(_ title: String, least: Int? = nil, keepsEnd: Bool = false) {
            (self.title, self.least, self.keepsEnd) = (title, least, keepsEnd)
        }
    }

    /// A text and its colour, which takes no room.
    struct Cell: ExpressibleByStringLiteral {
        let text: String
        let paint: (String) -> String

        init(_ text: String, _ paint: @escaping (String) -> String = { $0 }) { (self.text, self.paint) = (text.harmless, paint) }
        init(stringLiteral text: String) { self.init(text) }
    }

    private static let gap = "  "
    private let columns: [Column]
    private let ink: Ink
    private var rows: [[Cell]] = []

    init(_ columns: [Column], ink: Ink) { (self.columns, self.ink) = (columns, ink) }

    var isEmpty: Bool { rows.isEmpty }

    /// Adds a row: a cell for each column; those that are left away at its end are empty.
    mutating func add(_ cells: [Cell]) { rows.append(cells) }

    /// The heading and the rows.
    /// - Parameter width: of the terminal; nil where nothing is cut.
    func lines(width: Int?) -> [String] {
        let all = [columns.map { Cell($0.title, ink.faint) }] + rows
        var widths = columns.indices.map { column in
            all.map { $0.indices.contains(column) ? $0[column].text.displayedWidth : 0 }.max() ?? 0
        }
        if let width { narrow(&widths, to: width) }
        return all.map { cells in
            var line = ""
            // Blanks go before the next cell that says something, so that no line ends with them.
            var blanks = 0
            for (cell, (column, width)) in zip(cells, zip(columns, widths)) {
                let text = cell.text.cut(to: width, keepingEnd: column.keepsEnd)
                if !text.isEmpty {
                    line += String(repeating: " ", count: blanks) + cell.paint(text)
                    blanks = 0
                }
                blanks += width - text.displayedWidth + Self.gap.count
            }
            return line
        }
    }

    /// Takes from the widest of the columns that may be cut, one by one.
    private func narrow(_ widths: inout [Int], to width: Int) {
        var excess = widths.reduce(0, +) + Self.gap.count * max(0, columns.count - 1) - width
        while excess > 0 {
            let candidates = columns.indices.filter { column in columns[column].least.map { widths[column] > $0 } ?? false }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { return }
            widths[widest] -= 1
            excess -= 1
        }
    }
}
