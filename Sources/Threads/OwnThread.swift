#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A thread of its own, for calls that block and for work that computes without a pause: Swift's own threads are for what waits.
///
/// `@unchecked Sendable`: it holds nothing but the system's name of the thread.
public struct OwnThread: @unchecked Sendable {
    private let thread: pthread_t

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts a thread. Whoever has it sees to it that it is joined or detached, once.
    /// - Throws: ``NoThread`` when the system has none left; what the closure held is let go then.
    public init(_ body: @escaping @Sendable () -> Void) throws(NoThread) {
        let context = Unmanaged.passRetained(Body(body))
        #if canImport(Darwin)
            var thread: pthread_t?
            let code = pthread_create(
                &thread, nil,
                { context in
                    Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                    return nil
                }, context.toOpaque())
        #else
            var created = pthread_t()
            let code = pthread_create(
                &created, nil,
                { context in
                    guard let context else { return nil }
                    Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                    return nil
                }, context.toOpaque())
            let thread: pthread_t? = created
        #endif
        guard code == 0, let thread else {
            context.release()
            throw NoThread(code: code)
        }
        self.thread = thread
    }

    /// Waits until it has ended: blocks.
    public func join() { pthread_join(thread, nil) }

    /// Leaves it to itself.
    public func detach() { pthread_detach(thread) }

    /// Starts a thread that is left to itself.
    /// - Throws: ``NoThread`` when the system has none left; what the closure held is let go then.
    public static func start(_ body: @escaping @Sendable () -> Void) throws(NoThread) { try OwnThread(body).detach() }

    /// Runs something on a thread of its own and waits for it, without blocking.
    /// - Throws: ``NoThread``, or what the closure throws.
    public static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            do throws(NoThread) {
                try start { continuation.resume(with: Result { try body() }) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }
}

/// The system gave no thread.
public struct NoThread: Error, Hashable, Sendable, CustomStringConvertible {
    /// errno of `pthread_create`.
    public let code: Int32

    /// What the system says of it.
    public var reason: String { String(cString: strerror(code)) }

    public var description: String { "no thread: \(reason)" }
}
