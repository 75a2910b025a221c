#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A thread of its own for work that computes without a pause: the cooperative pool is for what waits.
struct Thread {
    private let thread: pthread_t

    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts it.
    /// - Throws: ``ThreadError`` when the system has none left.
    init(_ body: @escaping @Sendable () -> Void) throws(ThreadError) {
        let box = Unmanaged.passRetained(Body(body))
        #if canImport(Darwin)
            var thread: pthread_t?
            let code = pthread_create(
                &thread, nil,
                { context in
                    Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                    return nil
                }, box.toOpaque())
            guard code == 0, let thread else {
                box.release()
                throw ThreadError(code: code)
            }
            self.thread = thread
        #else
            var thread = pthread_t()
            let code = pthread_create(
                &thread, nil,
                { context in
                    guard let context else { return nil }
                    Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                    return nil
                }, box.toOpaque())
            guard code == 0 else {
                box.release()
                throw ThreadError(code: code)
            }
            self.thread = thread
        #endif
    }

    /// Waits until it has ended.
    func join() { pthread_join(thread, nil) }
}

/// The system gave no thread.
public struct ThreadError: Error, CustomStringConvertible {
    /// errno of `pthread_create`.
    public let code: Int32

    public var description: String { "the system gave no thread (error \(code)): run fewer at once" }
}
