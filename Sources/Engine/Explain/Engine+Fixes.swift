public import AutomatonCore

/// What is kept of attempts that helped.
extension Engine {
    /// How long a question waits at the start for what earlier runs remembered.
    private static let longestRecall: Duration = .seconds(5)

    /// All of it, sorted by key. A process that does not lead knows of none.
    /// - Throws: ``NotReady`` while what earlier runs remembered is not known.
    public func keptFixes() async throws -> [Fix] {
        let end = clock.now() + Self.longestRecall
        while leads, keeper != nil, !isRecalled {
            guard clock.now() < end, !isStopping else { throw NotReady(why: journalProblem ?? "the journal has not been read yet") }
            try await clock.sleep(.milliseconds(100))
        }
        return leads ? automaton.fixes : []
    }

    /// Whether fixes that are kept may be written elsewhere: this process leads, and knows what earlier runs remembered.
    public var knowsFixes: Bool { leads && (keeper == nil || isRecalled) }

    /// Whether nothing is to be changed at all.
    public var isDryRun: Bool { automaton.policy.dryRun }

    func tellFixes() {
        let seen = reported.filter { $0.key.check == Fix.check }.values
        var (kept, drifted): ([Fix.Kind: Int], [Fix.Kind: Int]) = ([:], [:])
        for fix in leads ? automaton.fixes : [] {
            kept[fix.key.kind, default: 0] += 1
            let hasDrifted = seen.contains { findings in
                guard case .seen(let evidence)? = findings[fix.key.subject]?.observation else { return false }
                return evidence.remark(on: fix.key)?.word == .drifted
            }
            if hasDrifted { drifted[fix.key.kind, default: 0] += 1 }
        }
        tell(.fixesKept(kept, drifted: drifted))
    }

    /// Takes what lies where people may edit fixes. Answers with what is kept then; nil when this process does not lead, or does not know
    /// yet what earlier runs remembered.
    public func takeFixes(_ found: [Fix], mark: FixMark?) async -> [Fix]? {
        guard knowsFixes else { return nil }
        step(.fixesFound(found, mark: mark))
        // The journal has it before the mark tells that it was taken in.
        await writeNotes()
        return automaton.fixes
    }

    /// A person wants a fix kept. Answers with what is kept under its key then: another one when that is newer, or says the same.
    public func keepFix(_ fix: Fix) async throws -> Fix? {
        try requireLeading()
        step(.fixImported(fix.imported))
        await writeNotes()
        return automaton.fixes.first { $0.key == fix.key }
    }

    /// A person wants one kept no longer. Answers with the one that was kept; nil when none of that name is.
    public func forgetFix(_ id: FixID) async throws -> Fix? {
        try requireLeading()
        guard let fix = automaton.fixes.first(where: { $0.key.id == id }) else { return nil }
        step(.fixForgotten(fix.key))
        await writeNotes()
        return fix
    }

    /// How the fixes of a workload stand, as the rules' checks saw them last; empty where no rule looks, or none has seen them yet.
    public func findings(ofFixesOn subject: Subject) -> [Finding] {
        reported.filter { $0.key.check == Fix.check }.sorted { $0.key < $1.key }.compactMap { $0.value[subject] }
    }

    /// Open incidents that a check reports on a subject.
    public func openIncidents(of check: String, on subject: Subject) -> [IncidentKey] {
        let rules = Set(ruleset.rules.filter { $0.check.check == check }.map(\.name))
        return automaton.incidents.map(\.key).filter { rules.contains($0.rule) && $0.subject == subject }
    }

    /// Rules in force on a check.
    public func rules(on check: String) -> [String] { ruleset.rules.filter { $0.check.check == check }.map(\.name).sorted() }
}
