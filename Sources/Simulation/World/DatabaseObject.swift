import AutomatonCore

/// A PostgreSQL server with clients, some of which forget to close their sessions.
final class DatabaseObject {
    static let maximum = 60
    static let reserved = 3

    let name: String
    private let time: VirtualTime
    private var chance: Chance
    private struct Entry {
        var session: Session
        var idleSince: Instant
    }
    private var entries: [Entry] = []
    private var pid: Int32 = 100
    /// Sessions a minute that are opened and never used again.
    private(set) var leak = 0
    private var epoch = 0

    init(_ name: String, in world: World) {
        self.name = name
        time = world.time
        chance = Chance(world.seed, "database", name)
        for index in 0..<12 { open(role: "app", application: "shop", isActive: index < 4) }
        open(role: "automaton", application: "self-healing-automaton", isActive: true, isProtected: true)
    }

    var slots: Int { Self.maximum - Self.reserved }
    var used: Int { entries.count * 100 / slots }
    var count: Int { entries.count }

    private func open(role: String, application: String, isActive: Bool, isProtected: Bool = false) {
        guard entries.count < slots else { return }
        pid += 1
        let session = Session(
            pid: pid, startedAt: time.now, role: role, database: "shop", application: application, address: "10.0.0.\(pid % 200)",
            state: isActive ? .active : .idle, stateFor: .zero, isProtected: isProtected)
        entries.append(Entry(session: session, idleSince: time.now))
    }

    /// Its clients forget so many sessions a minute from now on.
    func leak(_ count: Int) {
        leak = count
        epoch += 1
        drip(epoch)
    }

    private func drip(_ epoch: Int) {
        guard leak > 0, epoch == self.epoch else { return }
        for _ in 0..<leak { open(role: "app", application: "reports", isActive: false) }
        time.after(.minutes(1)) { [weak self] in self?.drip(epoch) }
    }

    /// Clients close what they forgot, as a person restarts them.
    func tidy() { entries.removeAll { $0.session.application == "reports" } }

    var reading: SessionsReading {
        let now = time.now
        let sessions = entries.enumerated().map { index, entry in
            var session = entry.session
            // Those in use are never idle for long.
            let isUsed = session.application != "reports"
            session.stateFor = isUsed ? .seconds(index % 7) : now - entry.idleSince
            return session
        }
        return SessionsReading(name: name, maximum: Self.maximum, reserved: Self.reserved, sessions: sessions)
    }

    /// Ends those of the named sessions that are still what they were.
    func terminate(_ termination: SessionTermination) -> [Session] {
        let now = reading.sessions
        let told = now.filter { session in
            !session.isProtected && termination.states.contains(session.state) && session.stateFor >= termination.idleFor
                && termination.sessions.contains { $0.pid == session.pid && $0.startedAt == session.startedAt }
        }
        let gone = Set(told.map(\.pid))
        entries.removeAll { gone.contains($0.session.pid) }
        return told
    }
}
