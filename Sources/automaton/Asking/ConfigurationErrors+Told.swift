import ArgumentParser
import Engine
import Rules

extension ConfigurationErrors {
    /// Prints each problem with its place; what is returned ends the program.
    func told() -> ExitCode {
        for problem in problems { Terminal.error(problem.description.harmless) }
        Terminal.error("\(problems.count) error\(problems.count == 1 ? "" : "s")")
        return ExitCode(AskFailure.Exit.nothing.rawValue)
    }
}
