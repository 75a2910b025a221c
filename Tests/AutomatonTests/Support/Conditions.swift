/// Waits until a condition holds.
///
/// - Parameters:
///   - what: what is waited for, for the error.
///   - limit: the longest; generous, because the machine may be busy with other tests.
///   - context: what helps to understand why it did not come.
func until(
    _ what: String, within limit: Duration = .seconds(90), context: () -> String = { "" },
    _ condition: () async throws -> Bool
) async throws {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    while true {
        let began = clock.now
        if try await condition() { return }
        guard clock.now < deadline else { throw NotInTime(what: what, limit: limit, context: context()) }
        // Who only looks must not take the time of what it looks at: at most half of it.
        try await Task.sleep(for: max(.milliseconds(10), min(began.duration(to: clock.now), .seconds(1))))
    }
}

/// Something that was waited for did not come.
struct NotInTime: Error, CustomStringConvertible {
    let what: String
    let limit: Duration
    let context: String

    var description: String { "not within \(limit): \(what)\n\(context)" }
}

/// Lets so many scenarios run at once: each is a process of its own and a cluster, and a machine has few cores.
actor Gate {
    static let shared = Gate(places: 4)

    private var places: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(places: Int) { self.places = places }

    /// Runs a scenario when there is a place.
    func pass<Value: Sendable>(_ body: @Sendable () async throws -> Value) async rethrows -> Value {
        if places > 0 { places -= 1 } else { await withCheckedContinuation { waiting.append($0) } }
        defer { if waiting.isEmpty { places += 1 } else { waiting.removeFirst().resume() } }
        return try await body()
    }
}
