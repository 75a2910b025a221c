internal import AutomatonCore

/// Another configuration while incidents are open: what was told stays told, by the names of receivers.
extension Grouping {
    /// Goes on with another configuration. Answers with the last words about what a receiver would keep open for ever, since it is no
    /// longer told of it, or by another key.
    mutating func adopt(_ next: Grouping, at now: Instant) -> [Due] {
        let old = self
        self = next
        let receivers = Set(routing.routes.flatMap(\.receivers))
        notices = old.notices.filter { receivers.contains($0.receiver) }
        owed = old.owed.filter { receivers.contains($0.key.receiver) }
        (finished, overflow) = (old.finished, old.overflow)
        for (incident, ids) in old.places.sorted(by: { $0.key < $1.key }) {
            let known = Dictionary(ids.compactMap { id in old.groups[id].map { (id.receiver, $0) } }) { first, _ in first }
            guard let record = known.values.lazy.compactMap({ $0.members[incident]?.record }).first else { continue }
            for (index, receiver) in routing.choose(Topic(record)) {
                guard let group = known[receiver], let member = group.members[incident] else {
                    join(record, index, receiver)
                    continue
                }
                let key = GroupKey.text(routing.routes[index], labels(of: record, index))
                if key == group.key && lasting[receiver] == old.lasting[receiver] || lasting[receiver] == nil {
                    join(record, index, receiver, as: member, of: group)
                } else if record.isOpen {
                    // It is kept open there by another key, or elsewhere: there it was not told yet.
                    join(record, index, receiver, as: Member(record, toldBefore: nil))
                }
            }
            for id in places[incident] ?? [] { arrange(incident, in: id, at: now) }
        }
        return old.groups.sorted { $0.key < $1.key }.compactMap { id, group in
            guard let kind = old.lasting[id.receiver], old.routing.routes[id.route].on.contains(.resolved) else { return nil }
            let goesOn = lasting[id.receiver] == kind && groups.contains { $0.key.receiver == id.receiver && $0.value.key == group.key }
            let told = group.members.values.filter(\.isTold).map(\.record).sorted { $0.isBefore($1) }
            return goesOn || told.isEmpty
                ? nil : Due(receiver: id.receiver, message: lastWord(group.key, told, at: now), occasions: [.resolved])
        }
    }

    /// An incident was open a moment ago, and may not have been looked at, as no route took it.
    mutating func remind(_ record: IncidentRecord, at now: Instant) {
        guard places[record.id] == nil, !finished.contains(record.id) else { return }
        take(record, at: now)
    }

    private func lastWord(_ key: String, _ records: [IncidentRecord], at now: Instant) -> Message {
        let open = records.filter(\.isOpen).prefix(Group.mostEntries).map { "\($0.key)" }.joined(separator: ", ")
        return Message(
            key: key, kind: .resolved, severity: records.map(\.severity).max() ?? .warning, title: Wording.line("No Longer Told Here"),
            text: ("Who is told of what was changed in the configuration: this is told elsewhere, or begun anew."
                + (open.isEmpty ? "" : " What goes on: \(open).")).lines, link: link, at: now)
    }
}
