public import AutomatonCore

/// What people may want to know before they ask for it.
extension Engine {
    /// What would be done about open incidents if a person asked that they do not wait, the most urgent first. Remediations are asked for
    /// their plans: they read the world, and change nothing; no attempt is begun, and nothing is taken from the budget.
    /// - Parameters:
    ///   - subject: what is mended or was observed; nil for all.
    ///   - most: of so many incidents; the others are counted.
    ///   - limit: how long the plans may take in all; one that is late is said to be missing.
    /// - Returns: also when it was asked: what is decided for a person who saw it is decided after.
    /// - Throws: ``NotLeading`` when another process leads: what it has in flight is not known here; ``NotReady``.
    public func prospects(
        subject: SubjectFilter?, rule: String?, most: Int, within limit: Duration
    ) async throws -> (at: Instant, prospects: [Prospect], leftOut: Int) {
        try requireLeading()
        let at = clock.now()
        let keys = open(subject, rule).map(\.key)
        return (at, try await prospects(of: Array(keys.prefix(most)), within: limit), max(0, keys.count - most))
    }

    private func prospects(of incidents: [IncidentKey], within limit: Duration) async throws -> [Prospect] {
        let end = clock.now() + limit
        var answers: [PlanQuestion: Event] = [:]
        while true {
            let (prospects, wanted) = automaton.prospects(of: incidents, answers: answers, at: clock.now())
            guard !wanted.isEmpty, clock.now() < end, !isStopping else { return prospects }
            for (question, answer) in await answer(wanted, until: end, limit) { answers[question] = answer }
            // What is judged with the answers is how things are then.
            try requireLeading()
        }
    }

    private func answer(_ wanted: [PlanRequest], until end: Instant, _ limit: Duration) async -> [(PlanQuestion, Event)] {
        await withTaskGroup(of: (PlanQuestion, Event).self) { group in
            for request in wanted {
                let remediation = remediation(request.rule, request.step, named: request.remediation)
                group.addTask { [environment, clock] in
                    let answer = await withTaskGroup(of: Event.self) { race in
                        race.addTask { await Executor.plan(request, with: remediation, in: environment) }
                        race.addTask {
                            try? await clock.sleep(max(.zero, end - clock.now()))
                            return .unavailable(request.attempt, "no plan within \(limit.readable)", retryAfter: nil)
                        }
                        defer { race.cancelAll() }
                        return await race.next() ?? .unavailable(request.attempt, "nobody answered", retryAfter: nil)
                    }
                    return (PlanQuestion(request), answer)
                }
            }
            var answers: [(PlanQuestion, Event)] = []
            for await answer in group { answers.append(answer) }
            return answers
        }
    }
}
