import AutomatonCore
import Store

/// The state directory of an automaton, as commands read it that do not run one.
enum StateDirectory {
    /// Opens the journal that lies there. It is read only, and not taken over.
    static func openJournal(_ directory: String) async throws -> any Journal {
        try await SQLiteJournal.openReadOnly(directory: directory)
    }
}
