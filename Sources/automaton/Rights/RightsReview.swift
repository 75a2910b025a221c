import AutomatonCore
import Logging
import Rules
import ServiceLifecycle

/// Tells what the automaton lacks the right to do, with the rules that need it, and what it should not be allowed: at the start, and when
/// other rules need other rights.
struct RightsReview: Service {
    let port: any OwnRights
    let rights: InstallationRights
    /// Where it looks: a namespace that it watches.
    let namespace: String
    /// Where its Lease is.
    let home: String
    let source: ConfigurationSource
    let override: RuleOverride
    let logger: Logger
    /// How often an API server that does not answer is asked, and how long between.
    var tries = 5
    var pause = Duration.seconds(10)
    /// Whenever a new configuration is in force.
    let reloads: AsyncStream<Void>

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            var reviewed = try await review()
            for await _ in reloads { reviewed = try await review(unless: reviewed) }
        }
        try? await gracefulShutdown()
    }

    /// What is needed where the automaton looks, and where its Lease is.
    struct Needed: Equatable {
        var watching: NeededRights
        var home: NeededRights
    }

    /// Asks and tells, unless that was done of the same needs already. Answers with those.
    @discardableResult func review(unless reviewed: Needed? = nil) async throws -> Needed {
        let loaded = await source.current
        let ruleset = override.apply(to: loaded.ruleset, loaded.thresholds)
        var rights = rights
        rights.readsOnly = loaded.thresholds.policy.dryRun
        let needed = Needed(watching: rights.watching(ruleset), home: rights.home(ruleset))
        if needed == reviewed { return needed }
        do {
            let granted = try await granted(in: namespace)
            tell(granted, needed.watching, in: namespace)
            // What is grave is so in each of them; of its own namespace it is told what is missing alone.
            let own = needed.home
            if !own.purposes.isEmpty {
                let granted = home == namespace ? granted : try await self.granted(in: home)
                tellMissing(granted, own, in: home)
            }
        } catch let error as PortError {
            logger.warning("What the automaton is allowed cannot be told", metadata: ["problem": "\(error)"])
        }
        return needed
    }

    private func granted(in namespace: String) async throws -> GrantedRights {
        var left = tries
        while true {
            do throws(PortError) {
                return try await port.rights(inNamespace: namespace)
            } catch {
                left -= 1
                guard case .unavailable = error, left > 0 else { throw error }
            }
            try await Task.sleep(for: pause)
        }
    }

    private func tell(_ granted: GrantedRights, _ needed: NeededRights, in namespace: String) {
        tellMissing(granted, needed, in: namespace)
        if granted.isEverything {
            logger.warning("The automaton is allowed everything: give it the Role of 'automaton rbac'")
            return
        }
        for right in granted.excessive(beside: needed) {
            logger.warning(
                "The automaton is allowed what no rule needs: take it away", metadata: ["right": "\(right)", "namespace": "\(namespace)"])
        }
    }

    private func tellMissing(_ granted: GrantedRights, _ needed: NeededRights, in namespace: String) {
        let missing = granted.missing(of: needed)
        for (right, purposes) in missing {
            logger.warning(
                granted.isIncomplete ? "A right may be missing" : "A right is missing",
                metadata: [
                    "right": "\(right)", "namespace": right.isClusterScoped ? "the cluster" : "\(namespace)",
                    "needed_by": .array(purposes.map { "\($0)" }),
                ])
        }
        if !missing.isEmpty { logger.warning("'automaton rbac' prints what grants the rights that are missing") }
    }
}
