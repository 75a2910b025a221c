import AutomatonCore
import KubernetesClient

/// What an installation needs to be allowed: for its rules, and for what the automaton does of its own.
struct InstallationRights {
    /// The Lease that it stands for election with; nil for none.
    var lease: String?
    /// The ConfigMap that it keeps fixes in; nil for none.
    var fixes: String?
    /// Whether it asks the API server whose tokens are.
    var asksKubernetes = false
    /// Whether it changes nothing, not even by an event.
    var readsOnly = false

    /// Everything that is needed with these rules.
    func needed(for ruleset: Ruleset) -> NeededRights {
        var needed = watching(ruleset)
        if let lease {
            needed.add(KubernetesLeases.permissions(named: lease).flatMap(\.rights), for: .itself("leader election"))
        }
        if let fixes {
            let rights = KubernetesFixSheets.permissions(named: fixes).flatMap(\.rights)
            needed.add(readsOnly ? rights.filter(\.isReading) : rights, for: .itself("fixes"))
        }
        return needed
    }

    /// What is needed in each namespace that is watched, and outside of namespaces.
    func watching(_ ruleset: Ruleset) -> NeededRights {
        var needed = NeededRights(of: ruleset)
        let kinds = ruleset.rules.reduce(into: Set<Subject.Kind>()) { kinds, rule in
            kinds.formUnion(rule.subject.map { [$0.kind] } ?? ruleset.checks[rule.check]?.subjects ?? [])
        }
        let objects = kinds.compactMap(\.resource).map { Right("get", $0.resource, group: $0.group) }
        needed.add(KubernetesEvents.permissions.flatMap(\.rights) + objects, for: .itself("events on objects"))
        needed.add(KubernetesContexts.permissions.flatMap(\.rights), for: .itself("what surrounds an incident"))
        needed.add([Right("get", "pods"), Right("get", "replicasets", group: "apps")], for: .itself("its own workload"))
        if readsOnly { needed = needed.filter(\.isReading) }
        if asksKubernetes { needed.add(KubernetesTokenReviews.permissions.flatMap(\.rights), for: .itself("tokens of the API")) }
        return needed
    }

    /// The lease, and the fixes: what is in the automaton's own namespace whatever it watches.
    func home(_ ruleset: Ruleset) -> NeededRights {
        let watching = watching(ruleset)
        return needed(for: ruleset).filter { watching.purposes[$0] == nil }
    }
}
