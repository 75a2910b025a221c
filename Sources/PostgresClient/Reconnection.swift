/// When a connection that could not be opened may be tried again: after a delay that doubles, with a random half so that many
/// automatons do not come at once.
struct Reconnection {
    private static let longest: Duration = .seconds(30)
    private var failures = 0
    private var notBefore: ContinuousClock.Instant?

    /// How long to wait still; nil when it may be tried.
    func wait(at now: ContinuousClock.Instant) -> Duration? {
        guard let notBefore, now < notBefore else { return nil }
        return now.duration(to: notBefore)
    }

    mutating func succeeded() { self = Reconnection() }

    mutating func failed(at now: ContinuousClock.Instant) {
        failures += 1
        let full = min(Self.longest, .seconds(1 << min(failures - 1, 5)))
        notBefore = now + full * Double.random(in: 0.5...1)
    }
}
