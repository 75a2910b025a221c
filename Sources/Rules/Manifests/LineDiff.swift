/// A text as lines, and what is put in the place of some of them: enough to tell the difference as `git apply` and `patch -p1` read it.
struct LineDiff {
    /// The lines without their `\n`; a `\r` stays with its line.
    let lines: [String]
    /// What stands before the first line: a byte order mark, or nothing.
    private let mark: String
    private let endsWithBreak: Bool
    /// By line from 0: what stands there instead.
    private var replaced: [Int: String] = [:]
    /// By line from 0: what comes after it.
    private var added: [Int: [String]] = [:]

    init(_ text: String) {
        // By bytes: "\r\n" is one character.
        let bare = text.withoutByteOrderMark
        mark = bare.utf8.count < text.utf8.count ? "\u{FEFF}" : ""
        var lines = bare.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { String($0) ?? "" }
        endsWithBreak = lines.last?.isEmpty ?? true
        if endsWithBreak { lines.removeLast() }
        self.lines = lines
    }

    /// The line as it is now.
    func line(_ index: Int) -> String { replaced[index] ?? lines[index] }

    /// Puts a line in the place of another.
    mutating func replace(_ index: Int, by line: String) { replaced[index] = line }

    /// Puts lines after another, before what was put there so far.
    mutating func add(_ new: [String], after index: Int) {
        let isCRLF = lines[index].utf8.last == 0x0D || lines.first?.utf8.last == 0x0D
        added[index] = new.map { isCRLF ? $0 + "\r" : $0 } + (added[index] ?? [])
    }

    var isEmpty: Bool { replaced.isEmpty && added.isEmpty }

    /// The text with the changes.
    var text: String {
        var all: [String] = []
        for index in lines.indices { all += [line(index)] + (added[index] ?? []) }
        return mark + all.joined(separator: "\n") + (endsWithBreak ? "\n" : "")
    }

    /// The unified difference with three lines around each change.
    func unified(path: String) -> String {
        let changed = Set(replaced.keys).union(added.keys).sorted()
        guard !changed.isEmpty else { return "" }
        var hunks: [ClosedRange<Int>] = []
        for index in changed {
            let range = max(0, index - 3)...min(lines.count - 1, index + 3)
            if let last = hunks.last, range.lowerBound <= last.upperBound + 1 {
                hunks[hunks.count - 1] = last.lowerBound...range.upperBound
            } else {
                hunks.append(range)
            }
        }
        var text = "--- a/\(path)\n+++ b/\(path)\n"
        var shift = 0
        for hunk in hunks {
            var body = ""
            let more = hunk.reduce(0) { $0 + (added[$1]?.count ?? 0) }
            for index in hunk {
                let mark = index == 0 ? self.mark : ""
                let isLast = index == lines.count - 1 && !endsWithBreak
                let end = isLast ? "\n\\ No newline at end of file\n" : "\n"
                if let new = replaced[index] {
                    body += "-\(mark)\(lines[index])\(end)+\(mark)\(new)\(added[index] == nil ? end : "\n")"
                } else if isLast, added[index] != nil {
                    body += "-\(mark)\(lines[index])\(end)+\(mark)\(lines[index])\n"
                } else {
                    body += " \(mark)\(lines[index])\(end)"
                }
                for (count, line) in (added[index] ?? []).enumerated() {
                    body += "+\(line)\(isLast && count == (added[index]?.count ?? 0) - 1 ? end : "\n")"
                }
            }
            text += "@@ -\(hunk.lowerBound + 1),\(hunk.count) +\(hunk.lowerBound + 1 + shift),\(hunk.count + more) @@\n" + body
            shift += more
        }
        return text
    }
}

extension String {
    /// The text without the mark (U+FEFF) that some editors put before UTF-8: YAML does not count it as a column, nor as text.
    var withoutByteOrderMark: String { unicodeScalars.first == "\u{FEFF}" ? String(unicodeScalars.dropFirst()) : self }
}
