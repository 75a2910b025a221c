import ArgumentParser
import Engine

/// Why a question was not answered, and the exit code that says so.
struct AskFailure: Error {
    enum Exit: Int32 {
        /// There is nothing such.
        case nothing = 1
        /// The automaton, or its journal, cannot be reached, or refuses.
        case unreachable = 2
        /// The question makes no sense (EX_USAGE).
        case usage = 64
    }

    let text: String
    let code: Exit

    init(_ text: String, exit: Exit) {
        self.text = text
        self.code = exit
    }

    /// Says why; what is returned ends the program.
    func told() -> ExitCode {
        Terminal.error(text.harmless)
        return ExitCode(code.rawValue)
    }

    /// Runs what may fail so; a failure is told and ends the program.
    static func telling<Answer>(_ body: () throws(AskFailure) -> Answer) throws -> Answer {
        do throws(AskFailure) { return try body() } catch { throw error.told() }
    }

    static let discussion = """
        Exit code 0 when it was answered, 1 when there is nothing such, 2 when the automaton or its journal cannot be reached or refuses, \
        64 when the question makes no sense.
        """
}
