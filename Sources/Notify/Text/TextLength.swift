internal import AutomatonCore

extension StringProtocol {
    /// One line of at most so many Unicode scalars, as people may read it.
    func oneLine(_ most: Int) -> String { PlainText.shown.line(self, atMost: most) }

    /// Lines, without what people cannot see.
    var lines: String { PlainText.shown.lines(self) }
}

extension String {
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
