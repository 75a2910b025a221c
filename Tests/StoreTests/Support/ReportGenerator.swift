import SeededRandom
import AutomatonCore

/// Reports as checks make them, and as none should.
struct ReportGenerator {
    var random: SplitMix64
    private let checks = [CheckID("pod-health"), CheckID("kafka-lag", parameters: "group: g"), CheckID("odd", parameters: "é\u{0}")]
    private let subjects: [Subject]
    /// What was said last, by check: most of it is said again.
    private var last: [CheckID: [Finding]] = [:]
    private var now = noon

    init(seed: UInt64) {
        random = SplitMix64(seed)
        subjects = (0..<25).map { number in
            Subject(Subject.Kind.allCases[number % 10], namespace: number.isMultiple(of: 3) ? "" : "n-\(number % 2)", name: "s-\(number)")
        }
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    mutating func next() -> RecordedReport {
        now = now + .microseconds(Int64.random(in: 0...(chance(2) ? 2_000_000_000 : 30_000_000), using: &random))
        let check = checks.randomElement(using: &random) ?? checks[0]
        let report: CheckReport
        switch Int.random(in: 0..<100, using: &random) {
        case ..<45: report = .complete(complete(check))
        case ..<75: report = .changed(changed(check))
        case ..<82:
            let subject = subjects.randomElement(using: &random) ?? subjects[0]
            last[check]?.removeAll { $0.subject == subject }
            report = .gone(subject)
        case ..<91: report = .current
        case ..<95: report = .population(["shop": Int.random(in: 0..<200, using: &random), "bank": chance(50) ? 7 : 8])
        default: report = .blind(chance(50) ? "no answer" : "error \(Int.random(in: 0..<1000, using: &random))")
        }
        return RecordedReport(at: now, check: check, report: report)
    }

    private mutating func complete(_ check: CheckID) -> [Finding] {
        var findings = last[check] ?? []
        if findings.isEmpty || chance(5) {
            findings = subjects.filter { _ in chance(70) }.map { finding($0) }
        }
        let style = Int.random(in: 0..<4, using: &random)
        for index in findings.indices {
            // All of one instant, each of its own, or as they were.
            if style == 0 { findings[index].observedAt = now - .milliseconds(20) }
            if style == 1 { findings[index].observedAt = now - .microseconds(Int64.random(in: 0..<1000, using: &random)) }
            if chance(10) { change(&findings[index]) }
        }
        if chance(10), let place = findings.indices.randomElement(using: &random) { findings.remove(at: place) }
        if chance(10) { findings.append(finding(subjects.randomElement(using: &random) ?? subjects[0])) }
        if chance(5) { findings.shuffle(using: &random) }
        if chance(3) { findings += findings.prefix(4) }
        if chance(2) { findings = [] }
        last[check] = findings
        return findings
    }

    private mutating func changed(_ check: CheckID) -> Finding {
        if chance(80), let place = last[check]?.indices.randomElement(using: &random), var known = last[check]?[place] {
            change(&known)
            known.observedAt = now
            last[check]?[place] = known
            return known
        }
        return finding(subjects.randomElement(using: &random) ?? subjects[0])
    }

    private mutating func finding(_ subject: Subject) -> Finding {
        var finding = Finding(subject, observedAt: chance(90) ? now : Instant(microseconds: .min), .seen(evidence()))
        if chance(10) {
            let template = SubjectTemplate(.deployment, namespace: "n", name: .label(key: "k", value: "{group}"))
            finding.located = [template: subjects[0], SubjectTemplate(.job, namespace: "", name: .name("{name}")): subjects[1]]
        }
        if chance(10) { finding.observation = .unknown("not read") }
        return finding
    }

    private mutating func change(_ finding: inout Finding) {
        switch finding.observation {
        case .unknown: finding.observation = .seen(evidence())
        case .seen where chance(10): finding.observation = .unknown("error \(Int.random(in: 0..<5, using: &random))")
        case .seen where chance(10): finding.observation = .seen(evidence())
        case .seen(var evidence):
            for index in evidence.figures.indices where chance(60) { evidence.figures[index].value = value(evidence.figures[index].value) }
            if chance(10) { evidence.details = ["\(Int.random(in: 0..<50, using: &random)) sessions", "of role app"] }
            if chance(5) { evidence.unread = chance(50) ? "no rights" : nil }
            if chance(5) { evidence.unreadFigures = evidence.figures }
            finding.observation = .seen(evidence)
        }
    }

    private mutating func evidence() -> Evidence {
        var evidence = Evidence(
            figures: (0..<Int.random(in: 0..<4, using: &random)).map { Figure("figure-\($0)", value(0), unit: $0 == 0 ? "" : "messages") })
        if chance(3) { evidence.figures = (0..<70).map { Figure("f-\($0)", Double($0)) } }
        if chance(30) {
            evidence.reasons = (0..<Int.random(in: 1..<3, using: &random)).map { number in
                Reason(
                    ["OOMKilled", "Evicted"].randomElement(using: &random) ?? "", part: "pod-\(number)",
                    container: chance(50) ? "app" : nil,
                    exitCode: chance(50) ? 137 : nil, restartCount: chance(50) ? .random(in: 0..<100, using: &random) : nil,
                    since: chance(50) ? now - .seconds(5) : nil, message: chance(20) ? String(repeating: "long ", count: 200) : "")
            }
        }
        return evidence
    }

    private mutating func value(_ before: Double) -> Double {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: Double(Int64.random(in: -9_007_199_254_740_992...9_007_199_254_740_992, using: &random))
        case 1: before + 1
        case 2: (before / 7).rounded() / 8
        case 3: Double.random(in: -1e6...1e6, using: &random)
        case 4: (Double.random(in: 0...100, using: &random) * 10).rounded() / 10
        case 5: [.infinity, -.infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude, 1e300, 0].randomElement(using: &random) ?? 0
        default: Double(Int.random(in: 0..<1000, using: &random))
        }
    }
}

/// What stands, kept in the simplest way.
struct StandingOracle {
    private var findings: [CheckID: [Finding]] = [:]
    private var isComplete: Set<CheckID> = []
    private var blind: [CheckID: String] = [:]
    private var populations: [CheckID: [String: Int]] = [:]

    mutating func take(_ recorded: RecordedReport) {
        let check = recorded.check
        if case .population = recorded.report {} else { blind[check] = nil }
        switch recorded.report {
        case .complete(let new):
            findings[check] = new
            isComplete.insert(check)
        case .changed(let finding):
            if let index = findings[check]?.firstIndex(where: { $0.subject == finding.subject }) {
                findings[check]?[index] = finding
            } else {
                findings[check, default: []].append(finding)
            }
        case .gone(let subject): findings[check]?.removeAll { $0.subject == subject }
        case .current: break
        case .population(let workloads): populations[check] = workloads
        case .blind(let why), .waiting(let why): blind[check] = why
        }
    }

    /// What a reader is told of it.
    var told: Set<Words> {
        var told: Set<Words> = []
        for check in isComplete { told.insert(Words(check, .complete(findings[check] ?? []))) }
        for (check, workloads) in populations { told.insert(Words(check, .population(workloads))) }
        for (check, why) in blind { told.insert(Words(check, .blind(why))) }
        return told
    }
}

/// A report, to compare.
struct Words: Hashable {
    var check: CheckID
    var kind: String
    var findings: [Finding] = []
    var subject: Subject?

    init(_ check: CheckID, _ report: CheckReport) {
        self.check = check
        switch report {
        case .complete(let findings): (kind, self.findings) = ("complete", findings)
        case .changed(let finding): (kind, findings) = ("changed", [finding])
        case .gone(let subject): (kind, self.subject) = ("gone", subject)
        case .current: kind = "current"
        case .population(let workloads): kind = "population \(workloads.sorted { $0.key < $1.key })"
        case .blind(let why), .waiting(let why): kind = "blind: \(why)"
        }
    }
}

/// The same with its instant.
struct TimedWords: Hashable {
    var at: Instant
    var words: Words
}

extension RecordedReport {
    /// What it says, without when.
    var words: Words { Words(check, report) }
    var timed: TimedWords { TimedWords(at: at, words: words) }
}
