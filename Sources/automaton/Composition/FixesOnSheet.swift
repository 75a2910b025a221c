import AutomatonCore
import Engine
import Rules

/// Fixes as a running automaton wrote them down where people read them, for who looks from beside it.
struct FixesOnSheet: Fixes {
    /// Nil where they are in the journal alone: then none are known here.
    let sheets: (any FixSheets)?
    let clock: EngineClock

    func read() async throws(PortError) -> [Fix] {
        guard let sheets, let text = try await sheets.read()?.text else { return [] }
        do {
            return try FixFile.fixes(in: text, file: sheets.name, now: clock.now())
        } catch {
            throw .refused(error.problems.first?.description ?? "\(sheets.name) cannot be read")
        }
    }
}
