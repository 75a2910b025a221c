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
        /// Whether what does not fit goes on in lines below it, in place of being cut off.
        var wraps: Bool
        /// Whether it is left away where the terminal is too narrow for all columns, the last such first; what it says is told elsewhere.
        var yields: Bool

        init(_ title: String, least: Int? = nil, keepsEnd: Bool = false, wraps: Bool = false, yields: Bool = false) {
            (self.title, self.least, self.keepsEnd, self.wraps, self.yields) = (title, least, keepsEnd, wraps, yields)
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
        let natural = columns.indices.map { column in
            all.map { $0.indices.contains(column) ? $0[column].text.displayedWidth : 0 }.max() ?? 0
        }
        guard let width else { return all.flatMap { lines($0, Array(zip(columns.indices, natural))) } }
        let shown = shown(natural, in: width)
        let widths = narrowed(shown.map { natural[$0] }, shown, to: width)
        return all.flatMap { lines($0, Array(zip(shown, widths))) }
    }

    /// A row: a line, or as many as its longest cell that wraps has.
    private func lines(_ cells: [Cell], _ places: [(column: Int, width: Int)]) -> [String] {
        let texts = places.map { column, width -> [String] in
            guard cells.indices.contains(column) else { return [] }
            let text = cells[column].text
            return columns[column].wraps ? text.wrapped(to: width) : [text.cut(to: width, keepingEnd: columns[column].keepsEnd)]
        }
        return (0..<max(1, texts.map(\.count).max() ?? 1)).map { number in
            var line = ""
            // Blanks go before the next cell that says something, so that no line ends with them.
            var blanks = 0
            for (place, text) in zip(places, texts) {
                let text = text.indices.contains(number) ? text[number] : ""
                if !text.isEmpty {
                    line += String(repeating: " ", count: blanks) + cells[place.column].paint(text)
                    blanks = 0
                }
                blanks += place.width - text.displayedWidth + Self.gap.count
            }
            return line
        }
    }

    /// The columns for which there is room. One that says nothing goes before anything is cut.
    private func shown(_ natural: [Int], in width: Int) -> [Int] {
        var shown = Array(columns.indices)
        if total(shown.map { natural[$0] }) > width {
            shown.removeAll { column in
                columns[column].yields && rows.allSatisfy { !$0.indices.contains(column) || $0[column].text.isEmpty }
            }
        }
        let least = columns.indices.map { column in columns[column].least.map { min($0, natural[column]) } ?? natural[column] }
        while total(shown.map { least[$0] }) > width, let last = shown.lastIndex(where: { columns[$0].yields }) { shown.remove(at: last) }
        return shown
    }

    private func total(_ widths: [Int]) -> Int { widths.reduce(0, +) + Self.gap.count * max(0, widths.count - 1) }

    /// Takes from the widest of the columns that may be narrower, one by one.
    private func narrowed(_ natural: [Int], _ shown: [Int], to width: Int) -> [Int] {
        var widths = natural
        for _ in 0..<max(0, total(natural) - width) {
            let candidates = widths.indices.filter { place in columns[shown[place]].least.map { widths[place] > $0 } ?? false }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
        }
        return widths
    }
}
