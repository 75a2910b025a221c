/// What helped is kept as desired state, until it is taken back, is no longer needed, or a person says so.
extension Automaton {
    /// What is kept.
    public var fixes: [Fix] { fixBook.fixes }

    /// An attempt helped: what it raised is kept.
    mutating func keepFixes(of attempt: AttemptState, _ incident: Incident) {
        guard let plan = attempt.plan, attempt.isReplanned != true else { return }
        let origin = Fix.Origin(
            rule: attempt.rule, remediation: attempt.step.use, incident: IncidentID(incident.key, detectedAt: incident.detectedAt),
            attempt: attempt.id)
        for fix in Fix.kept(of: plan, at: now, origin: origin) {
            // What was applied again stays the fix that it was; and an attempt that began lower, after somebody undid it, lowers nothing.
            if let kept = fixBook[fix.key]?.value, kept.isSameAmount(as: fix.value) || kept.amount > fix.value.amount { continue }
            tellFixes(fixBook.keep(fix))
        }
    }

    /// What a plan left is there no more, or is needed no more.
    mutating func dropFixes(of plan: Plan?) {
        guard let plan else { return }
        for fix in fixBook.fixes where fix.isWritten(by: plan) { tellFixes(fixBook.drop(fix.key, at: now)) }
    }

    mutating func tellFixes(_ records: [FixRecord]) { effects += records.map { .fix($0) } }
}
