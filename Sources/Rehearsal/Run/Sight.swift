import AutomatonCore

/// What one check sees, from time to time something else.
struct Sight {
    private struct Showing {
        var kind: Sighting.Kind
        var since: Instant
    }

    private var showings: [Subject: Showing] = [:]
    /// Why it sees nothing at all.
    private var blind: String?
    private var isSilent = false

    /// From now on it sees this.
    mutating func take(_ sighting: Sighting, at now: Instant) {
        switch sighting.kind {
        case .blind(let why): blind = why
        case .silent: isSilent = true
        case .gone, .seen, .unknown:
            (blind, isSilent) = (nil, false)
            if let subject = sighting.subject { show(sighting.kind, of: subject, at: now) }
        }
    }

    mutating func show(_ kind: Sighting.Kind, of subject: Subject, at now: Instant) {
        if case .gone = kind { showings[subject] = nil } else { showings[subject] = Showing(kind: kind, since: now) }
    }

    /// What it sees of a subject by now with nothing wrong in it: no reasons, and figures that these tiers do not mind.
    func mended(_ subject: Subject, under tiers: [Tier], at now: Instant) -> Sighting.Kind {
        var figures: [(name: String, level: Sighting.Level)] = []
        if case .seen(let shown, _, _)? = showings[subject]?.kind {
            let since = showings[subject]?.since ?? now
            figures = shown.map { ($0.name, .fixed($0.level.value(after: now - since))) }
        }
        for condition in tiers.flatMap(\.conditions) {
            let (figure, bound, isUnhealthy): (String?, Double, (Double) -> Bool)
            switch condition {
            case .above(let name, let limit): (figure, bound, isUnhealthy) = (name, min(0, limit), { $0 > limit })
            case .below(let name, let limit): (figure, bound, isUnhealthy) = (name, limit, { $0 < limit })
            case .reasons: continue
            }
            for index in figures.indices where figure == nil ? index == 0 : figures[index].name == figure {
                if isUnhealthy(figures[index].level.value(after: .zero)) { figures[index].level = .fixed(bound) }
            }
        }
        return .seen(figures: figures, reasons: [], unwell: nil)
    }

    /// What it tells now; nil when it says nothing.
    func report(at now: Instant) -> CheckReport? {
        if isSilent { return nil }
        if let blind { return .blind(blind) }
        return .complete(
            showings.sorted { $0.key < $1.key }.map { subject, showing in
                guard case .seen(let figures, let reasons, let unwell) = showing.kind else {
                    var why = "not told"
                    if case .unknown(let text) = showing.kind { why = text }
                    return Finding(subject, observedAt: now, .unknown(why))
                }
                let evidence = Evidence(
                    figures: figures.map { Figure($0.name, $0.level.value(after: now - showing.since)) },
                    reasons: reasons.map { reason in
                        var reason = reason
                        reason.since = showing.since
                        return reason
                    })
                var finding = Finding(subject, observedAt: now, .seen(evidence))
                finding.unwell = unwell
                return finding
            })
    }
}
