import AutomatonCore

/// Runs a ``PodHealthState`` against a cluster: takes the changes in, keeps its timers, carries its questions and its reports.
actor PodHealthWatch {
    private var state: PodHealthState
    private let environment: Environment
    private let report: @Sendable (CheckReport) async -> Void
    private var isReporting = false
    private let questions: AsyncStream<WorkloadQuestion>
    private let ask: AsyncStream<WorkloadQuestion>.Continuation
    private let alarms: AsyncStream<Instant>
    private let alarm: AsyncStream<Instant>.Continuation
    /// When the next sleeper wakes that counts.
    private var armed: Instant?
    /// The longest sleep: the wall clock may be set back.
    private static let longestSleep: Duration = .seconds(30)
    /// Most questions on their way at once.
    private static let questionsAtOnce = 8

    init(_ state: PodHealthState, in environment: Environment, report: @escaping @Sendable (CheckReport) async -> Void = { _ in }) {
        self.state = state
        self.environment = environment
        self.report = report
        // Without a bound of its own: a state asks once for each controller.
        (questions, ask) = AsyncStream.makeStream()
        (alarms, alarm) = AsyncStream.makeStream()
    }

    /// Follows the pods until it is cancelled.
    /// - Parameter sleep: Sleeps; tests put their own here.
    func run(_ selection: PodSelection, sleep: @escaping @Sendable (Duration) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await self.environment.pods.watch(selection) { await self.take($0) } }
            tasks.addTask { try await self.keepTimers(sleep) }
            tasks.addTask { await self.answerQuestions() }
            defer { tasks.cancelAll() }
            try await tasks.next()
        }
    }

    /// Takes one list, and answers with what is wrong at this moment, and among how many workloads.
    /// - Throws: ``PortError/unavailable(_:retryAfter:)`` when the list cannot be had.
    func once(_ selection: PodSelection) async throws -> Survey {
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
        return Survey(
            findings: state.completeFindings(at: environment.now()), population: state.population.values.reduce(0, +))
    }

    private func apply(_ change: PodChange) { state.apply(change, at: environment.now()) }

    private func take(_ change: PodChange) async {
        apply(change)
        await carry()
    }

    /// Wakes for each timer of the state. A sleeper that a nearer one has overtaken wakes for nothing.
    private func keepTimers(_ sleep: @escaping @Sendable (Duration) async throws -> Void) async throws {
        try await withThrowingDiscardingTaskGroup { sleepers in
            for await due in alarms {
                let wait = max(.milliseconds(20), due - environment.now())
                sleepers.addTask {
                    try await sleep(wait)
                    await self.wake(due)
                }
            }
        }
    }

    private func wake(_ due: Instant) async {
        guard armed == due else { return }
        armed = nil
        state.advance(to: environment.now())
        await carry()
    }

    /// Sees to it that the state is woken when the next of its timers runs out.
    private func arm() {
        guard let next = state.nextExpiry else { return }
        let due = min(next, environment.now() + Self.longestSleep)
        if let armed, armed <= due { return }
        armed = due
        alarm.yield(due)
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
        defer { arm() }
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
