import AutomatonCore

/// What is taken back or put back holds exactly what it held before the automaton wrote to it, and what somebody else changed since is
/// left alone.
final class RevertsExactly: Invariant {
    static let name = "every revert restores exactly"

    private enum Field: Hashable, CaseIterable {
        case replicas, limit, request, restartedAt, image
    }

    /// By field: what it held before each write of the automaton since somebody else wrote to it.
    private var before: [Subject: [Field: [String]]] = [:]

    /// Who of the automatons wrote to a field last.
    private var writers: [Subject: [Field: RunName]] = [:]

    private func values(_ spec: Spec) -> [Field: String] {
        [
            .replicas: spec.replicas.map(String.init) ?? "-", .limit: spec.template.limit.description,
            .request: spec.template.request?.description ?? "-", .restartedAt: spec.template.restartedAt?.rfc3339 ?? "-",
            .image: String(spec.template.image),
        ]
    }

    func heed(_ fact: Fact, _ scene: Scene) -> String? {
        switch fact {
        case .replaced(let subject): before[subject] = nil
        case .wrote(let landing): return take(landing, scene)
        default: break
        }
        return nil
    }

    private func take(_ landing: Landing, _ scene: Scene) -> String? {
        let (old, new) = (values(landing.before), values(landing.after))
        for field in Field.allCases where old[field] != new[field] {
            guard case .automaton(let run) = landing.by else {
                before[landing.subject]?[field] = nil
                continue
            }
            let last = writers[landing.subject]?[field]
            writers[landing.subject, default: [:]][field] = run
            if landing.stamp != nil {
                before[landing.subject, default: [:]][field, default: []].append(old[field] ?? "")
                continue
            }
            if let last, last != run, !scene.features.leadership, !scene.features.journal {
                // Two that know nothing of each other: what one left looks as if the other had left it.
                before[landing.subject]?[field] = nil
                continue
            }
            let known = before[landing.subject]?[field] ?? []
            guard let value = new[field], let index = known.lastIndex(of: value) else {
                return "run \(run) set \(field) of \(landing.subject) from \(old[field] ?? "") back to \(new[field] ?? ""): before its own "
                    + "writes it held \(known.isEmpty ? "what somebody else wrote" : known.joined(separator: ", "))"
            }
            before[landing.subject]?[field]?.removeSubrange(index...)
        }
        return nil
    }
}
