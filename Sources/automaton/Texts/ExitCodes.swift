/// What the exit codes of all commands mean: one list, for the manual page and docs/commands.md.
enum ExitCodes {
    static let all: [(code: Int, meaning: String)] = [
        (0, "It was done, or answered; nothing is wrong."),
        (
            1,
            "The answer is no: there is nothing such, the configuration or a rule is wrong, an example or a simulation failed, not all was healed."
        ),
        (
            2,
            "It could not be told: the automaton, its journal, the cluster or a service cannot be reached, or refuses; or it failed while it ran."
        ),
        (64, "The command line is wrong (EX_USAGE)."),
    ]
}
