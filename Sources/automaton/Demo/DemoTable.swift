import AutomatonCore

/// The table at the end of the demo.
enum DemoTable {
    static func text(_ entries: [DemoLedger.Entry]) -> String {
        var rows = [["FAULT", "MENDED", "BY", "DETECTED", "HEALED", "ATTEMPTS", "TIME TO RECOVER"]]
        for entry in entries {
            rows.append([
                entry.fault.title, "\(entry.subject.kind.rawValue)/\(entry.subject.name)",
                entry.mended.map { "\($0.remediation) (\($0.rule))" } ?? "-",
                entry.detectedAt?.timeOfDay ?? "never", entry.isHealed ? entry.healedAt?.timeOfDay ?? "-" : "not healed",
                String(entry.attempts),
                entry.timeToRecover?.readable ?? "-",
            ])
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell
                if column < row.count - 1 { line += String(repeating: " ", count: widths[column] - cell.count + 2) }
            }
            return line
        }.joined(separator: "\n")
    }
}
