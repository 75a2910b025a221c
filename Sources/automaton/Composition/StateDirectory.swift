import AutomatonCore
import Store

/// The state directory of an automaton, as commands read it that do not run one.
enum StateDirectory {
    /// Opens the journal that lies there. It is read only, and not taken over.
    static func openJournal(_ directory: String) async throws -> any Journal {
        try await SQLiteJournal.openReadOnly(directory: directory)
    }

    /// Reads the observations that were recorded there, oldest first.
    static func observations(
        _ directory: String, from: Instant, to: Instant, _ receive: (RecordedReport) throws -> Void
    ) async throws {
        _ = try await ObservationReader(openJournal(directory)).read(from: from, to: to, receive)
    }
}
