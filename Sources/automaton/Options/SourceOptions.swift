import ArgumentParser
import AutomatonCore
import Store

/// Where what was decided is read: from a running automaton, or from its journal.
struct SourceOptions: ParsableArguments {
    @OptionGroup var api: APIOptions

    @Option(
        name: .long, help: "Read the journal in this directory instead; the automaton need not run.", completion: .directory)
    var state: String?

    @Option(
        name: .long,
        help: """
            Read the journal in this PostgreSQL database instead: a connection string or URI as libpq reads it, without a password \
            (PGPASSWORD, PGPASSFILE, --journal-password-file).
            """)
    var journal: String?

    @Option(name: .long, help: "A file that holds the password of --journal.")
    var journalPasswordFile: String?

    func validate() throws {
        try JournalOptions.checkDirectory(state)
        let ways = [(api.api, "--api"), (state, "--state"), (journal, "--journal")].filter { $0.0 != nil }.map(\.1)
        if ways.count > 1 { throw ValidationError("\(ways.joined(separator: " and ")) exclude each other") }
        if journalPasswordFile != nil, journal == nil { throw ValidationError("--journal-password-file without --journal") }
    }

    /// The journal that was named, and what it is called; nil when the running automaton is to be asked.
    func namedJournal() async throws -> (journal: any Journal, name: String)? {
        if let journal { return (try JournalOptions.reader(database: journal, passwordFile: journalPasswordFile), "journal in PostgreSQL") }
        if let state { return (try await SQLiteJournal.openReadOnly(directory: state), "journal in \(state)") }
        return nil
    }

    /// Answers from the journal that was named, or from the running automaton; a failure ends the program with its exit code.
    func answer<Report>(
        journal read: (any Journal) async throws -> Report, automaton ask: (APIClient) async throws(AskFailure) -> Report,
        show: (Report, _ place: String) throws(AskFailure) -> Void
    ) async throws {
        let named: (journal: any Journal, name: String)?
        let report: Report?
        do {
            named = try await namedJournal()
            report = if let named { try await read(named.journal) } else { nil }
        } catch let failure as AskFailure {
            throw failure.told()
        } catch {
            throw AskFailure("\(error)", exit: .unreachable).told()
        }
        guard let named, let report else {
            return try await api.ask { client throws(AskFailure) in try show(try await ask(client), api.url) }
        }
        do throws(AskFailure) { try show(report, named.name) } catch { throw error.told() }
    }
}
