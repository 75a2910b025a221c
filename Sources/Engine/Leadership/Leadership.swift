public import AutomatonCore
public import ServiceLifecycle
import Synchronization

/// Stands for election as long as the program runs, and gives the Lease back when it is shut down.
///
/// Shut it down *after* the engine: so the Lease is kept while writes in flight end, and given back after. When the task is cancelled instead, the Lease is left to run out.
///
/// Requests run beside the timers: one that hangs does not delay the loss of the leadership, and is cancelled when its time is over.
public struct Leadership: Service {
    /// Whether writes are allowed now. Opened before the listener is told of a term, closed before it is told of the loss.
    public let gate: LeadershipGate
    private let settings: Election.Settings
    private let leases: any Leases
    private let clock: LeadershipClock
    private let listener: @Sendable (LeadershipState) async -> Void

    /// Makes an elector. Nothing happens before ``run()``.
    /// - Parameter listener: told of each change of the state, in order, one at a time; what it does delays neither renewals nor the gate.
    public init(
        _ settings: Election.Settings, leases: any Leases, clock: LeadershipClock = .system(),
        listener: @escaping @Sendable (LeadershipState) async -> Void
    ) {
        self.settings = settings
        self.leases = leases
        self.clock = clock
        self.listener = listener
        gate = LeadershipGate(now: clock.now)
    }

    /// Runs until graceful shutdown or cancellation. Returns when the Lease was given back, and the listener has been told everything.
    public func run() async {
        let (wake, news) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let untold = Mutex<[LeadershipState]>([])
        let next: @Sendable () -> LeadershipState? = { untold.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await _ in wake { while let state = next() { await listener(state) } }
            }
            let last = await elect { state in
                untold.withLock { $0.append(state) }
                news.yield()
            }
            gate.close()
            if last.isLeading { untold.withLock { $0.append(.unknown("the election was ended")) } }
            news.finish()
        }
        // What was decided is told to the end, also when this task was cancelled meanwhile.
        while let state = next() { await listener(state) }
    }

    /// What the loop below wakes for.
    private enum Signal: Sendable {
        case event(Election.Event)
        /// A sleeper that was to wake at that time.
        case woke(Duration)
    }

    /// - Returns: the state in which the election ended.
    private func elect(_ tell: (LeadershipState) -> Void) async -> LeadershipState {
        let (signals, inbox) = AsyncStream.makeStream(of: Signal.self)
        var election = Election(settings)
        var running: [Int: AsyncStream<Never>.Continuation] = [:]
        var armed: Duration?
        await withDiscardingTaskGroup { group in
            group.addTask {
                await shutdownOrCancellation()
                if !Task.isCancelled { inbox.yield(.event(.stop)) }
            }
            inbox.yield(.event(.start))
            signals: for await signal in signals {
                let event: Election.Event
                switch signal {
                case .event(let happened): event = happened
                case .woke(let due):
                    if armed == due { armed = nil }
                    event = .tick
                }
                if case .answered(let number, _) = event { running[number] = nil }
                for action in election.step(event, at: clock.moment) {
                    switch action {
                    case .openGate(let until): gate.open(until: until)
                    case .closeGate: gate.close()
                    case .tell(let state): tell(state)
                    case .request(let number, let request):
                        let (stop, continuation) = AsyncStream.makeStream(of: Never.self)
                        running[number] = continuation
                        group.addImmediateTask {
                            if let answer = await answer(request, until: stop) { inbox.yield(.event(.answered(number, answer))) }
                        }
                    case .abandon(let number): running.removeValue(forKey: number)?.finish()
                    case .finish: break signals
                    }
                }
                // A sleeper that a nearer time has overtaken wakes for nothing.
                if let next = election.nextDeadline, armed.map({ next < $0 }) ?? true {
                    armed = next
                    group.addTask {
                        do { try await clock.sleep(max(next - clock.now(), .zero)) } catch { return }
                        inbox.yield(.woke(next))
                    }
                }
            }
            group.cancelAll()
        }
        return election.state
    }

    /// What the API server answers; nil when the answer was no longer wanted.
    private func answer(_ request: Election.Request, until stop: AsyncStream<Never>) async -> Election.Answer? {
        await withTaskGroup(of: Election.Answer?.self) { group in
            group.addImmediateTask { await ask(request) }
            group.addTask {
                for await _ in stop {}
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    private func ask(_ request: Election.Request) async -> Election.Answer {
        do throws(PortError) {
            switch request {
            case .read: return .read(try await leases.read(settings.name, inNamespace: settings.namespace))
            case .create(let lease): return .written(try await leases.create(lease))
            case .update(let lease): return .written(try await leases.update(lease))
            }
        } catch {
            return .failed(error)
        }
    }
}
