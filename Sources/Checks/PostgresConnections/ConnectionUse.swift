import AutomatonCore

/// A reading of sessions, counted.
struct ConnectionUse {
    /// Who holds connections: sessions that a person on call would look for together.
    private struct Holder: Hashable {
        var role: String
        var application: String
        var database: String

        /// `role app, application web, database shop`.
        var text: String {
            let parts = [("role", role), ("application", application), ("database", database)].filter { !$0.1.isEmpty }
            return parts.isEmpty ? "sessions that say nothing of themselves" : parts.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
        }
    }

    /// More lines help nobody in the night.
    private static let mostHolders = 5
    /// A session that just began has no state yet; one that has none for longer hides it (`track_activities`).
    private static let settled: Duration = .minutes(1)

    private let reading: SessionsReading

    init(_ reading: SessionsReading) { self.reading = reading }

    var evidence: Evidence {
        let taken = reading.sessions.count
        // Tenths of a percent are enough, and people read them.
        let used = (Double(taken) / Double(reading.slots) * 1000).rounded() / 10
        return Evidence(
            figures: [Figure("used", used, unit: "%"), Figure("sessions", Double(taken)), Figure("slots", Double(reading.slots))] + states,
            details: holders)
    }

    /// None while it is not known of every session: a part of them would look like all.
    private var states: [Figure] {
        guard !reading.sessions.contains(where: { $0.state == .unknown && $0.stateFor > Self.settled }) else { return [] }
        let idle = reading.sessions.filter { $0.state == .idle }
        let inTransaction = reading.sessions.filter { $0.state == .idleInTransaction || $0.state == .idleInTransactionAborted }
        let active = reading.sessions.count { $0.state == .active || $0.state == .fastpath }
        let longest = (idle + inTransaction).map(\.stateFor).max() ?? .zero
        return [
            Figure("idle", Double(idle.count)), Figure("idleInTransaction", Double(inTransaction.count)), Figure("active", Double(active)),
            Figure("longestIdle", longest.inSeconds.rounded(), unit: "s"),
        ]
    }

    private var holders: [String] {
        let groups = Dictionary(grouping: reading.sessions) { Holder(role: $0.role, application: $0.application, database: $0.database) }
            .sorted { ($1.value.count, $0.key.text) < ($0.value.count, $1.key.text) }
        var lines = groups.prefix(Self.mostHolders).map { "\($0.key.text): \(Self.count($0.value))" }
        let rest = groups.dropFirst(Self.mostHolders)
        if !rest.isEmpty { lines.append("\(rest.count) others: \(Self.count(rest.flatMap(\.value)))") }
        return lines
    }

    /// `62 sessions, 60 idle (longest 23 min), 2 active`.
    private static func count(_ sessions: [Session]) -> String {
        var parts = ["\(sessions.count) \(sessions.count == 1 ? "session" : "sessions")"]
        for state in Session.State.allCases.sorted(by: { $0.rawValue < $1.rawValue }) {
            let those = sessions.filter { $0.state == state }
            guard let longest = those.map(\.stateFor).max() else { continue }
            let isWaiting = [.idle, .idleInTransaction, .idleInTransactionAborted].contains(state)
            parts.append("\(those.count) \(state.rawValue)" + (isWaiting ? " (longest \(longest.readable))" : ""))
        }
        return parts.joined(separator: ", ")
    }
}
