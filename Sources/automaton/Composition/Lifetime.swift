import Logging
import ServiceLifecycle
import UnixSignals

/// The life of the process: runs services until it is asked to end or one of them ends, then ends them all within one time.
///
/// Who acts is ended first. Who tells of it is ended when those are gone, all at once, so that the time of one is not taken from another;
/// and at the latest when the time for last words begins, whatever keeps those who act. What both need is ended last. A service group alone
/// would end one after another, and cancel who is last in the row before it has begun.
struct Lifetime {
    /// How long the end may take: one time for the whole process.
    struct Grace: Sendable {
        /// From the signal on; what still runs then is cancelled. Well below the 10 seconds that are promised, and the 30 that a kubelet
        /// waits.
        var whole: Duration = .seconds(9)
        /// The last part of it: for who tells of the end.
        var lastWords: Duration = .seconds(3)
        /// The part before: for writes in flight.
        var acting: Duration { whole - lastWords }
    }

    /// When a service is told to end.
    private enum Turn {
        case acting, telling, holding
    }

    /// A service, in a group of its own, by which it alone is told to end.
    private struct Part: Sendable {
        let turn: Turn
        let group: ServiceGroup

        init(_ service: any Service, _ turn: Turn, _ logger: Logger) {
            self.turn = turn
            group = ServiceGroup(
                configuration: .init(
                    services: [
                        .init(
                            service: service, successTerminationBehavior: .gracefullyShutdownGroup,
                            failureTerminationBehavior: .gracefullyShutdownGroup)
                    ], logger: logger))
        }
    }

    /// What happens in the life of a process.
    private enum News: Sendable {
        case asked
        case ended(Int, (any Error)?)
        case lastWords
        case over
    }

    let grace: Grace
    private let parts: [Part]

    /// Runs nothing before ``run(until:)``.
    /// - Parameters:
    ///   - acting: told to end first.
    ///   - telling: told when those are gone, or when the time for last words begins.
    ///   - holding: what the others need to their end: told when all of them are gone, and never before.
    init(
        acting: [any Service], telling: [any Service], holding: [any Service] = [], grace: Grace = Grace(), logger: Logger
    ) {
        self.grace = grace
        parts =
            acting.map { Part($0, .acting, logger) } + telling.map { Part($0, .telling, logger) }
            + holding.map { Part($0, .holding, logger) }
    }

    /// Runs until SIGTERM or SIGINT, or until one of the services ends.
    /// - Throws: the first error of a service, when all have ended.
    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        try await run { for await _ in signals { return } }
    }

    /// Runs until the closure returns, or until one of the services ends.
    func run(until isAsked: @escaping @Sendable () async -> Void) async throws {
        let failure = await withTaskGroup(of: News.self) { tasks in
            for (index, part) in parts.enumerated() {
                tasks.addTask {
                    do {
                        try await part.group.run()
                        return .ended(index, nil)
                    } catch {
                        return .ended(index, error)
                    }
                }
            }
            tasks.addTask {
                await isAsked()
                return .asked
            }
            return await end(&tasks)
        }
        if let failure { throw failure }
    }

    /// Waits for the first news, which begins the end, and for the end.
    private func end(_ tasks: inout TaskGroup<News>) async -> (any Error)? {
        var (running, untold) = (Set(parts.indices), Set(parts.indices))
        var failure: (any Error)?
        var isEnding = false
        var isLate = false
        while !running.isEmpty, let news = await tasks.next() {
            switch news {
            case .asked: break
            case .ended(let index, let error):
                running.remove(index)
                // Who was cancelled says so; that is no news.
                if failure == nil, let error, !(error is CancellationError) { failure = error }
            case .lastWords: isLate = true
            case .over: tasks.cancelAll()
            }
            if !isEnding {
                isEnding = true
                tasks.addTask { [grace] in
                    try? await Task.sleep(for: grace.acting)
                    return .lastWords
                }
                tasks.addTask { [grace] in
                    try? await Task.sleep(for: grace.whole)
                    return .over
                }
            }
            let turns = Set(running.map { parts[$0].turn })
            let due = untold.filter {
                switch parts[$0].turn {
                case .acting: true
                case .telling: isLate || !turns.contains(.acting)
                case .holding: turns == [.holding]
                }
            }
            untold.subtract(due)
            for index in due { await parts[index].group.triggerGracefulShutdown() }
        }
        tasks.cancelAll()
        return failure
    }
}
