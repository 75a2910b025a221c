public import AutomatonCore

/// A part of the simulated cluster that drives objects towards what is desired: the Deployment controller, a scheduler, a kubelet.
///
/// It writes into the store step by step, so that watchers see each state on the way, in order.
public protocol Controller: Sendable {
    /// Looks at the store and does what is due. Called after every change (its own included, until nothing changes any more)
    /// and at the instant it asked for.
    ///
    /// - Returns: when it wants to be called again even if nothing changes; nil for never.
    mutating func reconcile(_ store: inout Store, at now: Instant) -> Instant?
}

/// A store with the controllers that live on it: a whole cluster as a value.
public struct ControlPlane: Sendable {
    /// The objects.
    public var store: Store
    /// The controllers, called in this order.
    public var controllers: [any Controller]

    /// Controllers that still change things after so many rounds are fighting; the rest waits for the next call.
    private static let maximumRounds = 200

    /// Puts controllers on a store.
    public init(store: Store = Store(), controllers: [any Controller] = []) {
        self.store = store
        self.controllers = controllers
    }

    /// Calls the controllers until none changes anything any more.
    ///
    /// - Returns: the earliest instant at which one wants to be called again.
    public mutating func settle(at now: Instant) -> Instant? {
        for _ in 0..<Self.maximumRounds {
            let before = store.resourceVersion
            var wake: Instant?
            for index in controllers.indices {
                if let due = controllers[index].reconcile(&store, at: now) { wake = min(wake ?? due, due) }
            }
            if store.resourceVersion == before { return wake }
        }
        return now + .milliseconds(1)
    }
}
