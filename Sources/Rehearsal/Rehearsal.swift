public import AutomatonCore
public import Rules

/// Holds rules against findings that somebody wrote down, with the decisions that are expected, in virtual time.
///
/// The core, the loader and the remediations are those that run in a cluster; only the world that they see is written in the file. Months
/// pass in milliseconds.
public struct Rehearsal: Sendable {
    private let checks: [any Check.Type]
    private let remediations: [any Remediation.Type]

    /// Makes one that knows these plugins.
    public init(checks: [any Check.Type], remediations: [any Remediation.Type]) {
        self.checks = checks
        self.remediations = remediations
    }

    /// Plays every case of a file, or of each `*.yaml` in a directory. Blocks on the file system.
    public func play(_ path: String) async -> [RehearsalReport.File] {
        let (files, problems) = RuleLoader.files(path, noun: "test")
        var reports = problems.map { RehearsalReport.File(file: $0.file, problems: [$0]) }
        if files.isEmpty, problems.isEmpty {
            let problem = Problem(file: path, message: "holds no test (*.yaml): write one, or name a file")
            reports.append(RehearsalReport.File(file: path, problems: [problem]))
        }
        for file in files { reports.append(await play(file)) }
        return reports
    }

    /// Plays every case of a file that is already in memory; its rules are read from where it says.
    public func play(_ file: SourceFile) async -> RehearsalReport.File {
        do throws(ConfigurationErrors) {
            let read = try RehearsalFile(file)
            var report = RehearsalReport.File(file: file.path)
            for test in read.cases {
                let loaded = try load(read, test)
                try Self.checkLength(of: test, loaded.thresholds.checkInterval, file.path)
                let script = try Script(test, loaded, file: file.path)
                var run = RehearsalRun(script, loaded)
                report.cases.append(await run.play())
            }
            return report
        } catch {
            return RehearsalReport.File(file: file.path, problems: error.problems)
        }
    }

    /// Looks of the checks in one case: a year, one a minute.
    static let mostLooks = 600_000

    /// - Throws: when a case would take minutes and more, what would be short enough.
    private static func checkLength(of test: RehearsalCase, _ interval: Duration, _ file: String) throws(ConfigurationErrors) {
        guard test.until > interval * mostLooks else { return }
        // Upwards, and in the units that one writes.
        let least = Duration.seconds(Int64((test.until.inSeconds / Double(mostLooks)).rounded(.up)))
        let longest = Duration.hours(max(1, Int((interval * mostLooks).inSeconds / 3600)))
        throw ConfigurationErrors([
            Problem(
                file: file, line: test.line,
                message:
                    "case \(test.name.quoted) lasts \(test.until.configured) with a look each \(interval.configured) (CHECK_INTERVAL): "
                    + "more than \(mostLooks) looks. End it by \(longest.configured) (until), or write 'thresholds: { CHECK_INTERVAL: "
                    + "\(least.configured) }'")
        ])
    }

    /// All rules there, also those that would not be in force for lack of a server.
    private func load(_ file: RehearsalFile, _ test: RehearsalCase) throws(ConfigurationErrors) -> LoadedConfiguration {
        let thresholds = test.thresholds.mapValues { (option: $0.place, value: $0.value) }
        return try ConfigurationLoader(
            thresholds: ThresholdLoader(options: thresholds), rulesPath: file.rules,
            rules: RuleLoader(checks: checks, remediations: remediations, namespace: test.namespace)
        ).load()
    }
}
