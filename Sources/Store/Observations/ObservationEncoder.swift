import AutomatonCore

/// Turns reports into blocks.
struct ObservationEncoder {
    /// The words of a chain, by what they stand for.
    private struct Words {
        var texts: [String: Int] = [:]
        var subjects: [Subject: Int] = [:]
        var checks: [CheckID: Int] = [:]
    }

    /// The block that is being written.
    private struct OpenBlock {
        var from: Instant
        var to: Instant
        /// The instant of the last record.
        var last: Instant
        var reports = 0
        var dropped = 0
    }

    /// A block, how many reports it holds, and of how many it says that they were dropped.
    struct Finished {
        var block: ObservationBlock
        var reports: Int
        var dropped: Int
    }

    private let blockBytes: Int
    private var words = Words()
    private var standing: [CheckID: Standing] = [:]
    /// In the order in which they were first heard of: a chain begins the same way whenever it is written.
    private var checks: [CheckID] = []
    private var open: OpenBlock?
    private var writer = ByteWriter()
    private var chain: Instant?
    private var chainBytes = 0
    /// How many blocks of the chain are written.
    private var sequence = 0
    private var finished: [Finished] = []

    init(blockBytes: Int) { self.blockBytes = blockBytes }

    /// How many bytes wait to be taken.
    var waitingBytes: Int { finished.reduce(writer.bytes.count) { $0 + $1.block.bytes.count } }

    /// Takes what is finished; with what is not yet, if that is asked for.
    mutating func take(all: Bool) -> [Finished] {
        if all { close() }
        defer { finished = [] }
        return finished
    }

    /// Drops what was not taken; nothing that follows refers to what was written before.
    /// - Returns: what was dropped.
    mutating func breakChain() -> [Finished] {
        defer { (chain, sequence) = (nil, 0) }
        return take(all: true)
    }

    mutating func add(_ report: CheckReport, of check: CheckID, at instant: Instant) {
        begin(at: instant)
        switch report {
        case .complete(let findings):
            record(.complete, check, instant)
            var known = standing[check] ?? Standing()
            standing[check] = nil
            write(findings, &known, instant)
            known.isComplete = true
            known.blind = nil
            standing[check] = known
        case .changed(let finding):
            record(.changed, check, instant)
            write(finding.subject)
            writer.signed(finding.observedAt.microseconds &- instant.microseconds)
            var known = standing[check] ?? Standing()
            standing[check] = nil
            let before = known.place(of: finding.subject).flatMap { known[$0] } ?? StandingFinding(finding.subject)
            known.put(write(finding, after: before, instant))
            known.blind = nil
            standing[check] = known
        case .gone(let subject):
            record(.gone, check, instant)
            write(subject)
            standing[check]?.remove(subject)
            standing[check]?.blind = nil
        case .current:
            record(.current, check, instant)
            standing[check]?.blind = nil
        case .population(let workloads):
            record(.population, check, instant)
            write(workloads)
            standing[check]?.population = workloads
        // For whoever judges them again it is the same.
        case .blind(let why), .waiting(let why):
            record(.blind, check, instant)
            write(why)
            standing[check, default: Standing()].blind = why
        }
        open?.reports += 1
        if writer.bytes.count >= blockBytes { close() }
    }

    /// Notes that reports were not recorded.
    mutating func addDropped(_ count: Int, at instant: Instant) {
        begin(at: instant)
        writer.byte(ObservationFormat.Kind.dropped.rawValue)
        writer.number(count)
        open?.dropped += count
    }
}

// MARK: Blocks

extension ObservationEncoder {
    private mutating func begin(at instant: Instant) {
        if let block = open {
            guard isApart(instant, block.from, ObservationFormat.blockSpan) else {
                open?.from = min(block.from, instant)
                open?.to = max(block.to, instant)
                return
            }
            close()
        }
        let isOver = chain.map { isApart(instant, $0, ObservationFormat.chainSpan) } ?? true
        let isFirst = isOver || chainBytes >= ObservationFormat.chainBytes
        let before = (chain: chain, blocks: sequence)
        if isFirst {
            (chain, chainBytes, sequence) = (instant, 0, 0)
            words = Words()
        }
        open = OpenBlock(from: instant, to: instant, last: instant)
        for byte in ObservationFormat.mark { writer.byte(byte) }
        writer.byte(ObservationFormat.version)
        writer.fixed(UInt64(bitPattern: chain?.microseconds ?? 0))
        writer.number(sequence)
        if isFirst {
            writer.fixed(UInt64(bitPattern: before.chain?.microseconds ?? 0))
            writer.number(before.blocks)
        }
        writer.fixed(UInt64(bitPattern: instant.microseconds))
        if isFirst { writeStanding(at: instant) }
    }

    private mutating func close() {
        guard let block = open else { return }
        open = nil
        writer.fixed(ObservationFormat.checksum(writer.bytes[...]))
        chainBytes += writer.bytes.count
        sequence += 1
        finished.append(
            Finished(
                block: ObservationBlock(from: block.from, to: block.to, bytes: writer.bytes), reports: block.reports, dropped: block.dropped
            ))
        writer = ByteWriter()
    }

    private func isApart(_ one: Instant, _ other: Instant, _ span: Duration) -> Bool {
        (one - other).microseconds.magnitude >= span.microseconds.magnitude
    }

    private mutating func writeStanding(at instant: Instant) {
        for check in checks {
            guard var known = standing[check] else { continue }
            record(.standing, check, instant)
            writer.byte((known.isComplete ? 1 : 0) | (known.blind == nil ? 0 : 2) | (known.population == nil ? 0 : 4))
            if let blind = known.blind { write(blind) }
            if let population = known.population { write(population) }
            known.compact()
            // Written whole, but for what was seen before something became unknown, which need not be known again.
            var empty = Standing()
            write(known.present.map(\.finding), &empty, instant)
            known.replace(empty.findings)
            standing[check] = known
        }
    }

    private mutating func write(_ population: [String: Int]) {
        writer.number(population.count)
        for (namespace, count) in population.sorted(by: { $0.key < $1.key }) {
            write(namespace)
            writer.number(count)
        }
    }

    private mutating func record(_ kind: ObservationFormat.Kind, _ check: CheckID, _ instant: Instant) {
        if standing[check] == nil {
            standing[check] = Standing()
            checks.append(check)
        }
        writer.byte(kind.rawValue)
        if let index = words.checks[check] {
            writer.number(index + 1)
        } else {
            words.checks[check] = words.checks.count
            writer.number(0)
            write(check.check)
            write(check.parameters)
        }
        let last = open?.last ?? instant
        writer.signed(instant.microseconds &- last.microseconds)
        open?.last = instant
    }
}

// MARK: Findings

extension ObservationEncoder {
    /// Writes a complete report as what changed since what stands, which it replaces.
    private mutating func write(_ findings: [Finding], _ known: inout Standing, _ instant: Instant) {
        known.compact()
        writer.number(findings.count)
        let offset = findings.first.map { $0.observedAt.microseconds &- instant.microseconds } ?? 0
        let isUniform = findings.allSatisfy { $0.observedAt.microseconds &- instant.microseconds == offset }
        writer.byte(isUniform ? 1 : 0)
        if isUniform { writer.signed(offset) }

        var new: [StandingFinding?] = []
        new.reserveCapacity(findings.count)
        var used = [Bool](repeating: false, count: known.findings.count)
        var next = 0
        var kept = 0
        func step(_ step: ObservationFormat.Step, _ value: UInt64 = 0) { writer.number(value << 2 | step.rawValue) }
        func flush() {
            if kept > 0 { step(.keep, UInt64(kept)) }
            kept = 0
        }
        for finding in findings {
            var place: Int?
            if next < used.count, !used[next], known[next]?.finding.subject == finding.subject {
                place = next
            } else if let found = known.place(of: finding.subject), !used[found] {
                flush()
                let distance = Int64(found - next)
                step(.jump, UInt64(bitPattern: (distance << 1) ^ (distance >> 63)))
                place = found
            }
            guard let place, var before = known[place] else {
                flush()
                step(.insert)
                write(finding.subject)
                if !isUniform { writer.signed(finding.observedAt.microseconds &- instant.microseconds) }
                new.append(write(finding, after: StandingFinding(finding.subject), instant))
                continue
            }
            used[place] = true
            next = place + 1
            if before.finding.observation == finding.observation, before.finding.located == finding.located,
                isUniform || before.finding.observedAt == finding.observedAt
            {
                kept += 1
                before.finding.observedAt = finding.observedAt
                new.append(before)
            } else {
                flush()
                step(.update)
                if !isUniform { writer.signed(finding.observedAt.microseconds &- instant.microseconds) }
                new.append(write(finding, after: before, instant))
            }
        }
        flush()
        known.replace(new)
    }

    /// Writes what changed of a finding, and answers with what stands then.
    private mutating func write(_ finding: Finding, after before: StandingFinding, _ instant: Instant) -> StandingFinding {
        var after = before
        after.finding = finding
        var parts: ObservationFormat.Parts = finding.located == before.finding.located ? [] : .located
        switch finding.observation {
        case .unknown(let why):
            parts.insert(.unknown)
            writer.byte(parts.rawValue)
            write(why)
        case .seen(let evidence):
            let old = before.evidence
            let isSameShape =
                evidence.figures.count == old.figures.count && evidence.figures.count <= 56
                && zip(evidence.figures, old.figures).allSatisfy { $0.name == $1.name && $0.unit == $1.unit }
            let isSame = isSameShape && zip(evidence.figures, old.figures).allSatisfy { $0.value.bitPattern == $1.value.bitPattern }
            if !isSameShape { parts.insert(.figures) } else if !isSame { parts.insert(.values) }
            if evidence.reasons != old.reasons { parts.insert(.reasons) }
            if evidence.unread != old.unread { parts.insert(.unread) }
            if evidence.unreadFigures != old.unreadFigures { parts.insert(.unreadFigures) }
            if evidence.details != old.details { parts.insert(.details) }
            writer.byte(parts.rawValue)
            if parts.contains(.values) { writeValues(evidence.figures, after: old.figures) }
            if parts.contains(.figures) { write(evidence.figures) }
            if parts.contains(.reasons) { write(evidence.reasons, instant) }
            if parts.contains(.unread) {
                writer.byte(evidence.unread == nil ? 0 : 1)
                if let unread = evidence.unread { write(unread) }
            }
            if parts.contains(.unreadFigures) { write(evidence.unreadFigures) }
            if parts.contains(.details) {
                writer.number(evidence.details.count)
                for detail in evidence.details { write(detail) }
            }
            after.evidence = evidence
        }
        if parts.contains(.located) { write(finding.located) }
        return after
    }

    private mutating func writeValues(_ figures: [Figure], after old: [Figure]) {
        var changed: UInt64 = 0
        for index in figures.indices where figures[index].value.bitPattern != old[index].value.bitPattern { changed |= 1 << UInt64(index) }
        writer.number(changed)
        for index in figures.indices where changed & (1 << UInt64(index)) != 0 {
            FigureCoding.write(figures[index].value, after: old[index].value, to: &writer)
        }
    }

    private mutating func write(_ figures: [Figure]) {
        writer.number(figures.count)
        for figure in figures {
            write(figure.name)
            write(figure.unit)
            FigureCoding.write(figure.value, after: 0, to: &writer)
        }
    }

    private mutating func write(_ reasons: [Reason], _ instant: Instant) {
        writer.number(reasons.count)
        for reason in reasons {
            let has: [Bool] = [reason.container != nil, reason.exitCode != nil, reason.restartCount != nil, reason.since != nil]
            writer.byte(has.enumerated().reduce(0) { $0 | ($1.element ? 1 << UInt8($1.offset) : 0) })
            write(reason.code)
            write(reason.part)
            if let container = reason.container { write(container) }
            if let exitCode = reason.exitCode { writer.signed(Int64(exitCode)) }
            if let restartCount = reason.restartCount { writer.signed(Int64(restartCount)) }
            if let since = reason.since { writer.signed(since.microseconds &- instant.microseconds) }
            write(reason.message)
        }
    }

    private mutating func write(_ located: [SubjectTemplate: Subject]) {
        writer.number(located.count)
        for (template, subject) in located.sorted(by: { $0.key.description < $1.key.description }) {
            write(template.kind.rawValue)
            write(template.namespace)
            switch template.name {
            case .name(let name):
                writer.byte(0)
                write(name)
            case .label(let key, let value):
                writer.byte(1)
                write(key)
                write(value)
            }
            write(subject)
        }
    }

    /// A subject of the chain, or one that becomes one.
    private mutating func write(_ subject: Subject) {
        if let index = words.subjects[subject] {
            writer.number(index + 1)
        } else {
            words.subjects[subject] = words.subjects.count
            writer.number(0)
            write(subject.kind.rawValue)
            write(subject.namespace)
            write(subject.name)
        }
    }

    /// A text of the chain; one that becomes one; or one that is written this time only.
    private mutating func write(_ text: String) {
        if let index = words.texts[text] {
            writer.number(index + 2)
        } else if text.utf8.count <= ObservationFormat.longestWord {
            words.texts[text] = words.texts.count
            writer.number(1)
            writer.text(text)
        } else {
            writer.number(0)
            writer.text(text)
        }
    }
}
