import AutomatonCore

/// What is remembered of a container that ended before: as little as tells an old end from a new one.
struct ContainerPast: Hashable, Sendable {
    /// Its name.
    let name: String
    /// `restartCount` as last seen.
    var restartCount: Int32 = 0
    /// How many of its ends are known, numbered by the `restartCount` at which they happened: 2 when ends 0 and 1 were seen.
    var deaths: Int32 = 0
    /// When the last known end was, in microseconds; 0 when that is not known.
    var lastDeath: Int64 = 0

    init(name: String) { self.name = name }
}

/// One observation of a container, held against what was known of it.
struct ContainerSighting {
    /// A fault, and which end of the container it belongs to.
    struct Fault {
        var code: FaultCode
        var death: Int32
        var termination: ContainerRow.Termination?
        var message: String
    }

    /// The faults that count now. Those of an end that was counted before come again while the container is down because of it.
    private(set) var faults: [Fault] = []
    /// How often it was restarted since it was last seen; 0 at first sight.
    private(set) var restarts: Int32 = 0
    /// Whether it runs, or has ended well.
    private(set) var isUpright = false
    /// What is to be remembered of it.
    private(set) var past: ContainerPast

    /// Judges a container.
    ///
    /// - Parameters:
    ///   - past: What was known of it; nil at first sight of its pod. Then only what is wrong at this moment counts, and a
    ///     `lastState` is history.
    ///   - isFinished: Whether the pod is over (phase Failed or Succeeded): at first sight all of it is history.
    init(_ row: ContainerRow, past: ContainerPast?, isFinished: Bool) {
        self.past = past ?? ContainerPast(name: row.name)
        if let past { restarts = max(0, row.restartCount - past.restartCount) }
        let death = Self.latestDeath(of: row)
        switch row.state {
        case .terminated(let termination):
            isUpright = termination.exitCode == 0
            let isNew = past.map { row.restartCount >= $0.deaths || Self.isLater(termination, than: $0) } ?? !isFinished
            if isNew || !isFinished { add(FaultCode(termination), row.restartCount, termination, termination.message) }
        case .waiting(let reason, let message):
            guard !isFinished else { break }
            let code = FaultCode(waiting: reason)
            add(code, row.restartCount, row.lastTermination, message)
            if let last = row.lastTermination, code == .crashLoop || Self.isNew(last, of: row, past) {
                add(FaultCode(last), row.restartCount, last, last.message)
            }
        case .running:
            isUpright = true
            if let past, let death,
                row.restartCount > past.restartCount && death.number >= past.deaths || Self.isLater(death.how, than: past)
            {
                add(FaultCode(death.how), death.number, death.how, death.how.message)
            }
        }
        self.past.restartCount = row.restartCount
        self.past.deaths = death.map { $0.number + 1 } ?? row.restartCount
        if let finished = death?.how.finishedAt { self.past.lastDeath = finished.microseconds }
    }

    /// Whether there is anything about it to take note of.
    var isNews: Bool { restarts > 0 || !faults.isEmpty }

    /// Lets the faults count for nothing: something else ended the container.
    mutating func excuse() { faults.removeAll() }

    private mutating func add(_ code: FaultCode?, _ death: Int32, _ termination: ContainerRow.Termination?, _ message: String) {
        guard let code else { return }
        faults.append(Fault(code: code, death: death, termination: termination, message: message))
    }

    /// The latest end that a row tells of, and the restart count at which it happened.
    ///
    /// The kubelet raises the count when the next container starts: a container that is down still has the count of its own end.
    private static func latestDeath(of row: ContainerRow) -> (number: Int32, how: ContainerRow.Termination)? {
        switch row.state {
        case .terminated(let termination): (row.restartCount, termination)
        case .waiting: row.lastTermination.map { (row.restartCount, $0) }
        case .running: row.lastTermination.map { (row.restartCount - 1, $0) }
        }
    }

    /// Whether a waiting container's last end was not known. After the loss of a container the kubelet shows an older end under a
    /// newer count, so the time decides where there is one.
    private static func isNew(_ last: ContainerRow.Termination, of row: ContainerRow, _ past: ContainerPast?) -> Bool {
        guard let past else { return false }
        if last.finishedAt != nil, past.lastDeath != 0 { return isLater(last, than: past) }
        return row.restartCount >= past.deaths
    }

    private static func isLater(_ termination: ContainerRow.Termination, than past: ContainerPast) -> Bool {
        guard let finished = termination.finishedAt, past.lastDeath != 0 else { return false }
        return finished.microseconds > past.lastDeath
    }
}
