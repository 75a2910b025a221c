import AutomatonCore

/// One death of a container: the `terminated` state.
struct Death: Sendable, Hashable {
    var exitCode: Int
    var reason: String
    var message: String?
    var startedAt: Instant
    var finishedAt: Instant
    var containerID: String?

    /// As it stands in a container status.
    var json: JSON {
        var json: JSON = [
            "exitCode": JSON(exitCode), "reason": .string(reason), "startedAt": .string(startedAt.rfc3339),
            "finishedAt": .string(finishedAt.rfc3339),
        ]
        if let message { json["message"] = .string(message) }
        if let containerID { json["containerID"] = .string(containerID) }
        return json
    }
}

/// What the kubelet knows of one container of a pod.
struct ContainerRuntime: Sendable {
    enum State: Sendable, Hashable {
        case waiting(reason: String, message: String? = nil)
        case running(since: Instant)
        case terminated(Death)
    }

    let name: String
    var state: State = .waiting(reason: "ContainerCreating")
    /// The death before the present state.
    var lastDeath: Death?
    /// The id of the newest container; nil before the first.
    var id: String?
    var restartCount = 0
    var isReady = false
    var backOff = CrashLoopBackOff()
    /// How often in a row the image could not be pulled.
    var failedPulls = 0
    /// When it goes on: dies, is started again, becomes ready. Nil when nothing is to come.
    var due: Instant?
    /// When its readiness probe succeeds for the first time.
    var readyAt: Instant?

    var isRunning: Bool { if case .running = state { true } else { false } }
    var isWaiting: Bool { if case .waiting = state { true } else { false } }

    /// The death that it is in or waits after.
    var death: Death? {
        switch state {
        case .terminated(let death): death
        case .waiting: lastDeath
        case .running: nil
        }
    }

    /// Begins to run as a new container.
    mutating func run(id: String, at now: Instant) {
        keepDeath()
        self.id = id
        state = .running(since: now)
    }

    /// Dies. Until it waits or runs again, `lastState` stays the death before this one.
    mutating func die(exitCode: Int, reason: String, message: String? = nil, at now: Instant) {
        let since: Instant
        if case .running(let start) = state { since = start } else { since = .epoch }
        keepDeath()
        state = .terminated(
            Death(exitCode: exitCode, reason: reason, message: message, startedAt: since, finishedAt: now, containerID: id))
        isReady = false
        readyAt = nil
        due = nil
    }

    /// Waits.
    mutating func wait(_ reason: String, _ message: String? = nil) {
        keepDeath()
        state = .waiting(reason: reason, message: message)
        isReady = false
    }

    private mutating func keepDeath() {
        if case .terminated(let death) = state { lastDeath = death }
    }
}
