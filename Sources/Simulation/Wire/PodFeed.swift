import AutomatonCore

/// One watch of pods: a list, then changes, with all that may go wrong with a watch.
///
/// `@unchecked Sendable`: everything happens on the simulation's thread.
final class PodFeed: @unchecked Sendable {
    enum Change {
        case changed(PodRow)
        case deleted(PodRow)
    }

    private unowned let wire: Wire
    private let selection: PodSelection
    private var queue: [PodChange] = []
    private var head = 0
    private var waiting: Parcel<Bool>?
    private var isEnded = false
    private var isBroken = false
    private var hasExpired = false
    /// What happened while it was broken.
    private var held: [Change] = []
    /// Nothing overtakes what was sent before.
    private var lastArrival = Instant.epoch
    private var time: VirtualTime { wire.world.time }

    init(_ wire: Wire, _ selection: PodSelection) {
        self.wire = wire
        self.selection = selection
    }

    func begin() {
        list()
        beat()
    }

    func end() {
        isEnded = true
        waiting?.deliver(false)
    }

    /// The next change; nil when the watch is over.
    func next() async -> PodChange? {
        while head == queue.count {
            queue.removeAll(keepingCapacity: true)
            head = 0
            if isEnded || Task.isCancelled { return nil }
            let parcel = Parcel<Bool>()
            waiting = parcel
            guard await parcel.wait(cancelled: false) else { return nil }
        }
        defer { head += 1 }
        return queue[head]
    }

    private func push(_ change: PodChange) {
        if isEnded { return }
        queue.append(change)
        waiting?.deliver(true)
        waiting = nil
    }

    private func send(_ change: PodChange) {
        let way = wire.strikes(.slowness) ? Duration.seconds(wire.draw(1...20)) : .milliseconds(wire.draw(1...60))
        lastArrival = max(lastArrival, time.now + way)
        time.at(lastArrival) { [weak self] in self?.push(change) }
    }

    private func matches(_ row: PodRow) -> Bool { selection.namespace.map { $0 == row.namespace } ?? true }

    private func list() {
        send(.listing)
        var rows: [PodRow] = []
        for workload in wire.world.workloads {
            for pod in workload.pods where matches(pod.row) { rows.append(pod.row) }
        }
        for start in stride(from: 0, to: rows.count, by: 20) { send(.page(Array(rows[start..<min(start + 20, rows.count)]))) }
        send(.listed)
    }

    private func beat() {
        time.after(.seconds(50)) { [weak self] in
            guard let self, !self.isEnded else { return }
            if !self.isBroken { self.send(.alive) }
            self.beat()
        }
    }

    /// Something changed in the world.
    func offer(_ change: Change) {
        switch change {
        case .changed(let row), .deleted(let row): guard matches(row) else { return }
        }
        if isBroken { return held.append(change) }
        if wire.strikes(.lostEvents) {
            // It comes to light when the watch is begun anew.
            time.after(.minutes(5)) { [weak self] in
                guard let self, !self.isEnded, !self.isBroken else { return }
                self.list()
            }
            return
        }
        pass(change)
        if wire.strikes(.doubledEvents) { pass(change) }
    }

    private func pass(_ change: Change) {
        switch change {
        case .changed(let row): send(.changed(row))
        case .deleted(let row): send(.deleted(row))
        }
    }

    /// The connection breaks, and is there again later; with an expired version everything is listed anew.
    /// One that falls silent does not even tell that it is broken.
    func breaks(for wait: Duration, _ trouble: Trouble) {
        hasExpired = hasExpired || trouble == .expiredWatch
        guard !isBroken else { return }
        isBroken = true
        if trouble != .silentWatch { send(.disconnected("the connection to the API server was lost")) }
        time.after(wait) { [weak self] in self?.mend() }
    }

    private func mend() {
        isBroken = false
        let missed = held
        held = []
        if hasExpired {
            hasExpired = false
            list()
        } else {
            for change in missed { pass(change) }
            send(.alive)
        }
    }
}
