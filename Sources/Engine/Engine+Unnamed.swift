import AutomatonCore

/// Subjects with an open incident that a check no longer names, although it would name them only if they were unwell: an earlier run saw
/// them, or the check began anew. They are looked at by themselves until it is known whether they are well or not there any more.
extension Engine {
    /// So many are looked at with one report, and for so long, since the check waits; the others with the next ones.
    private static let (mostLookedAt, longestLook) = (200, Duration.seconds(5))

    /// What is to be said of those, with a report of a check: findings on what is there, and the subjects that are gone.
    func lookAtUnnamed(with report: CheckReport, from id: CheckID) async -> (there: [Finding], gone: [Subject]) {
        guard let check = ruleset.checks[id], !type(of: check).namesWell else { return ([], []) }
        switch report {
        case .complete(let findings):
            let named = Set(findings.map(\.subject))
            unnamed[id] = automaton.openSubjects(of: id).filter { !named.contains($0) }
        case .current where unheard.contains(id):
            // What earlier runs remembered is known since the check said what there is.
            let named = reported[id] ?? [:]
            unnamed[id] = automaton.openSubjects(of: id).filter { named[$0] == nil }
        case .current:
            guard let known = unnamed[id], !known.isEmpty else { return ([], []) }
            let open = Set(automaton.openSubjects(of: id))
            unnamed[id] = known.filter { open.contains($0) }
        case .changed(let finding):
            unnamed[id]?.removeAll { $0 == finding.subject }
            return ([], [])
        case .gone(let subject):
            unnamed[id]?.removeAll { $0 == subject }
            return ([], [])
        case .population, .blind, .waiting: return ([], [])
        }
        return await look(at: unnamed[id] ?? [], for: id, check)
    }

    private func look(at subjects: [Subject], for id: CheckID, _ check: any Check) async -> (there: [Finding], gone: [Subject]) {
        var there: [Finding] = []
        var gone: [Subject] = []
        var (isAnswering, looked) = (true, 0)
        let end = clock.now() + Self.longestLook
        for subject in subjects {
            let observation: Observation?
            guard looked < Self.mostLookedAt, isAnswering, clock.now() < end, !Task.isCancelled else {
                there.append(Finding(subject, observedAt: clock.now(), .unknown("it has not been looked at yet")))
                continue
            }
            looked += 1
            do {
                observation = type(of: check).observation(ofUnnamed: try await environment.workloads.read(subject))
            } catch {
                switch error {
                case .notFound:
                    gone.append(subject)
                    continue
                // Another one may be read.
                case .refused(let why): observation = .unknown(why)
                case .unavailable(let why, _), .outcomeUnknown(let why), .conflict(let why):
                    isAnswering = false
                    observation = .unknown(why)
                }
            }
            if let observation { there.append(Finding(subject, observedAt: clock.now(), observation)) } else { gone.append(subject) }
        }
        let isKnown = Set(gone + there.filter { if case .seen = $0.observation { true } else { false } }.map(\.subject))
        // Those that nobody had time for come first the next time.
        let open = Set(unnamed[id] ?? [])
        unnamed[id] = (subjects.dropFirst(looked) + subjects.prefix(looked)).filter { open.contains($0) && !isKnown.contains($0) }
        return (there, gone)
    }
}
