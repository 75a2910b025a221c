import AutomatonCore
import Logging
import Rules
import ServiceLifecycle

/// Tells at the start what the automaton lacks the right to do, with the rules that need it, and what it should not be allowed.
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

    func run() async throws {
        try? await cancelWhenGracefulShutdown { try await review() }
        try? await gracefulShutdown()
    }

    /// Asks and tells.
    func review() async throws {
        let loaded = await source.current
        let ruleset = override.apply(to: loaded.ruleset, loaded.thresholds)
        var rights = rights
        rights.readsOnly = loaded.thresholds.policy.dryRun
        let watching = rights.watching(ruleset)
        do {
            let granted = try await granted(in: namespace)
            tell(granted, watching, in: namespace)
            // What is grave is so in each of them; of its own namespace it is told what is missing alone.
            let own = rights.home(ruleset)
            if !own.purposes.isEmpty {
                let granted = home == namespace ? granted : try await self.granted(in: home)
                tellMissing(granted, own, in: home)
            }
        } catch let error as PortError {
            logger.warning("What the automaton is allowed cannot be told", metadata: ["problem": "\(error)"])
        }
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
