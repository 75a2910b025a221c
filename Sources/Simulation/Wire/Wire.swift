import AutomatonCore

/// All that one run of the automaton sees of the world and does to it: the ports, and everything that may go wrong on the way.
///
/// A request, once sent, goes its way without its sender: it lands although the sender is frozen or dead.
///
/// `@unchecked Sendable`: everything happens on the simulation's thread.
final class Wire: @unchecked Sendable {
    let run: RunName
    let world: World
    let distortion: Distortion
    private let troubles: Troubles
    private var chance: Chance
    /// The run is dead: nothing that it still says is heard.
    private(set) var isCut = false
    private(set) var feeds: [PodFeed] = []
    /// Which workload a controller's pods belong to, by its uid, as far as it was asked.
    var owners: [String: Subject] = [:]
    /// How often each trouble struck.
    let struck: (Trouble) -> Void
    let note: (String) -> Void

    init(
        _ run: RunName, _ world: World, _ troubles: Troubles, _ distortion: Distortion, struck: @escaping (Trouble) -> Void,
        note: @escaping (String) -> Void
    ) {
        self.run = run
        self.world = world
        self.troubles = troubles
        self.distortion = distortion
        self.struck = struck
        self.note = note
        chance = Chance(world.seed, "wire", run.description)
    }

    /// The run is dead. What it sent may still arrive.
    func cut() {
        isCut = true
        for feed in feeds { feed.end() }
    }

    func add(_ feed: PodFeed) { feeds.append(feed) }

    func remove(_ feed: PodFeed) {
        feeds.removeAll { $0 === feed }
        world.watchers.removeAll { $0 === feed }
    }

    /// Whether a trouble strikes now.
    func strikes(_ trouble: Trouble) -> Bool {
        guard let share = troubles.share(of: trouble, at: world.time.now), chance.percent(share) else { return false }
        struck(trouble)
        return true
    }

    private func travel() -> Duration {
        strikes(.slowness) ? chance.within(.seconds(2) ... .seconds(28)) : chance.within(.milliseconds(1) ... .milliseconds(40))
    }

    func draw(_ range: ClosedRange<Int>) -> Int { chance.within(range) }

    /// Asks the world something.
    func ask<Answer: Sendable>(_ work: @escaping () -> Result<Answer, PortError>) async throws(PortError) -> Answer {
        try await exchange(cancelled: .unavailable("cancelled", retryAfter: nil)) { parcel in
            let way = self.travel()
            let after: (Duration, PortError)? =
                if self.strikes(.apiErrors) {
                    (way, .unavailable("the API server answered 503", retryAfter: nil))
                } else if self.strikes(.throttling) {
                    (way, .unavailable("the API server answered 429", retryAfter: .seconds(self.draw(1...90))))
                } else if self.strikes(.timeouts) || self.strikes(.lostWrites) {
                    (.seconds(self.draw(5...30)), .unavailable("no answer in time", retryAfter: nil))
                } else {
                    nil
                }
            if let (wait, error) = after { return self.world.time.after(wait) { parcel.deliver(.failure(error)) } }
            self.world.time.after(way) { parcel.deliver(work()) }
        }
    }

    /// Has something done in the world. `work` runs when the request arrives, and may run after the sender was told that nobody knows.
    func tell<Answer: Sendable>(_ what: String, _ work: @escaping () -> Result<Answer, PortError>) async throws(PortError) -> Answer {
        note("\(run) sends \(what)")
        return try await exchange(cancelled: .outcomeUnknown("cancelled")) { parcel in
            let time = self.world.time
            let way = self.travel()
            // What was not yet on its way dies with its sender.
            let arrive: () -> Result<Answer, PortError>? = { self.isCut && self.chance.percent(30) ? nil : work() }
            if self.strikes(.apiErrors) {
                time.after(way) { parcel.deliver(.failure(.unavailable("the API server answered 503", retryAfter: nil))) }
            } else if self.strikes(.throttling) {
                let wait = Duration.seconds(self.draw(1...90))
                time.after(way) { parcel.deliver(.failure(.unavailable("the API server answered 429", retryAfter: wait))) }
            } else if self.strikes(.lostWrites) {
                time.after(.seconds(30)) { parcel.deliver(.failure(.outcomeUnknown("no answer in 30 s"))) }
            } else if self.strikes(.timeouts) {
                time.after(way) { _ = arrive() }
                time.after(.seconds(30)) { parcel.deliver(.failure(.outcomeUnknown("no answer in 30 s"))) }
            } else if self.strikes(.lateWrites) {
                time.after(.seconds(self.draw(30...120))) { _ = arrive() }
                time.after(.seconds(30)) { parcel.deliver(.failure(.outcomeUnknown("no answer in 30 s"))) }
            } else {
                time.after(way) {
                    guard let answer = arrive() else { return }
                    time.after(.milliseconds(self.draw(1...40))) { parcel.deliver(answer) }
                }
            }
        }
    }

    private func exchange<Answer: Sendable>(cancelled: PortError, _ send: (Parcel<Result<Answer, PortError>>) -> Void)
        async throws(PortError) -> Answer
    {
        if isCut { throw cancelled }
        let parcel = Parcel<Result<Answer, PortError>>()
        send(parcel)
        return try await parcel.wait(cancelled: .failure(cancelled)).get()
    }

    /// Waits in virtual time.
    func sleep(_ wait: Duration) async throws {
        if isCut || Task.isCancelled { throw CancellationError() }
        let parcel = Parcel<Bool>()
        world.time.after(wait) { parcel.deliver(true) }
        guard await parcel.wait(cancelled: false) else { throw CancellationError() }
    }
}

/// What does not work at present, for one process.
final class Troubles {
    private var running: [Trouble: (until: Instant, share: Int)] = [:]

    func begin(_ trouble: Trouble, until: Instant, share: Int) {
        if let known = running[trouble], known.until > until { return }
        running[trouble] = (until, share)
    }

    func share(of trouble: Trouble, at now: Instant) -> Int? {
        guard !running.isEmpty, let (until, share) = running[trouble], until > now else { return nil }
        return share
    }

    /// All is well again.
    func end() { running = [:] }
}
