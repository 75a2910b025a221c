import AutomatonCore

/// Reads `maintenance: [{ cron: "0 2 * * sat", for: 3h }]`.
struct MaintenanceReader {
    private static let keys = ["cron", "for"]

    private let file: String
    private(set) var problems: [Problem] = []

    init(file: String) { self.file = file }

    mutating func read(_ value: YAMLNode, place: Position) -> [MaintenanceWindow] {
        guard case .sequence(let items) = value.content else {
            problems.append(
                (value.isNull ? place : value.position).place(in: file).problem(
                    "maintenance: must be a list of windows ([{ cron: \"0 2 * * sat\", for: 3h }]), not \(value.kind)"))
            return []
        }
        return items.compactMap { readWindow($0) }
    }

    private mutating func readWindow(_ node: YAMLNode) -> MaintenanceWindow? {
        var fields = MappingReader(node, file: file, noun: "a window of 'maintenance'", known: Self.keys)
        let cron = fields.required("cron", "when it begins, in UTC (\"0 2 * * sat\")").flatMap { value in
            fields.read(value, "cron") { node throws(ScalarReading.Failure) in
                let text = try ScalarReading.anyText(node)
                do throws(CronError) { return try CronExpression(text) } catch { throw ScalarReading.Failure(message: error.description) }
            }
        }
        let length = fields.required("for", "how long it lasts (3h)").flatMap { fields.read($0, "for", ScalarReading.duration) }
        if let length, length < .minutes(1) || length > .hours(168) {
            fields.report(fields.place(of: "for"), "for: \(length.configured) is not from 1m to 7d")
        }
        problems += fields.problems
        guard fields.problems.isEmpty, let cron, let length else { return nil }
        return MaintenanceWindow(begins: cron, lasts: length)
    }
}
