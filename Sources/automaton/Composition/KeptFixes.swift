import AutomatonCore
import Engine

/// What the engine keeps, for checks and remediations.
struct KeptFixes: Fixes {
    let leading: LeadingEngine

    init(of leading: LeadingEngine) { self.leading = leading }

    func read() async throws(PortError) -> [Fix] {
        do {
            return try await leading.engine?.keptFixes() ?? []
        } catch {
            throw .unavailable("what is kept of earlier attempts is not known yet: \(error)", retryAfter: nil)
        }
    }
}
