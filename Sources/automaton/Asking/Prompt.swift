import Threads

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A question to the person at the terminal.
enum Prompt {
    /// Whether there is a person to ask: they see what is asked, and can answer.
    static var isPossible: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

    /// Asks; anything but y or yes is a no, as is the end of the input.
    static func confirm(_ question: String) async -> Bool {
        Terminal.ask("\(question) [y/N] ")
        // It takes as long as the person does.
        guard let answer = try? await OwnThread.run({ readLine(strippingNewline: true) }) else {
            Terminal.error("")
            return false
        }
        return ["y", "yes"].contains(answer.lowercased())
    }
}
