import AutomatonCore

/// Runs a ``PodHealthState`` against a cluster: takes the changes in, keeps its timers, carries its questions and its reports.
actor PodHealthWatch {
    private var state: PodHealthState
    private let environment: Environment
    private let report: @Sendable (CheckReport) async -> Void
    private var isReporting = false
    private let questions: AsyncStream<WorkloadQuestion>
    private let ask: AsyncStream<WorkloadQuestion>.Continuation
    /// Most questions on their way at once.
    private static let questionsAtOnce = 8

    init(_ state: PodHealthState, in environment: Environment, report: @escaping @Sendable (CheckReport) async -> Void = { _ in }) {
        self.state = state
        self.environment = environment
        self.report = report
        // Without a bound of its own: a state asks once for each controller.
        (questions, ask) = AsyncStream.makeStream()
    }

    /// Follows the pods until it is cancelled.
    /// - Parameter sleep: Sleeps; tests put their own here.
    func run(_ selection: PodSelection, sleep: @escaping @Sendable (Duration) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await self.environment.pods.watch(selection) { await self.take($0) } }
            tasks.addTask { while true { try await sleep(await self.tick()) } }
            tasks.addTask { await self.answerQuestions() }
            defer { tasks.cancelAll() }
            try await tasks.next()
        }
    }

    /// Takes one list, and answers with what is wrong at this moment.
    /// - Throws: ``PortError/unavailable(_:retryAfter:)`` when the list cannot be had.
    func once(_ selection: PodSelection) async throws -> [Finding] {
        let (outcome, finish) = AsyncStream<String?>.makeStream()
        let failure = try await withThrowingTaskGroup(of: String?.self) { tasks in
            tasks.addTask {
                try await self.environment.pods.watch(selection) { change in
                    await self.apply(change)
                    switch change {
                    case .listed: finish.yield(nil)
                    case .disconnected(let why): finish.yield(why)
                    default: break
                    }
                }
                return "the watch of the pods ended before they were listed"
            }
            tasks.addTask {
                for await failure in outcome { return failure }
                return "cancelled before the pods were listed"
            }
            defer { tasks.cancelAll() }
            return try await tasks.next() ?? nil
        }
        try Task.checkCancellation()
        if let failure { throw PortError.unavailable(failure, retryAfter: nil) }
        while let question = state.nextQuestion() {
            let answer = await Self.answer(question, in: environment)
            state.answer(question, answer, at: environment.now())
        }
        return state.completeFindings(at: environment.now())
    }

    private func apply(_ change: PodChange) { state.apply(change, at: environment.now()) }

    private func take(_ change: PodChange) async {
        apply(change)
        await carry()
    }

    /// Runs the timers that are due. Answers how long until the next, at most a second: a change may bring an earlier one.
    private func tick() async -> Duration {
        state.advance(to: environment.now())
        await carry()
        guard let next = state.nextExpiry else { return .seconds(1) }
        return min(.seconds(1), max(.milliseconds(20), next - environment.now()))
    }

    private func take(_ answer: WorkloadAnswer, to question: WorkloadQuestion) async {
        state.answer(question, answer, at: environment.now())
        await carry()
    }

    /// Sends off what the state has to ask and to say.
    ///
    /// Reports go out one after another. A caller that comes while one is on its way leaves its own to whoever carries that one: the
    /// state keeps them, one a workload.
    private func carry() async {
        while let question = state.nextQuestion() { ask.yield(question) }
        guard !isReporting else { return }
        isReporting = true
        while let next = state.nextReport(at: environment.now()) { await report(next) }
        isReporting = false
    }

    private func answerQuestions() async {
        await withTaskGroup(of: Void.self) { tasks in
            var running = 0
            for await question in questions {
                if running == Self.questionsAtOnce { await tasks.next() } else { running += 1 }
                tasks.addImmediateTask { await self.take(await Self.answer(question, in: self.environment), to: question) }
            }
        }
    }

    private static func answer(_ question: WorkloadQuestion, in environment: Environment) async -> WorkloadAnswer {
        do throws(PortError) {
            switch question {
            case .owner(let pod, _): return .owner(try await environment.workloads.workload(of: pod))
            case .presence(let subject):
                let workload = try await environment.workloads.read(subject)
                return workload.replicas == 0 ? .absent : .present
            }
        } catch {
            if case (.presence, .notFound) = (question, error) { return .absent }
            return .failed(error)
        }
    }
}
