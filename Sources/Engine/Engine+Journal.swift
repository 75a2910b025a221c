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
            await keeper?.leave(why)
        }
    }

    /// Takes the journal over, however long that takes; nothing is begun before.
    func takeOver() async {
        guard let keeper else { return }
        var failures = 0
        while leads, !isStopping, !Task.isCancelled {
            do {
                let recollection = try await keeper.takeOver(run: run, since: clock.now() - max(.hours(1), automaton.longestQuiet))
                guard leads, !isStopping else { return }
                step(.recalled(recollection))
                isRecalled = true
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
        guard !isFlushing, keeper.hasWork else { return }
        isFlushing = true
        schedule { await self.flush(keeper) }
    }

    /// Writes until nothing waits; while the journal fails, it is tried again.
    private func flush(_ keeper: JournalKeeper) async {
        defer { isFlushing = false }
        while !Task.isCancelled {
            switch await keeper.flush() {
            case .absent(let why):
                if leads, journalProblem != nil || !isStopping { journal(why) }
                return
            case .kept:
                if journalProblem != nil { journal(nil) }
                if !keeper.hasWork { return }
            case .failing(let why):
                journal(why)
                do { try await clock.sleep(await keeper.pause) } catch { return }
            }
        }
    }

    /// An intent could not be written.
    func journal(failed error: JournalError, _ keeper: JournalKeeper) {
        journal("\(error)")
        guard case .takenOver = error else {
            if !isFlushing {
                isFlushing = true
                schedule { await self.flush(keeper) }
            }
            return
        }
    }

    /// Writes what is noted until now, as far as that goes: a person's word before it is answered, and what is left at the end.
    func writeNotes() async {
        guard let keeper else { return }
        handOverNotes()
        if case .failing(let why) = await keeper.flush() { journal(why) }
    }
}
