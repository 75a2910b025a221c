extension Automaton {
    /// Attempts of other runs on this incident, as their stamps tell, count as if this run had made them: an attempt that is still being
    /// verified is given its time, and one that did not help moves the escalation on. A crash gives no remediation a second chance.
    mutating func restore(_ stamps: [Stamp], _ rule: Rule, _ memory: Int, _ subject: Subject, _ state: inout SubjectState) {
        state.memories[memory].elsewhere = nil
        var fresh = stamps.filter { $0.rule == rule.name && !isOwn($0.attempt) && $0.at <= now }
        if let counted = fresh.lastIndex(where: { $0.attempt == state.memories[memory].counted }) { fresh.removeFirst(counted + 1) }
        for stamp in fresh {
            guard let step = rule.remediations.firstIndex(where: { $0.use == stamp.remediation }) else { continue }
            let until = stamp.at + rule.remediations[step].verify
            // As long ago as this it would be forgotten, had this run made it.
            guard now - until <= state.memories[memory].breaker.forgottenAfter(policy) else { continue }
            if now < until, stamp == fresh.last {
                state.memories[memory].elsewhere = RuleMemory.Elsewhere(stamp: stamp, until: until)
                return
            }
            state.memories[memory].counted = stamp.attempt
            if step > state.memories[memory].step {
                state.memories[memory].step = step
                state.memories[memory].attemptsAtStep = 0
            }
            guard step == state.memories[memory].step, state.memories[memory].breaker.openUntil == nil else { continue }
            state.memories[memory].attemptsAtStep += 1
            countIneffective(
                rule, subject, &state,
                because: "\(stamp.remediation) of \(stamp.at.timeOfDay), by another run of the automaton, did not help")
        }
    }

    /// Why an attempt of another run is waited for; nil when none is.
    func elsewhereHold(_ memory: RuleMemory) -> Hold? {
        guard let elsewhere = memory.elsewhere, now < elsewhere.until else { return nil }
        let (stamp, until) = (elsewhere.stamp, elsewhere.until)
        let now = now
        return Hold(hold: .inFlight, basis: .attempt(stamp.attempt), until: until) {
            "in flight: attempt \(stamp.attempt) (\(stamp.remediation)) of \(stamp.at.timeOfDay), by another run of the automaton, has until "
                + "\(until.timeOfDay) to help, \((until - now).readable) more"
        }
    }
}
