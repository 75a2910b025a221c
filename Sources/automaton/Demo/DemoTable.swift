import AutomatonCore

/// The table at the end of the demo.
enum DemoTable {
    static func text(_ entries: [DemoLedger.Entry]) -> String {
        var table = TextTable(
            [
                .init("FAULT"), .init("MENDED"), .init("BY"), .init("DETECTED"), .init("HEALED"), .init("ATTEMPTS"),
                .init("TIME TO RECOVER"),
            ], ink: Ink(hasColour: false))
        for entry in entries {
            table.add([
                .init(entry.fault.title), .init("\(entry.subject.kind.rawValue)/\(entry.subject.name)"),
                .init(entry.mended.map { "\($0.remediation) (\($0.rule))" } ?? "-"), .init(entry.detectedAt?.timeOfDay ?? "never"),
                .init(entry.isHealed ? entry.healedAt?.timeOfDay ?? "-" : "not healed"), .init(String(entry.attempts)),
                .init(entry.timeToRecover?.readable ?? "-"),
            ])
        }
        return table.lines(width: nil).joined(separator: "\n")
    }
}
