import ArgumentParser

/// Where fixes are kept beside the journal.
struct FixesOptions: ParsableArguments {
    @Option(
        name: .customLong("fixes"),
        help: ArgumentHelp(
            "The ConfigMap that fixes are kept in, too, in the automaton's own namespace; it has to be there. 'none': in the journal alone.",
            valueName: "name"))
    var name = "self-healing-fixes"

    /// Its name; nil for none.
    var configMap: String? { name == "none" ? nil : name }

    func validate() throws {
        guard ClusterOptions.isNamespace(name) else {
            throw ValidationError("--fixes \(name): write a-z, 0-9 and '-', at most 63 characters (RFC 1123), or none")
        }
    }
}
