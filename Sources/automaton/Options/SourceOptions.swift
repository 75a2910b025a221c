import ArgumentParser

/// Where what was decided is read: from a running automaton, or from its journal.
struct SourceOptions: ParsableArguments {
    @OptionGroup var api: APIOptions

    @Option(name: .long, help: "Read the journal in this directory instead; the automaton need not run.")
    var state: String?

    func validate() throws {
        try JournalOptions.checkDirectory(state)
        if state != nil, api.api != nil { throw ValidationError("--api and --state exclude each other") }
    }
}
