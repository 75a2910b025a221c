import AutomatonCore

/// How a block of observations is written.
///
/// Blocks form chains. The first of a chain begins with what stands: every check's findings; those that follow say what changed since, in
/// words that the chain has used before. So a history is read from the beginning of any chain, and a damaged block loses what is left of
/// its chain and no more.
///
///     block  = "OB" version chain sequence instant record* checksum
///     record = kind check instant …       (instants as differences, in microseconds)
enum ObservationFormat {
    static let mark: [UInt8] = [0x4F, 0x42]
    static let version: UInt8 = 1
    static let checksumBytes = 4

    /// The longest time that a chain begins blocks for; whoever reads from the middle reads from as long before.
    static let chainSpan: Duration = .hours(4)
    /// The longest time in one block.
    static let blockSpan: Duration = .minutes(10)
    /// A chain is ended beyond so many bytes: so are the texts that are kept for it.
    static let chainBytes = 16 << 20
    /// Texts that are longer are not kept to be referred to.
    static let longestWord = 512

    enum Kind: UInt8 {
        case complete, changed, gone, current, blind
        /// What stands as a chain begins.
        case standing
        /// So many reports were not recorded.
        case dropped
        /// How many workloads there are, by namespace.
        case population
    }

    /// How the next finding of a complete report stands to those before.
    enum Step: UInt64 {
        /// So many are as they were.
        case keep
        /// The next one changed.
        case update
        /// One that was not there.
        case insert
        /// Those so many further on or back are next.
        case jump
    }

    /// Which parts of a finding changed.
    struct Parts: OptionSet {
        let rawValue: UInt8
        /// It is unknown; nothing else follows but why.
        static let unknown = Parts(rawValue: 1)
        /// The same figures with other values.
        static let values = Parts(rawValue: 2)
        /// Other figures.
        static let figures = Parts(rawValue: 4)
        static let reasons = Parts(rawValue: 8)
        static let unread = Parts(rawValue: 16)
        static let unreadFigures = Parts(rawValue: 32)
        static let details = Parts(rawValue: 64)
        static let located = Parts(rawValue: 128)
    }

    static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        let digest = UInt64(bitPattern: bytes.withUnsafeBufferPointer { JournalText.digest($0) })
        return UInt32(truncatingIfNeeded: digest ^ (digest >> 32))
    }
}

/// A finding that stands, and what was last seen when it is unknown now.
struct StandingFinding {
    var finding: Finding
    var evidence: Evidence

    init(_ subject: Subject) {
        evidence = Evidence()
        finding = Finding(subject, observedAt: .epoch, .seen(evidence))
    }
}

/// What stands of a check. Whoever writes and whoever reads keeps the same.
struct Standing {
    /// In the order of the last complete report, and of what came since; nil for what is gone since.
    private(set) var findings: [StandingFinding?] = []
    /// Whether there was a complete report.
    var isComplete = false
    /// Why the world cannot be read; nil when it can.
    var blind: String?
    /// How many workloads there are, by namespace, as it was told last; nil when it never was.
    var population: [String: Int]?
    /// Where subjects stand; made when it is asked for.
    private var places: [Subject: Int]?

    /// Those that are there, in order.
    var present: [StandingFinding] { findings.compactMap { $0 } }

    /// Closes the gaps of what is gone.
    mutating func compact() {
        guard findings.contains(where: { $0 == nil }) else { return }
        findings.removeAll { $0 == nil }
        places = nil
    }

    mutating func replace(_ new: [StandingFinding?]) {
        findings = new
        places = nil
    }

    /// Where a subject stands; nil when it does not.
    mutating func place(of subject: Subject) -> Int? {
        if let places { return places[subject] }
        var made: [Subject: Int] = [:]
        for (index, finding) in findings.enumerated() {
            guard let finding, made[finding.finding.subject] == nil else { continue }
            made[finding.finding.subject] = index
        }
        places = made
        return made[subject]
    }

    subscript(_ index: Int) -> StandingFinding? { findings[index] }

    /// Puts a finding in its subject's place, or at the end.
    mutating func put(_ finding: StandingFinding) {
        if let index = place(of: finding.finding.subject) {
            findings[index] = finding
        } else {
            places?[finding.finding.subject] = findings.count
            findings.append(finding)
        }
    }

    mutating func remove(_ subject: Subject) {
        guard let index = place(of: subject) else { return }
        findings[index] = nil
        // A check may have named it twice.
        for index in findings.indices where findings[index]?.finding.subject == subject { findings[index] = nil }
        places?[subject] = nil
    }
}
