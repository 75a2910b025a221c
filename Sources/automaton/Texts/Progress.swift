import AutomatonCore
import Engine
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// How far long work is: one line on standard error that is written over, on a terminal only. Elsewhere nothing is written.
///
/// `Simulating  [#########---------------]  38 %, seeds 120/s, 2 s left`
final class Progress: Sendable {
    private struct State {
        var done = 0.0
        var toldAt: ContinuousClock.Instant?
        var isShown = false
        var isOver = false
    }

    private let title: String
    private let total: Double?
    private let unit: String
    private let began = ContinuousClock.now
    private let isVisible: Bool
    private let write: @Sendable (String) -> Void
    private let state = Mutex(State())

    /// Not more often than the eye follows.
    private static let pace: Duration = .milliseconds(100)

    /// Begins.
    /// - Parameters:
    ///   - total: how much there is to do, in `unit`; nil when nobody knows.
    ///   - unit: what is counted; empty when only the share is of interest.
    init(
        _ title: String, total: Double? = nil, unit: String = "", isVisible: Bool = Terminal.canRewrite,
        write: @escaping @Sendable (String) -> Void = Terminal.rewrite
    ) {
        (self.title, self.total, self.unit, self.isVisible, self.write) = (title, total, unit, isVisible, write)
        if isVisible, total == nil {
            write("\(title) …")
            state.withLock { $0.isShown = true }
        }
    }

    /// So much more is done.
    func advance(by count: Double = 1) { advance { $0 + count } }

    /// So much of all is done, from 0 to 1.
    func advance(to share: Double) { advance { [total] _ in share * (total ?? 1) } }

    private func advance(_ change: (Double) -> Double) {
        guard isVisible else { return }
        let now = ContinuousClock.now
        state.withLock { state in
            state.done = change(state.done)
            guard !state.isOver, state.toldAt.map({ $0.duration(to: now) >= Self.pace }) ?? true else { return }
            state.toldAt = now
            state.isShown = true
            if let total { write(Self.line(title, state.done, of: total, unit, after: began.duration(to: now))) }
        }
    }

    /// Takes the line away, for something else to be written; it comes again with the next advance.
    func pause() {
        state.withLock { state in
            if state.isShown { write("") }
            state.isShown = false
        }
    }

    /// Takes the line away for good.
    func end() {
        pause()
        state.withLock { $0.isOver = true }
    }

    /// The line.
    /// - Parameter time: since the work began.
    static func line(_ title: String, _ done: Double, of total: Double, _ unit: String, after time: Duration) -> String {
        let share = total > 0 ? min(1, max(0, done / total)) : 1
        let width = 24
        let filled = Int(share * Double(width))
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled)
        var parts = ["\(Int(share * 100)) %"]
        if !unit.isEmpty, done > 0 { parts.append("\(unit) \(Self.rate(done / max(0.001, time.inSeconds)))") }
        // A guess after so little would be none.
        if share >= 0.02, share < 1, time >= .milliseconds(500) {
            parts.append("\(Duration.seconds(Int64((time.inSeconds * (1 - share) / share).rounded(.up))).readable) left")
        }
        return "\(title)  [\(bar)]  \(parts.joined(separator: ", "))"
    }

    /// By the second, or by the minute where that is less than one: `120/s`, `7.5/min`.
    private static func rate(_ second: Double) -> String {
        let (value, unit) = second >= 1 ? (second, "s") : (second * 60, "min")
        return (value < 10 ? String(Double(Int(value * 10)) / 10) : String(Int(value))) + "/\(unit)"
    }
}
