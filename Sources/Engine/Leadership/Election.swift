internal import AutomatonCore

/// One elector of a Lease-based election: what happens goes in, what is to be done comes out. No clock, no I/O, no randomness.
///
/// Follows client-go's `tools/leaderelection`: the first try at once; a leader renews every `retry` over the version that it wrote last
/// and, when that fails, over the one that it reads; a follower tries every `retry` × (1 + up to 1.2) and takes a Lease that is empty or
/// that it has not seen change for the lease's duration *by its own monotonic clock*. The `renewTime` of another clock is never compared
/// with anything but itself. Where it differs, it is stricter:
/// - A leader stops at the *start* of its last successful renewal + `renewDeadline`. client-go counts from the end of the wait after it.
/// - A record of a shorter duration than our own, or of none, is given our own: who edits a Lease cannot make two leaders.
/// - A Lease that vanishes while another's time runs is not created anew before that time is over.
/// - Each renewal writes a later `renewTime` than the one before, whatever the wall clock does: a Lease that says what it said before
///   would not be seen to be renewed.
/// - The Lease is ours only if it bears our identity *and* this run has written to it.
///
/// Two gates are never open at once, if no monotonic clock runs faster than another by a factor of `lease` / `renewDeadline`: B takes the
/// Lease over the version that A wrote last (resourceVersion), and not before `lease` has passed since B first saw it, which is after A
/// began to write it. Whoever deletes a Lease that is held takes that protection away from a third that never saw it; our Role cannot.
public struct Election: Sendable {
    /// What the pending request is for.
    private enum Purpose {
        /// Renewing over the version that we wrote last.
        case renewal
        /// Looking who holds it.
        case look
        /// Creating, taking or renewing it after a look.
        case claim
        /// Looking whether there is something to give back.
        case lookForRelease
        case release
    }

    private enum Phase {
        case idle, electing
        case releasing(until: Duration, tries: Int)
        case finished
    }

    /// How we are being elected or are leading.
    public let settings: Settings
    /// The state told last.
    public private(set) var state: LeadershipState
    private var phase = Phase.idle
    /// The Lease as it was seen last, and when what it says was first seen.
    private var observed: (lease: Lease, since: Duration)?
    /// While leading: when the last successful renewal began.
    private var renewedAt: Duration?
    private var pending: (number: Int, purpose: Purpose, since: Duration)?
    private var requests = 0
    /// Whether a write of this run may have reached the Lease.
    private var hasWritten = false
    private var tryBegan = Duration.zero
    private var nextTry: Duration?
    /// Why the last request of this try failed.
    private var failure: PortError?

    /// Makes an elector that has not begun.
    public init(_ settings: Settings) {
        self.settings = settings
        state = .unknown("the Lease \(settings.namespace)/\(settings.name) was not read yet")
    }

    /// When ``Event/tick`` is due; nil before the start and after the end.
    public var nextDeadline: Duration? {
        switch phase {
        case .idle, .finished: nil
        case .releasing(let until, _): until
        case .electing:
            [pending.map { $0.since + settings.requestTimeout } ?? nextTry, renewedAt.map { $0 + settings.renewDeadline }]
                .compactMap { $0 }.min()
        }
    }

    /// Takes an event. Moments must not run backwards.
    public mutating func step(_ event: Event, at now: Moment) -> [Action] {
        var actions: [Action] = []
        expire(now, &actions)
        switch (event, phase) {
        case (.start, .idle):
            phase = .electing
            begin(now, &actions)
        case (.stop, .idle): finish(&actions)
        case (.stop, .electing): stop(now, &actions)
        case (.tick, .electing): tick(now, &actions)
        case (.tick, .releasing(let until, _)) where now.monotonic >= until:
            abandon(&actions)
            finish(&actions)
        case (.answered(let number, let answer), .electing), (.answered(let number, let answer), .releasing):
            guard let pending, pending.number == number else { break }
            self.pending = nil
            take(answer, pending.purpose, pending.since, now, &actions)
        default: break
        }
        return actions
    }

    // MARK: Time

    /// Stops leading when the deadline has passed, before anything else is looked at: after a stop of the process, too.
    private mutating func expire(_ now: Moment, _ actions: inout [Action]) {
        guard let renewedAt, now.monotonic >= renewedAt + settings.renewDeadline else { return }
        let why = failure.map { ": \($0)" } ?? (pending == nil ? ": this process did not run" : ": no answer from the API server")
        lose(.unknown("the Lease was not renewed for \((now.monotonic - renewedAt).readable)\(why)"), &actions)
    }

    private mutating func tick(_ now: Moment, _ actions: inout [Action]) {
        if let pending {
            guard now.monotonic >= pending.since + settings.requestTimeout else { return }
            abandon(&actions)
            let text = "no answer from the API server within \(settings.requestTimeout.readable)"
            take(.failed(.outcomeUnknown(text)), pending.purpose, pending.since, now, &actions)
        } else if let nextTry, now.monotonic >= nextTry {
            begin(now, &actions)
        }
    }

    // MARK: A try

    private mutating func begin(_ now: Moment, _ actions: inout [Action]) {
        tryBegan = now.monotonic
        nextTry = nil
        failure = nil
        if renewedAt != nil, let observed {
            send(.update(renewal(of: observed.lease, now)), .renewal, now, &actions)
        } else {
            send(.read, .look, now, &actions)
        }
    }

    private mutating func take(_ answer: Answer, _ purpose: Purpose, _ began: Duration, _ now: Moment, _ actions: inout [Action]) {
        if case .failed(let error) = answer { failure = error }
        switch (purpose, answer) {
        case (.renewal, .written(let lease)), (.claim, .written(let lease)): hold(lease, since: began, now, &actions)
        case (.renewal, _): send(.read, .look, now, &actions)
        case (.look, .read(let lease)): judge(lease, now, &actions)
        case (.look, _), (.claim, _): end(now, &actions)
        case (.lookForRelease, _), (.release, _): release(answer, now, &actions)
        }
    }

    /// The Lease was read: whose is it, and may we have it?
    private mutating func judge(_ lease: Lease?, _ now: Moment, _ actions: inout [Action]) {
        guard let lease else {
            // Somebody deleted it. Its holder does not know yet.
            if renewedAt == nil, isHeldByAnother(now) { return end(now, &actions) }
            var fresh = Lease(name: settings.name, namespace: settings.namespace)
            if let last = observed?.lease {
                fresh = last
                fresh.resourceVersion = ""
            }
            return send(.create(claim(over: fresh, isNew: observed == nil, now)), .claim, now, &actions)
        }
        if let known = observed, known.lease.saysTheSame(as: lease) {
            observed?.lease = lease
        } else {
            observed = (lease, now.monotonic)
        }
        guard isHeldByAnother(now) else { return send(.update(claim(over: lease, isNew: false, now)), .claim, now, &actions) }
        failure = nil
        lose(.following(holder: lease.holder), &actions)
        end(now, &actions)
    }

    /// What we write to hold the Lease.
    private func claim(over lease: Lease, isNew: Bool, _ now: Moment) -> Lease {
        if isOurs(lease) { return renewal(of: lease, now) }
        var claim = lease
        claim.holder = settings.identity
        claim.acquiredAt = now.wall
        claim.renewedAt = nil
        // The API server's type is int32.
        claim.transitions = isNew ? 0 : min(max(0, lease.transitions), Int(Int32.max) - 1) + 1
        return renewal(of: claim, now)
    }

    private func renewal(of lease: Lease, _ now: Moment) -> Lease {
        var renewal = lease
        renewal.duration = settings.lease
        renewal.renewedAt = lease.renewedAt.map { max(now.wall, $0 + .microseconds(1)) } ?? now.wall
        return renewal
    }

    /// A write succeeded: we lead, if it did not take so long that the time it gave us is over.
    private mutating func hold(_ lease: Lease, since began: Duration, _ now: Moment, _ actions: inout [Action]) {
        observed = (lease, now.monotonic)
        guard lease.holder == settings.identity else {
            failure = .refused("the API server wrote another holder than \(settings.identity) into the Lease: \(lease.holder ?? "none")")
            lose(.following(holder: lease.holder), &actions)
            return end(now, &actions)
        }
        let until = began + settings.renewDeadline
        guard now.monotonic < until else {
            failure = .unavailable("the API server's answer took \((now.monotonic - began).readable)", retryAfter: nil)
            return end(now, &actions)
        }
        renewedAt = began
        failure = nil
        actions.append(.openGate(until: until))
        tell(.leading(term: lease.transitions), &actions)
        nextTry = now.monotonic + settings.retry
    }

    /// A try failed.
    private mutating func end(_ now: Moment, _ actions: inout [Action]) {
        if renewedAt != nil {
            nextTry = max(now.monotonic, tryBegan + settings.retry)
            return
        }
        let jitter = Double(settings.retry.microseconds) * Settings.jitter * min(1, max(0, now.random))
        nextTry = now.monotonic + settings.retry + .microseconds(Int64(jitter))
        if isHeldByAnother(now) {
            tell(.following(holder: observed?.lease.holder), &actions)
        } else {
            switch failure {
            // Another was faster; the next look tells who.
            case nil, .conflict, .notFound: tell(.following(holder: nil), &actions)
            case let failure?:
                // The loss was told with the same reason.
                if case .unknown(let told) = state, told.hasSuffix("\(failure)") { return }
                tell(.unknown("\(failure)"), &actions)
            }
        }
    }

    private func isOurs(_ lease: Lease) -> Bool { hasWritten && lease.holder == settings.identity }

    private func isHeldByAnother(_ now: Moment) -> Bool {
        guard let observed, let holder = observed.lease.holder, !holder.isEmpty, !isOurs(observed.lease) else { return false }
        return now.monotonic < observed.since + max(observed.lease.duration, settings.lease)
    }

    // MARK: The end

    /// Nothing is written to the world from here on; then the Lease is given back, if it is ours or may be.
    private mutating func stop(_ now: Moment, _ actions: inout [Action]) {
        phase = .releasing(until: now.monotonic + settings.releaseTimeout, tries: 3)
        nextTry = nil
        let led = renewedAt != nil
        if led { lose(.following(holder: nil), &actions) }
        let wasPending = pending != nil
        abandon(&actions)
        if led, !wasPending, let observed {
            send(.update(releasing(observed.lease, now)), .release, now, &actions)
        } else if hasWritten {
            send(.read, .lookForRelease, now, &actions)
        } else {
            finish(&actions)
        }
    }

    private mutating func release(_ answer: Answer, _ now: Moment, _ actions: inout [Action]) {
        guard case .releasing(let until, let tries) = phase, tries > 0, now.monotonic < until else { return finish(&actions) }
        phase = .releasing(until: until, tries: tries - 1)
        switch answer {
        case .read(let lease?) where isOurs(lease): send(.update(releasing(lease, now)), .release, now, &actions)
        // A renewal that was abandoned may have come through since.
        case .failed(.conflict), .failed(.outcomeUnknown): send(.read, .lookForRelease, now, &actions)
        case .read, .written, .failed: finish(&actions)
        }
    }

    /// As client-go releases: nobody's, for a second. Whoever reads it next takes it.
    private func releasing(_ lease: Lease, _ now: Moment) -> Lease {
        var released = lease
        released.holder = ""
        released.duration = .seconds(1)
        released.acquiredAt = now.wall
        released.renewedAt = now.wall
        return released
    }

    private mutating func finish(_ actions: inout [Action]) {
        phase = .finished
        actions.append(.finish)
    }

    // MARK: Small steps

    private mutating func send(_ request: Request, _ purpose: Purpose, _ now: Moment, _ actions: inout [Action]) {
        requests += 1
        pending = (requests, purpose, now.monotonic)
        if request != .read { hasWritten = true }
        actions.append(.request(requests, request))
    }

    private mutating func abandon(_ actions: inout [Action]) {
        if let pending { actions.append(.abandon(pending.number)) }
        pending = nil
    }

    private mutating func lose(_ state: LeadershipState, _ actions: inout [Action]) {
        if renewedAt != nil { actions.append(.closeGate) }
        renewedAt = nil
        tell(state, &actions)
    }

    private mutating func tell(_ state: LeadershipState, _ actions: inout [Action]) {
        guard state != self.state else { return }
        self.state = state
        actions.append(.tell(state))
    }
}

extension Lease {
    /// Whether the two tell the same of the election. Labels and the like change the version, but are no renewal.
    fileprivate func saysTheSame(as other: Lease) -> Bool {
        var other = other
        other.resourceVersion = resourceVersion
        return self == other
    }
}
