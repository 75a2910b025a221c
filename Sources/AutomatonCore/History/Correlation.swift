/// Which incident explains which: for people, who read the cause first and the rest below it. Nothing is decided by it.
///
/// A pure function of the records: whatever the order in which they came, the same records have the same answer. An incident that explains
/// others is explained by none; where rules make a chain, all of it is explained by its end. The rules, the first that holds first:
///
/// 1. **Node.** Incidents of at least three subjects whose pods were on one node, detected within 5 minutes of the first of them, each
///    because of the node: evicted as the node was low on a resource, lost with it, or an event of the pod says that the node was not
///    ready. The first detected explains the others. A pod that was evicted for what it used itself is not the node's.
/// 2. **Dependency.** An incident of a database, consumer group or volume explains a crash loop or error of a workload that was detected
///    within 5 minutes after it and while it went on, if the workload says so itself: a line of its log, of its last message or of an event
///    names the dependency and says that something failed. Being in one namespace is no reason, nor is a name that is a plain word. Of
///    several the first detected counts.
/// 3. **Declared.** A rule that `inhibits` another explains its incident on the same subject, detected within 10 minutes of each other.
/// 4. **Rollout.** Incidents of one Deployment, of several rules, detected within 10 minutes after a ReplicaSet of it was scaled up from
///    none, none of them on a pod of another ReplicaSet. The one of the highest severity explains the others; among equals the first.
public struct Correlation: Sendable {
    /// So long after its detection it is settled what explains an incident: later records change it no more, unless that one turns out to
    /// be explained itself.
    public static let settledAfter: Duration = .minutes(30)
    /// Subjects that make a node's trouble.
    static let leastOnNode = 3
    static let nodeWindow: Duration = .minutes(5)
    static let dependencyWindow: Duration = .minutes(5)
    static let declaredWindow: Duration = .minutes(10)
    static let rolloutWindow: Duration = .minutes(10)

    /// For each rule the rules that it inhibits.
    let inhibits: [String: Set<String>]

    /// Takes the rules in force.
    public init(_ rules: [Rule] = []) {
        inhibits = Dictionary(rules.map { ($0.name, Set($0.inhibits)) }, uniquingKeysWith: { $0.union($1) }).filter { !$0.value.isEmpty }
    }

    /// One incident explains another, by one of the rules.
    struct Link {
        var rank: Int
        var explained: IncidentRecord
        var by: IncidentRecord
    }

    /// What explains each of these; those that nothing explains are not in it.
    ///
    /// What explained a record that is settled still does, and so does what is not among the records: nobody can judge that anew.
    /// - Parameters:
    ///   - records: of one history, open or over; each once.
    ///   - now: what is settled by then is not judged anew.
    public func explanations(of records: [IncidentRecord], at now: Instant) -> [IncidentID: IncidentID] {
        let known = Set(records.map(\.id))
        let settled = now - Self.settledAfter
        var forest = Forest()
        for record in records.sorted(by: Self.comesFirst) {
            guard let by = record.explainedBy, record.detectedAt < settled || !known.contains(by) else { continue }
            forest.put(record.id, under: by)
        }
        let open = records.filter { $0.detectedAt >= settled }.sorted(by: Self.comesFirst)
        let links = nodeLinks(open) + dependencyLinks(open, among: records) + declaredLinks(open, among: records) + rolloutLinks(open)
        let ordered = links.sorted { one, other in
            if one.rank != other.rank { return one.rank < other.rank }
            if one.explained.id != other.explained.id { return Self.comesFirst(one.explained, other.explained) }
            return Self.comesFirst(one.by, other.by)
        }
        for link in ordered where link.explained.detectedAt >= settled { forest.put(link.explained.id, under: link.by.id) }
        var explanations: [IncidentID: IncidentID] = [:]
        for id in known {
            let root = forest.root(of: id)
            if root != id { explanations[id] = root }
        }
        return explanations
    }

    static func comesFirst(_ one: IncidentRecord, _ other: IncidentRecord) -> Bool {
        (one.detectedAt, one.id) < (other.detectedAt, other.id)
    }

    // MARK: Rules

    private func nodeLinks(_ records: [IncidentRecord]) -> [Link] {
        let troubled = records.filter(\.blamesNode)
        return Dictionary(grouping: troubled) { $0.context?.node ?? "" }.flatMap { node, records in
            node.isEmpty ? [] : Self.groups(records, within: Self.nodeWindow)
        }
        .flatMap { group in group.dropFirst().map { Link(rank: 1, explained: $0, by: group[0]) } }
    }

    /// Groups of the subjects that it takes, each with the first detected at its head.
    private static func groups(_ records: [IncidentRecord], within window: Duration) -> [[IncidentRecord]] {
        var groups: [[IncidentRecord]] = []
        var start = 0
        while start < records.count {
            let group = records[start...].prefix { $0.detectedAt <= records[start].detectedAt + window }
            if Set(group.map(\.key.subject)).count >= leastOnNode {
                groups.append(Array(group))
                start = group.endIndex
            } else {
                start += 1
            }
        }
        return groups
    }

    private func dependencyLinks(_ records: [IncidentRecord], among all: [IncidentRecord]) -> [Link] {
        let dependencies = all.filter { $0.key.subject.isDependency }.sorted(by: Self.comesFirst)
        guard !dependencies.isEmpty else { return [] }
        return records.compactMap { record in
            guard record.isCrashOrError else { return nil }
            let candidates = dependencies.filter { dependency in
                dependency.detectedAt <= record.detectedAt && record.detectedAt <= dependency.detectedAt + Self.dependencyWindow
                    && (dependency.closedAt.map { record.detectedAt <= $0 } ?? true)
            }
            guard !candidates.isEmpty else { return nil }
            let complaints = Complaints(record)
            return candidates.first { complaints.name($0.key.subject, from: record.key.subject.namespace) }
                .map { Link(rank: 2, explained: record, by: $0) }
        }
    }

    private func declaredLinks(_ records: [IncidentRecord], among all: [IncidentRecord]) -> [Link] {
        guard !inhibits.isEmpty else { return [] }
        let bySubject = Dictionary(grouping: all.filter { inhibits[$0.key.rule] != nil }) { $0.key.subject }
        return records.flatMap { record in
            (bySubject[record.key.subject] ?? []).compactMap { other in
                guard inhibits[other.key.rule]?.contains(record.key.rule) == true, other.id != record.id,
                    max(other.detectedAt - record.detectedAt, record.detectedAt - other.detectedAt) <= Self.declaredWindow
                else { return nil }
                return Link(rank: 3, explained: record, by: other)
            }
        }
    }

    private func rolloutLinks(_ records: [IncidentRecord]) -> [Link] {
        let deployments = Dictionary(grouping: records.filter { $0.key.subject.kind == .deployment }) { $0.key.subject }
        return deployments.flatMap { subject, records -> [Link] in
            guard records.count > 1 else { return [] }
            let beginnings = Set(records.flatMap { $0.context?.events ?? [] }.compactMap { RolloutBeginning($0, of: subject.name) })
            return beginnings.flatMap { beginning -> [Link] in
                let members = records.filter { record in
                    beginning.at <= record.detectedAt && record.detectedAt <= beginning.at + Self.rolloutWindow
                        && (record.podName.map { $0.hasPrefix(beginning.replicaSet + "-") } ?? true)
                }
                guard Set(members.map(\.key.rule)).count > 1,
                    let head = members.min(by: { one, other in
                        one.severity != other.severity ? one.severity > other.severity : Self.comesFirst(one, other)
                    })
                else { return [] }
                return members.filter { $0.id != head.id }.map { Link(rank: 4, explained: $0, by: head) }
            }
        }
    }
}

/// Who is under whom, without circles.
private struct Forest {
    private var above: [IncidentID: IncidentID] = [:]

    func root(of id: IncidentID) -> IncidentID {
        var id = id
        while let next = above[id] { id = next }
        return id
    }

    /// Unless it is under one already, or that would close a circle.
    mutating func put(_ id: IncidentID, under other: IncidentID) {
        guard above[id] == nil, root(of: other) != id else { return }
        above[id] = other
    }
}
