import AutomatonCore

/// Turns blocks back into reports, one record after another.
struct ObservationDecoder {
    /// What is known of a record before it is read: then what stands can still be asked for as it was before.
    struct Head {
        fileprivate var kind: ObservationFormat.Kind
        fileprivate var check: CheckID?
        var at: Instant
    }

    /// A record.
    enum Record {
        case report(RecordedReport)
        /// So many reports were not recorded.
        case dropped(Int)
    }

    /// A chain, and how many of its blocks were read.
    private struct Place: Equatable {
        var chain: UInt64
        var blocks: UInt64
    }

    private var reader = ByteReader([], end: 0)
    private var last = Instant.epoch
    private var place: Place?
    private var texts: [String] = []
    private var subjects: [Subject] = []
    private var checks: [CheckID] = []
    private var standing: [CheckID: Standing] = [:]
    /// In the order in which they were first heard of.
    private var known: [CheckID] = []

    /// Begins with a block.
    /// - Returns: whether something is missing between the blocks before and this one; what stands is right in either case.
    /// - Throws: when it cannot be read, or not without the one before.
    mutating func begin(_ block: ObservationBlock) throws(ObservationError) -> Bool {
        let bytes = block.bytes
        let end = bytes.count - ObservationFormat.checksumBytes
        reader = ByteReader(bytes, end: max(0, end))
        for mark in ObservationFormat.mark {
            guard try reader.byte() == mark else { throw .damaged("it begins with something else") }
        }
        let version = try reader.byte()
        guard version == ObservationFormat.version else { throw .newer(version) }
        let written = (0..<ObservationFormat.checksumBytes).reduce(UInt32(0)) { $0 | UInt32(bytes[end + $1]) << UInt32(8 * $1) }
        guard written == ObservationFormat.checksum(bytes[..<end]) else { throw .damaged("its checksum is another") }
        let chain = try reader.fixed64()
        let sequence = try reader.number()
        var isAfterGap = false
        if sequence == 0 {
            let before = Place(chain: try reader.fixed64(), blocks: try reader.number())
            isAfterGap = place != before
            self = ObservationDecoder(reader)
        } else {
            guard place == Place(chain: chain, blocks: sequence) else { throw .incomplete }
        }
        place = Place(chain: chain, blocks: sequence &+ 1)
        last = Instant(microseconds: Int64(bitPattern: try reader.fixed64()))
        return isAfterGap
    }

    init() {}

    private init(_ reader: ByteReader) { self.reader = reader }

    /// Forgets all: what follows must begin a chain.
    mutating func lose() { self = ObservationDecoder() }

    /// The next record's head; nil after the last. Takes in what stands as a chain begins.
    mutating func next() throws(ObservationError) -> Head? {
        while !reader.isAtEnd {
            guard let kind = ObservationFormat.Kind(rawValue: try reader.byte()) else { throw .damaged("a report is of no known kind") }
            if kind == .dropped { return Head(kind: kind, check: nil, at: last) }
            let check = try readCheck()
            last.microseconds &+= try reader.signed()
            if kind == .standing { try readStanding(of: check) } else { return Head(kind: kind, check: check, at: last) }
        }
        return nil
    }

    /// What stands, for whoever begins to read here: of each check a complete report, and why it is blind if it is.
    func whatStands(at instant: Instant) -> [RecordedReport] {
        known.flatMap { check -> [RecordedReport] in
            guard let standing = standing[check] else { return [] }
            var reports: [RecordedReport] = []
            if let population = standing.population {
                reports.append(RecordedReport(at: instant, check: check, report: .population(population)))
            }
            if standing.isComplete {
                reports.append(RecordedReport(at: instant, check: check, report: .complete(standing.present.map(\.finding))))
            }
            if let why = standing.blind { reports.append(RecordedReport(at: instant, check: check, report: .blind(why))) }
            return reports
        }
    }

    /// Reads what a head belongs to.
    mutating func read(_ head: Head) throws(ObservationError) -> Record {
        guard let check = head.check else { return .dropped(Int(clamping: try reader.number())) }
        // Taken out, so that it is changed where it is.
        var stands = standing.removeValue(forKey: check) ?? Standing()
        defer { standing[check] = stands }
        let report: CheckReport
        switch head.kind {
        case .complete:
            try readFindings(&stands, head.at)
            stands.isComplete = true
            report = .complete(stands.present.map(\.finding))
        case .changed:
            let subject = try readSubject()
            let observedAt = Instant(microseconds: head.at.microseconds &+ (try reader.signed()))
            let before = stands.place(of: subject).flatMap { stands[$0] } ?? StandingFinding(subject)
            let after = try readFinding(after: before, observedAt, head.at)
            stands.put(after)
            report = .changed(after.finding)
        case .gone:
            let subject = try readSubject()
            stands.remove(subject)
            report = .gone(subject)
        case .current: report = .current
        case .population:
            let population = try readPopulation()
            stands.population = population
            return .report(RecordedReport(at: head.at, check: check, report: .population(population)))
        case .blind: report = .blind(try readText())
        case .standing, .dropped: throw .damaged("a report is of no known kind")
        }
        if case .blind(let why) = report { stands.blind = why } else { stands.blind = nil }
        return .report(RecordedReport(at: head.at, check: check, report: report))
    }

    private mutating func readPopulation() throws(ObservationError) -> [String: Int] {
        var population: [String: Int] = [:]
        for _ in 0..<(try reader.count()) {
            let namespace = try readText()
            population[namespace] = Int(clamping: try reader.number())
        }
        return population
    }

    private mutating func readStanding(of check: CheckID) throws(ObservationError) {
        var stands = Standing()
        let flags = try reader.byte()
        stands.isComplete = flags & 1 != 0
        if flags & 2 != 0 { stands.blind = try readText() }
        if flags & 4 != 0 { stands.population = try readPopulation() }
        try readFindings(&stands, last)
        standing[check] = stands
    }
}

// MARK: Findings

extension ObservationDecoder {
    /// Reads a complete report; it replaces what stands.
    private mutating func readFindings(_ stands: inout Standing, _ instant: Instant) throws(ObservationError) {
        stands.compact()
        let old = stands.findings
        let count = try reader.count(beside: old.count)
        let isUniform = try reader.byte() == 1
        let uniform = isUniform ? Instant(microseconds: instant.microseconds &+ (try reader.signed())) : nil
        var new: [StandingFinding?] = []
        new.reserveCapacity(count)
        var next = 0
        while new.count < count {
            let head = try reader.number()
            let value = head >> 2
            switch ObservationFormat.Step(rawValue: head & 3) {
            case .keep:
                guard value > 0, value <= UInt64(count - new.count), value <= UInt64(max(0, old.count - next)) else {
                    throw .damaged("it keeps more than there was")
                }
                for index in next..<(next + Int(value)) {
                    guard var kept = old[index] else { throw .damaged("it keeps what was gone") }
                    if let uniform { kept.finding.observedAt = uniform }
                    new.append(kept)
                }
                next += Int(value)
            case .update:
                guard next < old.count, let before = old[next] else { throw .damaged("it changes what was not there") }
                new.append(try readFinding(after: before, try observedAt(uniform, instant), instant))
                next += 1
            case .insert:
                let subject = try readSubject()
                new.append(try readFinding(after: StandingFinding(subject), try observedAt(uniform, instant), instant))
            case .jump:
                let distance = Int64(bitPattern: (value >> 1) ^ (0 &- (value & 1)))
                guard let place = Int(exactly: Int64(next) + distance), old.indices.contains(place) else {
                    throw .damaged("it goes on where nothing was")
                }
                next = place
            case nil: throw .damaged("a step is of no known kind")
            }
        }
        stands.replace(new)
    }

    private mutating func observedAt(_ uniform: Instant?, _ instant: Instant) throws(ObservationError) -> Instant {
        if let uniform { return uniform }
        return Instant(microseconds: instant.microseconds &+ (try reader.signed()))
    }

    private mutating func readFinding(
        after before: StandingFinding, _ observedAt: Instant, _ instant: Instant
    ) throws(ObservationError) -> StandingFinding {
        var after = before
        after.finding.observedAt = observedAt
        let parts = ObservationFormat.Parts(rawValue: try reader.byte())
        if parts.contains(.unknown) {
            after.finding.observation = .unknown(try readText())
        } else {
            if parts.contains(.values) { try readValues(&after.evidence.figures) }
            if parts.contains(.figures) { after.evidence.figures = try readFigures() }
            if parts.contains(.reasons) { after.evidence.reasons = try readReasons(instant) }
            if parts.contains(.unread) { after.evidence.unread = try reader.byte() == 0 ? nil : try readText() }
            if parts.contains(.unreadFigures) { after.evidence.unreadFigures = try readFigures() }
            if parts.contains(.details) {
                let count = try reader.count()
                after.evidence.details = []
                for _ in 0..<count { after.evidence.details.append(try readText()) }
            }
            after.finding.observation = .seen(after.evidence)
        }
        if parts.contains(.located) { after.finding.located = try readLocated() }
        return after
    }

    private mutating func readValues(_ figures: inout [Figure]) throws(ObservationError) {
        let changed = try reader.number()
        guard changed >> UInt64(min(63, figures.count)) == 0 else { throw .damaged("a figure changes that was not there") }
        for index in figures.indices where changed & (1 << UInt64(index)) != 0 {
            figures[index].value = try FigureCoding.read(after: figures[index].value, from: &reader)
        }
    }

    private mutating func readFigures() throws(ObservationError) -> [Figure] {
        let count = try reader.count()
        var figures: [Figure] = []
        for _ in 0..<count {
            let (name, unit) = (try readText(), try readText())
            figures.append(Figure(name, try FigureCoding.read(after: 0, from: &reader), unit: unit))
        }
        return figures
    }

    private mutating func readReasons(_ instant: Instant) throws(ObservationError) -> [Reason] {
        let count = try reader.count()
        var reasons: [Reason] = []
        for _ in 0..<count {
            let has = try reader.byte()
            var reason = Reason(try readText(), part: try readText())
            if has & 1 != 0 { reason.container = try readText() }
            if has & 2 != 0 { reason.exitCode = Int32(truncatingIfNeeded: try reader.signed()) }
            if has & 4 != 0 { reason.restartCount = Int32(truncatingIfNeeded: try reader.signed()) }
            if has & 8 != 0 { reason.since = Instant(microseconds: instant.microseconds &+ (try reader.signed())) }
            reason.message = try readText()
            reasons.append(reason)
        }
        return reasons
    }

    private mutating func readLocated() throws(ObservationError) -> [SubjectTemplate: Subject] {
        let count = try reader.count()
        var located: [SubjectTemplate: Subject] = [:]
        for _ in 0..<count {
            let kind = try readKind()
            let namespace = try readText()
            let name: SubjectTemplate.Name =
                try reader.byte() == 0 ? .name(try readText()) : .label(key: try readText(), value: try readText())
            located[SubjectTemplate(kind, namespace: namespace, name: name)] = try readSubject()
        }
        return located
    }
}

// MARK: Words

extension ObservationDecoder {
    private mutating func readCheck() throws(ObservationError) -> CheckID {
        let index = try reader.number()
        if index > 0 {
            guard index <= UInt64(checks.count) else { throw .damaged("it names a check that was not named before") }
            return checks[Int(index) - 1]
        }
        let check = CheckID(try readText(), parameters: try readText())
        checks.append(check)
        known.append(check)
        standing[check] = standing[check] ?? Standing()
        return check
    }

    private mutating func readSubject() throws(ObservationError) -> Subject {
        let index = try reader.number()
        if index > 0 {
            guard index <= UInt64(subjects.count) else { throw .damaged("it names a subject that was not named before") }
            return subjects[Int(index) - 1]
        }
        let subject = Subject(try readKind(), namespace: try readText(), name: try readText())
        subjects.append(subject)
        return subject
    }

    private mutating func readKind() throws(ObservationError) -> Subject.Kind {
        guard let kind = Subject.Kind(rawValue: try readText()) else { throw .damaged("a subject is of no known kind") }
        return kind
    }

    private mutating func readText() throws(ObservationError) -> String {
        let index = try reader.number()
        if index > 1 {
            guard index - 2 < UInt64(texts.count) else { throw .damaged("it uses a text that was not written before") }
            return texts[Int(index) - 2]
        }
        let text = try reader.text()
        if index == 1 { texts.append(text) }
        return text
    }
}
