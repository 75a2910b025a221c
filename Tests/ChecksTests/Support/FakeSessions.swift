import AutomatonCore

/// A PostgreSQL server that answers always the same.
struct FakeSessions: Sessions {
    var answer: Result<SessionsReading, PortError>

    func read(_ server: PostgresServer) async throws(PortError) -> SessionsReading { try answer.get() }

    func terminate(_ termination: SessionTermination) async throws(PortError) -> [Session] {
        throw .refused("a check must not end sessions")
    }
}

func session(
    _ pid: Int32, role: String = "app", application: String = "web", state: Session.State = .idle, for stateFor: Duration = .minutes(20)
) -> Session {
    Session(
        pid: pid, startedAt: Instant(seconds: 1_700_000_000), role: role, database: "shop", application: application, address: "10.0.0.7",
        state: state, stateFor: stateFor, isProtected: false)
}
