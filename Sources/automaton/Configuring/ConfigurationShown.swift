import Engine
import Rules

/// The configuration, as `config show` tells it.
struct ConfigurationShown: Encodable {
    struct Overridden: Encodable {
        var place: String
        var value: String
    }
    struct Setting: Encodable {
        var key: String
        var value: String
        var unit: String
        var from: String
        var place: String?
        var isDefault: Bool
        var standard: String
        var range: String
        var summary: String
        var overridden: [Overridden]
        var problems: [String]
    }
    struct Variable: Encodable {
        var name: String
        var isSet: Bool
        var isSecret: Bool
        var summary: String
    }

    var settings: [Setting]
    var environment: [Variable]
    /// Variables that nobody reads and that look like ones that are read.
    var mistyped: [MistypedVariable]
    /// Everything that is wrong.
    var problems: [String]

    init(_ report: ThresholdReport, _ environment: [String: String]) {
        settings = report.settings.map { setting in
            let threshold = setting.threshold
            return Setting(
                key: threshold.key, value: setting.value, unit: threshold.unit, from: setting.origin.description, place: setting.place,
                isDefault: setting.origin == .byDefault, standard: threshold.defaultText, range: threshold.expectation,
                summary: threshold.summary, overridden: setting.overridden.map { Overridden(place: $0.place, value: $0.value) },
                problems: setting.problems.map(\.description))
        }
        let keys = Set(report.settings.map(\.threshold.key))
        let mistyped = MistypedVariable.all(in: environment)
        self.mistyped = mistyped
        self.environment = EnvironmentVariables.read(environment, thresholds: keys).filter { read in
            !mistyped.contains { $0.name == read.variable.name }
        }.map {
            Variable(name: $0.variable.name, isSet: $0.isSet, isSecret: $0.variable.isSecret, summary: $0.variable.summary)
        }
        problems = report.problems.map(\.description)
    }

    /// Leaves only what has this name.
    mutating func keep(_ key: String) {
        settings.removeAll { $0.key != key }
        environment.removeAll { $0.name != key }
        mistyped.removeAll { $0.meant != key }
        problems = settings.flatMap(\.problems)
    }
}

/// The same, for people.
struct ConfigurationText {
    let ink: Ink

    /// Everything.
    func all(_ shown: ConfigurationShown, width: Int?) -> [String] {
        var table = TextTable(
            [
                .init("THRESHOLD"), .init("VALUE", least: 12, wraps: true), .init("FROM", least: 16, wraps: true),
                .init("OVERRIDES", least: 12, wraps: true, yields: true), .init("UNIT", least: 8, yields: true),
            ], ink: ink)
        for setting in shown.settings {
            let place = setting.place ?? setting.from
            let from: TextTable.Cell =
                !setting.problems.isEmpty
                ? .init("\(place), as what is written is wrong", ink.red) : .init(place, setting.isDefault ? ink.faint : { $0 })
            table.add([
                .init(setting.key), .init(setting.value, setting.isDefault ? { $0 } : ink.bold), from,
                .init(setting.overridden.map { "\($0.value) of \($0.place)" }.joined(separator: ", "), ink.faint), .init(setting.unit),
            ])
        }
        var lines = table.isEmpty ? ["Every threshold is as it is by default."] : table.lines(width: width)
        var variables = TextTable([.init("ENVIRONMENT"), .init("STATE"), .init("FOR", least: 12, wraps: true)], ink: ink)
        for variable in shown.environment {
            variables.add([
                .init(variable.name), variable.isSet ? .init("set", ink.green) : .init("not set", ink.faint), .init(variable.summary),
            ])
        }
        lines.append("")
        return lines + variables.lines(width: width)
    }

    /// All of one.
    func one(_ shown: ConfigurationShown) -> [String] {
        var lines: [String] = []
        func add(_ label: String, _ text: String) { lines.append("  " + label.padded(12) + text.harmless) }
        for setting in shown.settings {
            lines.append("\(ink.bold(setting.key)) = \(setting.value.harmless)")
            add("", setting.summary)
            add("from", setting.place ?? setting.from)
            let word = setting.problems.isEmpty ? "overrides" : "in place of"
            for overridden in setting.overridden { add(word, "\(overridden.value) of \(overridden.place)") }
            add("default", setting.standard)
            add("may be", setting.range)
        }
        for variable in shown.environment {
            lines.append("\(ink.bold(variable.name)) is \(variable.isSet ? "set" : "not set")")
            add("", variable.summary)
        }
        return lines
    }
}
