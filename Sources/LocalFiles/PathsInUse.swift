import Synchronization

/// Blocking calls about paths, one at a time for each: a path whose file system does not answer is not asked a second time, so that threads
/// do not add up.
final class PathsInUse: Sendable {
    /// What became of a call.
    enum Outcome<Value> {
        case answer(Value)
        /// There was no thread, the time was over, or the task was cancelled.
        case none
        /// An earlier call about the path is still under way.
        case busy
    }

    private let paths = Mutex<Set<String>>([])

    /// Runs a call, as ``BlockingCall`` does, unless one about the path is under way.
    func run<Value: Sendable>(
        _ path: String, timeout: Duration, _ body: @escaping @Sendable (_ isAbandoned: @escaping @Sendable () -> Bool) -> Value
    ) async -> Outcome<Value> {
        guard paths.withLock({ $0.insert(path).inserted }) else { return .busy }
        let value = await BlockingCall<Value>.run(timeout: timeout) { isAbandoned in
            defer { self.end(path) }
            return body(isAbandoned)
        } notBegun: {
            end(path)
        }
        return value.map { .answer($0) } ?? .none
    }

    private func end(_ path: String) { _ = paths.withLock { $0.remove(path) } }
}
