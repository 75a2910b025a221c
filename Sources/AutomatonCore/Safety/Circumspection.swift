extension SafetyPolicy {
    /// Why an object may not be changed at all; nil when it may.
    func protection(of subject: Subject) -> String? {
        if let pattern = protectedNamespaces.first(where: { $0.matches(subject.namespace) }), !subject.namespace.isEmpty {
            return "protected: nothing is changed in namespace \(subject.namespace) (PROTECTED_NAMESPACES: \(pattern))"
        }
        if protectedWorkloads.contains(subject) { return "protected: \(subject) is the automaton itself" }
        return nil
    }

    /// What the object's annotations say against a change; nil when nothing.
    func refusal(_ wish: ObjectWish, at now: Instant) -> (hold: Decision.Guard, reason: String, until: Instant?)? {
        if let problem = wish.problem { return (.optedOut, "opted out: \(problem)", nil) }
        if wish.mode == .ignore { return (.optedOut, "opted out: annotation self-healing-automaton/mode is ignore", nil) }
        if requiresOptIn, wish.mode == nil {
            return (
                .optedOut,
                "opted out: REQUIRE_OPT_IN is set, and the object has no annotation self-healing-automaton/mode (write auto or observe)",
                nil
            )
        }
        if let until = wish.pausedUntil, until > now {
            let end = until.microseconds == .max ? "until it is removed" : "until \(until.rfc3339)"
            return (.paused, "paused: annotation self-healing-automaton/paused-until holds \(end)", until)
        }
        return nil
    }

    /// Why too few pods would stay ready; nil when enough do, or the plan takes none down.
    ///
    /// A rolling update keeps ready pods within the strategy's bounds: it takes down at most as many as that allows, and replaces pods
    /// that are not ready first. Where it takes down no ready pod, there is nothing to lose.
    func refusal(_ circumstances: Circumstances) -> String? {
        guard let healthy = circumstances.healthy, let desired = circumstances.desired, let takesDown = circumstances.takesDown
        else { return nil }
        let left = min(healthy, max(0, desired - takesDown))
        let fewest = min(minimumHealthy.of(desired), desired)
        guard left < healthy, left < fewest else { return nil }
        return "minimum healthy: \(healthy) of \(desired) pods are ready, and replacing them would leave \(left); MIN_HEALTHY "
            + "(\(minimumHealthy)) wants \(fewest)"
    }
}

extension RemediationStep {
    /// Whose field would be changed that is left alone; nil when nobody's.
    func refusal(_ owners: [FieldOwner]) -> String? {
        let owner: FieldOwner?
        switch owned {
        case .take: owner = nil
        case .refuse: owner = owners.first
        case .refuseControllers: owner = owners.first { $0.kind != .person }
        }
        return owner.map { "owned: \($0) (owned: \(owned.rawValue))" }
    }
}
