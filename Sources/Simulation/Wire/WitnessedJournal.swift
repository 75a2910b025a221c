import AutomatonCore

/// The journal as one run has it: the real one, with a disk that fails at times, and the monitor at its side.
///
/// `@unchecked Sendable`: everything happens on the simulation's thread.
final class WitnessedJournal: ForwardingJournal, @unchecked Sendable {
    private let base: any Journal
    private let wire: Wire

    init(_ journal: any Journal, _ wire: Wire) {
        base = journal
        self.wire = wire
    }

    func journal() -> any Journal { base }

    /// The way to the disk. Answers whether what is asked for is done although nobody is told.
    private func reach() async throws(JournalError) -> Bool {
        if wire.strikes(.journalSlow) {
            do { try await wire.sleep(.seconds(wire.draw(1...20))) } catch { throw .unavailable("cancelled") }
        }
        if wire.isCut { throw .unavailable("the run is dead") }
        if wire.strikes(.journalFull) { throw .unavailable("the disk is full") }
        guard wire.strikes(.journalDown) else { return false }
        if wire.draw(0...3) > 0 { throw .unavailable("the journal does not answer") }
        return true
    }

    private func lose(_ isLost: Bool) throws(JournalError) {
        if isLost { throw .unavailable("the answer was lost") }
    }

    func takeOver(run: String, since: Instant) async throws(JournalError) -> Recollection {
        let isLost = try await reach()
        let recollection = try await base.takeOver(run: run, since: since)
        try lose(isLost)
        wire.world.heed(.tookOver(wire.run))
        return recollection
    }

    func intend(_ intent: AttemptIntent, quiet: Duration) async throws(JournalError) -> IntentAnswer {
        let isLost = try await reach()
        let answer = try await base.intend(intent, quiet: quiet)
        if answer == .written { wire.world.heed(.intended(wire.run, intent)) }
        try lose(isLost)
        return answer
    }

    func write(_ entries: [JournalEntry]) async throws(JournalError) {
        let isLost = try await reach()
        try await base.write(entries)
        for entry in entries {
            switch entry {
            case .outcome(let attempt, let outcome): wire.world.heed(.settled(wire.run, attempt, outcome))
            case .automaton(let memory): wire.world.heed(.kept(wire.run, memory.suspensions))
            case .subject, .trail, .incident, .fix: break
            }
        }
        try lose(isLost)
    }
}
