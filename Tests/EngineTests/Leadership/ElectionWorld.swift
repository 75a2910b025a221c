import SeededRandom
import AutomatonCore
import Simulator

@testable import Engine

/// Several electors, their clocks and a network between them and a table of Leases, in virtual time. The same seed gives the same run.
struct ElectionWorld {
    /// What may happen to them.
    struct Weather {
        /// How likely a request or its answer is lost.
        var loss = 0.0
        /// How likely it is under way for longer than anybody waits, at most 20 s.
        var delay = 0.0
        /// Between two blows of fate: a crash, a freeze, a shutdown, a wall clock that is set.
        var fate: ClosedRange<Int>?
        /// How fast a second of a process's clock may pass.
        var rates = 1.0...1.0

        static let calm = Weather()
    }

    private enum Happening {
        /// A request arrives at the server.
        case arrival(process: Int, number: Int, Election.Request)
        case event(process: Int, Election.Event)
        case wake(process: Int, due: Duration)
        case fate
    }

    struct Process {
        var election: Election
        var rate: Double
        var origin: Duration
        var skew: Duration
        /// A wall clock that stands.
        var stuckWall: Instant?
        var gate: Duration?
        var frozenUntil = Duration.zero
        var isAlive = true
        var isStopping = false
        /// The next time of its clock at which it is woken.
        var armed: Duration?
    }

    private(set) var now = Duration.zero
    private(set) var table = LeaseTable()
    private(set) var processes: [Process] = []
    /// Moments at which two gates were open.
    private(set) var violations: [String] = []
    /// When which process began to lead, and in which term.
    private(set) var terms: [(at: Duration, process: Int, term: Int)] = []
    var weather: Weather
    private var random: SplitMix64
    private var queue: [(at: Duration, sequence: Int, what: Happening)] = []
    private var sequence = 0
    private let start = Instant(seconds: 1_700_000_000)

    init(seed: UInt64, electors: Int, weather: Weather) {
        random = SplitMix64(seed)
        self.weather = weather
        for _ in 0..<electors { join(after: .milliseconds(Int.random(in: 0...3000, using: &random))) }
        if weather.fate != nil { schedule(.seconds(1), .fate) }
    }

    /// The processes whose gate is open.
    var leaders: [Int] { processes.indices.filter { isOpen($0) } }

    mutating func join(after delay: Duration = .zero) {
        let identity = Election.Settings.identity("pod", run: "\(processes.count)")
        guard let settings = try? Election.Settings(name: "leader", namespace: "ops", identity: identity) else { return }
        processes.append(
            Process(
                election: Election(settings), rate: Double.random(in: weather.rates, using: &random),
                origin: .seconds(Int.random(in: 0...1_000_000, using: &random)), skew: randomSkew(),
                stuckWall: Int.random(in: 0..<8, using: &random) == 0 ? start : nil))
        schedule(delay, .event(process: processes.count - 1, .start))
    }

    mutating func crash(_ process: Int) {
        processes[process].isAlive = false
        processes[process].gate = nil
    }

    mutating func shutDown(_ process: Int) {
        processes[process].isStopping = true
        schedule(.zero, .event(process: process, .stop))
    }

    /// Lets minutes pass, and others have the thread in between.
    mutating func run(minutes: Int) async {
        for _ in 0..<(4 * minutes) {
            await Task.yield()
            run(for: .seconds(15))
        }
    }

    /// Lets a time pass.
    mutating func run(for duration: Duration, until condition: (ElectionWorld) -> Bool = { _ in false }) {
        let end = now + duration
        while let next = queue.indices.min(by: { (queue[$0].at, queue[$0].sequence) < (queue[$1].at, queue[$1].sequence) }) {
            guard queue[next].at <= end else { break }
            let happening = queue.remove(at: next)
            now = max(now, happening.at)
            happen(happening.what)
            let leaders = leaders
            if leaders.count > 1 { violations.append("at \(now): the gates of \(leaders) are open") }
            if condition(self) { return }
        }
        now = end
    }

    // MARK: Clocks

    private func local(_ process: Int) -> Duration { processes[process].origin + now * processes[process].rate }

    private func isOpen(_ process: Int) -> Bool {
        guard processes[process].isAlive, let until = processes[process].gate else { return false }
        return local(process) < until
    }

    private mutating func randomSkew() -> Duration { .microseconds(Int64.random(in: -7_200_000_000...7_200_000_000, using: &random)) }

    private mutating func schedule(_ delay: Duration, _ what: Happening) {
        sequence += 1
        queue.append((now + delay, sequence, what))
    }

    // MARK: What happens

    private mutating func happen(_ what: Happening) {
        switch what {
        case .fate: strike()
        case .wake(let process, let due):
            if processes[process].armed == due { processes[process].armed = nil }
            step(process, .tick)
        case .event(let process, let event): step(process, event)
        case .arrival(let process, let number, let request):
            // Also that of a process that died, or that no longer waits for it.
            let answer = carryOut(request)
            if Double.random(in: 0..<1, using: &random) < weather.loss {
                // Half of the time it is told, by a connection that breaks.
                if Bool.random(using: &random) {
                    schedule(travel(), .event(process: process, .answered(number, .failed(.outcomeUnknown("broken")))))
                }
            } else {
                schedule(travel(), .event(process: process, .answered(number, answer)))
            }
        }
    }

    private mutating func carryOut(_ request: Election.Request) -> Election.Answer {
        do throws(PortError) {
            switch request {
            case .read: return .read(table.read("leader", inNamespace: "ops"))
            case .create(let lease): return .written(try table.create(lease))
            case .update(let lease): return .written(try table.update(lease))
            }
        } catch {
            return .failed(error)
        }
    }

    private mutating func travel() -> Duration {
        if Double.random(in: 0..<1, using: &random) < weather.delay { return .milliseconds(Int.random(in: 50...20_000, using: &random)) }
        return .microseconds(Int64.random(in: 500...25_000, using: &random))
    }

    private mutating func step(_ process: Int, _ event: Election.Event) {
        guard processes[process].isAlive else { return }
        guard now >= processes[process].frozenUntil else {
            // It finds all of it when it goes on, in an order of its own.
            let rest = processes[process].frozenUntil - now
            return schedule(rest + .microseconds(Int64.random(in: 0...1000, using: &random)), .event(process: process, event))
        }
        let moment = Election.Moment(
            monotonic: local(process), wall: processes[process].stuckWall ?? start + now + processes[process].skew,
            random: Double.random(in: 0...1, using: &random))
        for action in processes[process].election.step(event, at: moment) {
            switch action {
            case .openGate(let until): processes[process].gate = until
            case .closeGate: processes[process].gate = nil
            case .tell(.leading(let term)): terms.append((now, process, term))
            case .tell, .abandon: break
            case .finish: processes[process].isAlive = false
            case .request(let number, let request):
                if Double.random(in: 0..<1, using: &random) < weather.loss {
                    if Bool.random(using: &random) {
                        schedule(
                            travel(), .event(process: process, .answered(number, .failed(.unavailable("unreachable", retryAfter: nil)))))
                    }
                } else {
                    schedule(travel(), .arrival(process: process, number: number, request))
                }
            }
        }
        if let next = processes[process].election.nextDeadline, processes[process].isAlive,
            processes[process].armed.map({ next < $0 }) ?? true
        {
            processes[process].armed = next
            let rest = (next - local(process)) / processes[process].rate
            schedule(max(rest, .zero) + .microseconds(1), .wake(process: process, due: next))
        }
    }

    private mutating func strike() {
        guard let fate = weather.fate else { return }
        schedule(.milliseconds(Int.random(in: fate, using: &random)), .fate)
        let alive = processes.indices.filter { processes[$0].isAlive && !processes[$0].isStopping }
        // The leader more often than the others: most can go wrong with it.
        guard
            let victim = Bool.random(using: &random)
                ? leaders.first ?? alive.randomElement(using: &random) : alive.randomElement(using: &random)
        else { return }
        switch Int.random(in: 0..<10, using: &random) {
        case 0, 1:
            crash(victim)
            join(after: .milliseconds(Int.random(in: 0...10_000, using: &random)))
        case 2...5: processes[victim].frozenUntil = now + .milliseconds(Int.random(in: 10...40_000, using: &random))
        case 6: processes[victim].skew = randomSkew()
        case 8:
            shutDown(victim)
            join(after: .milliseconds(Int.random(in: 0...10_000, using: &random)))
        default:
            // A person writes a label, or an odd duration: the version changes under everybody.
            guard var lease = table.read("leader", inNamespace: "ops") else { return }
            lease.duration = .seconds(Int.random(in: 1...5, using: &random))
            _ = try? table.update(lease)
        }
    }
}
