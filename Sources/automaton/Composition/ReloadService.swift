import AutomatonCore
import Engine
import Logging
import Rules
import ServiceLifecycle
import WebAPI

/// Puts configuration in force: the first at the start, and each good change after. A bad one is told and changes nothing.
struct ReloadService: Service {
    let source: ConfigurationSource
    let engine: Engine
    let policy: PolicyInForce
    let metrics: HealingMetrics
    let vitals: EngineVitals
    let logger: Logger
    let override: RuleOverride
    /// What is wrong with the files, for who asks.
    let rejected: RejectedConfiguration
    /// How long the engine waits for writes in flight at the end.
    let shutdownTime: Duration
    /// The automaton's own; it is never changed.
    let ownWorkload: Subject?
    /// Told when another configuration is in force.
    let reloads: AsyncStream<Void>.Continuation

    func run() async throws {
        let told = ThresholdsTold(await source.current.thresholds)
        try await cancelWhenGracefulShutdown {
            do {
                try await source.follow { change in
                    switch change {
                    case .loaded(let loaded):
                        await apply(loaded)
                        reloads.yield()
                        logger.notice(
                            "Configuration reloaded",
                            metadata: [
                                "rules": "\(loaded.ruleset.rules.count)",
                                "changed": .array(told.changes(to: loaded.thresholds).map { "\($0)" }),
                            ])
                    case .restored: logger.notice("Configuration is right again; it is what was in force all the time")
                    case .rejected(let errors):
                        rejected.set(errors.problems.map(\.description))
                        for problem in errors.problems { logger.error("Configuration rejected", metadata: ["problem": "\(problem)"]) }
                        logger.error("The last good configuration stays in force")
                    }
                    await report()
                }
            } catch is CancellationError {
                return
            }
        }
    }

    /// Puts a configuration in force.
    func apply(_ loaded: LoadedConfiguration) async {
        let ruleset = override.apply(to: loaded.ruleset, loaded.thresholds)
        for rule in ruleset.idle { logger.notice("Rule not in force", metadata: ["rule": "\(rule)"]) }
        if let served = override.served(in: ruleset) {
            let others = ruleset.rules.map(\.name).filter { !served.contains($0) }
            logger.notice(
                "Every rule does what --action says, or tells a person",
                metadata: [
                    "action": "\(override.action ?? "")", "does_it": .array(served.map { "\($0)" }),
                    "tells": .array(others.map { "\($0)" }),
                ])
        }
        var limits = loaded.thresholds.policy
        if let ownWorkload { limits.protectedWorkloads = [ownWorkload] }
        policy.set(limits)
        vitals.setLimit(max(.minutes(1), loaded.thresholds.checkInterval * 3))
        await engine.configure(
            ruleset, policy: limits, settings: EngineSettings(checkInterval: loaded.thresholds.checkInterval, shutdownTime: shutdownTime))
    }

    /// Sets the metrics of the last reload.
    func report() async {
        let status = await source.status
        metrics.configurationReloaded(successfully: status.lastReloadSuccessful, at: status.lastSuccessAt)
    }
}
