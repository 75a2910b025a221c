import AutomatonCore

/// What outlives the run, and who leads.
extension Engine {
    /// This process leads from now on, or does not, and why not. A leader acts once it has read what others remembered.
    public func lead(_ leads: Bool, _ why: String = "another process leads") async {
        guard leads != self.leads else {
            // Who leads may have changed while it is another.
            if !leads, notLeading != why {
                notLeading = why
                step(.standDown(.leadership, why))
            }
            return
        }
        notLeading = leads ? nil : why
        isRecalled = false
        if leads {
            if keeper != nil { schedule { await self.takeOver() } } else { step(.standDown(.leadership, nil)) }
        } else {
            step(.standDown(.leadership, why))
            tellFixes()
            await keeper?.leave(why)
        }
    }

    /// Open records of the history that are taken up at most.
    private static let mostRecalled = 10_000

    /// Takes the journal over, however long that takes; nothing is begun before.
    func takeOver() async {
        guard let keeper else { return }
        var failures = 0
        while leads, !isStopping, !Task.isCancelled {
            do {
                // Before the rest, which counts: between its reading and its use nothing is waited for.
                let open = try await keeper.incidents(IncidentQuery(isOpen: true, limit: Self.mostRecalled)).records
                let recollection = try await keeper.takeOver(run: run, since: clock.now() - max(.hours(1), automaton.longestQuiet))
                guard leads, !isStopping else { return }
                record(history.recall(open, at: clock.now()))
                step(.recalled(recollection))
                // A check that watches may have said all there is before, and would not say again that something is over.
                repeatKnownLater()
                record(history.settle(with: automaton.incidents, at: clock.now()))
                isRecalled = true
                tellFixes()
                tell(.recalled(subjects: recollection.subjects.count, open: recollection.attempts.count(where: \.isOpen)))
                journal(nil)
                step(.standDown(.leadership, nil))
                return
            } catch {
                failures += 1
                journal("\(error)")
                do { try await clock.sleep(min(.seconds(30), .seconds(1) * (1 << min(failures, 5)))) } catch { return }
            }
        }
    }

    /// The journal fails, and why; nil when it works: without memory nothing is begun.
    func journal(_ problem: String?) {
        if problem != journalProblem {
            journalProblem = problem
            tell(.journalFailed(problem))
        }
        step(.standDown(.journal, problem))
    }

    /// Keeps a line of the trail.
    func keep(_ entry: TrailEntry) {
        trail.append(entry)
        if keeper != nil { notes.append(.trail(entry)) }
    }

    /// Hands over what is to be noted, and has it written soon.
    func handOverNotes() {
        guard let keeper, !notes.isEmpty else { return }
        keeper.note(notes)
        notes = []
        if keeper.hasWork { flushSoon(keeper) }
    }

    private func flushSoon(_ keeper: JournalKeeper) {
        guard !isFlushing else { return }
        isFlushing = true
        schedule { await self.flush(keeper) }
    }

    /// Writes until nothing waits; while the journal fails, it is tried again.
    private func flush(_ keeper: JournalKeeper) async {
        defer { isFlushing = false }
        while !Task.isCancelled {
            switch await keeper.flush() {
            case .absent(let why): return deposed(why)
            case .kept:
                if journalProblem != nil { journal(nil) }
                if !keeper.hasWork { return }
            case .failing(let why):
                journal(why)
                do { try await clock.sleep(await keeper.pause) } catch { return }
            }
        }
    }

    /// Something could not be written: nothing is begun until that works again, which is tried until then.
    func journal(failed error: JournalError, _ keeper: JournalKeeper) {
        if case .takenOver(let why) = error { return deposed(why) }
        journal("\(error)")
        flushSoon(keeper)
    }

    /// Another run has the journal, and this one still held it to be its own.
    private func deposed(_ why: String) {
        guard isRecalled, !isStopping else { return }
        isRecalled = false
        journalProblem = why
        tell(.deposed(why))
        step(.standDown(.journal, why))
    }

    /// Writes what is noted until now, as far as that goes: a person's word before it is answered, and what is left at the end, which others
    /// may note on incidents after the engine has ended.
    public func writeNotes() async {
        guard let keeper else { return }
        handOverNotes()
        switch await keeper.flush() {
        case .kept: break
        case .absent(let why): deposed(why)
        case .failing(let why): journal(failed: .unavailable(why), keeper)
        }
    }
}
