import AutomatonCore

/// The state directory of an automaton, as commands read it that do not run one.
enum StateDirectory {
    /// Opens the journal that lies there. It is read only, and not taken over.
    static func openJournal(_ directory: String) throws -> any Journal {
        throw JournalError.unusable("--state \(directory): there is no journal")
    }

    /// Reads the observations that were recorded there, oldest first.
    static func observations(
        _ directory: String, from: Instant, to: Instant, _ receive: (RecordedReport) throws -> Void
    ) async throws {
        _ = try openJournal(directory)
    }
}
