import Analysis
import ArgumentParser
import AutomatonCore
import Engine
import KubernetesClient
import Logging
import Rules
import Store
import WebAPI

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `automaton run`
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Watch a cluster and heal it, until SIGTERM.",
        discussion: """
            Exit code 0 after a signal, 1 when the configuration or the cluster's access is wrong or another run has the journal, 2 when it \
            failed while running or another run took the journal over, 64 when the command line is wrong.
            """)

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var configuration: ConfigurationOptions
    @OptionGroup var overrides: OverrideOptions
    @OptionGroup var journal: JournalOptions
    @OptionGroup var leadership: LeadershipOptions
    @OptionGroup var log: LogOptions
    @OptionGroup var access: AccessOptions
    @OptionGroup var notify: NotifyOptions
    @OptionGroup var fixes: FixesOptions

    @Option(name: .long, help: "Where the dashboard, /metrics, /healthz, /readyz and /api/autoheal are served: HOST:PORT.")
    var listen = ListenAddress(host: "0.0.0.0", port: 8000)

    func run() async throws {
        log.bootstrap()
        let logger = Logger(label: "automaton")
        // The namespace may come from the kubeconfig; what is wrong with the configuration is told first all the same.
        let access = Result { try cluster.access() }
        var namespace: String? = "default"
        if case .success(let access) = access { namespace = access.namespace }
        let source: ConfigurationSource
        do throws(ConfigurationErrors) {
            source = try ConfigurationSource(
                configuration.loader(
                    namespace: namespace, environment: ProcessInfo.processInfo.environment, options: overrides.thresholds),
                now: WallClock.read)
        } catch {
            for problem in error.problems { logger.critical("Configuration rejected", metadata: ["problem": "\(problem)"]) }
            throw ExitCode(1)
        }
        let loaded = await source.current
        let override = overrides.ruleOverride
        if let action = override.action, override.served(in: override.apply(to: loaded.ruleset, loaded.thresholds))?.isEmpty == true {
            let problem =
                "--action \(action): no rule in force can use it: it mends nothing that they find, or needs parameters that only a rule can "
                + "write ('automaton rules document' lists them)"
                + (loaded.ruleset.idle.isEmpty
                    ? "" : "; not in force: " + loaded.ruleset.idle.map { "\($0)" }.joined(separator: "; "))
            logger.critical("Configuration rejected", metadata: ["problem": "\(problem)"])
            throw ExitCode(1)
        }
        let apiToken: APIToken?
        do {
            apiToken = try self.access.token.token()
        } catch {
            logger.critical("Configuration rejected", metadata: ["problem": "\(error)"])
            throw ExitCode(1)
        }
        let summaries: SummarySettings
        do throws(SummarySettings.Unusable) {
            summaries = try SummarySettings(environment: ProcessInfo.processInfo.environment) { path in
                FileManager.default.contents(atPath: path).map { [UInt8]($0) }
            }
        } catch {
            logger.critical("Configuration rejected", metadata: ["problem": "\(error)"])
            throw ExitCode(1)
        }
        if let remark = summaries.remark { logger.warning("\(remark)") }
        for variable in MistypedVariable.all(in: ProcessInfo.processInfo.environment) { logger.warning("\(variable.words)") }
        let told = notify.path(config: configuration.configPath)
        let people: Notifications.Setup?
        do {
            people = try told.map { try notify.load($0) }
        } catch {
            let problems = (error as? ConfigurationErrors)?.problems.map(\.description) ?? ["\(error)"]
            for problem in problems { logger.critical("Configuration rejected", metadata: ["problem": "\(problem)"]) }
            throw ExitCode(1)
        }
        let reached: ClusterAccess
        do {
            reached = try access.get()
        } catch {
            logger.critical("No access to a cluster", metadata: ["problem": "\(error)"])
            throw ExitCode(1)
        }
        let run = RunName.random()
        var replica: Replica
        let lock: JournalLock?
        do {
            lock = try journal.lock(for: run)
            replica = Replica(
                journal: try journal.makeJournal(), election: try leadership.election(in: reached.cluster, run: run),
                ownPod: ClusterOptions.ownPod(reached.cluster), apiToken: apiToken)
        } catch {
            logger.critical("Configuration rejected", metadata: ["problem": "\(error)"])
            throw ExitCode(1)
        }
        defer { lock?.release() }
        self.access.apply(to: &replica)
        replica.reviewsRights = true
        replica.fixes = fixes.configMap
        if let problem = lock?.problem {
            logger.warning(
                "The journal's directory is not kept for this process: see to it that no other one uses it",
                metadata: ["problem": "\(problem)"])
        }
        if overrides.dryRun, journal.isShared, replica.election == nil {
            let problem =
                "--dry-run with --journal, and without leader election, would take the journal from the run that has it: leave --journal away, "
                + "or give the dry run a journal of its own (--state DIR)"
            logger.critical("Configuration rejected", metadata: ["problem": "\(problem)"])
            throw ExitCode(1)
        }
        let events = EventLog(logger: logger)
        let thresholds = loaded.thresholds
        events.starting(
            version: Version.text,
            details: [
                "cluster": "\(reached.cluster.origin)", "namespace": "\(reached.namespace ?? "all namespaces")",
                "rules": "\(configuration.rulesPath)", "config": "\(configuration.configPath ?? "environment and defaults")",
                "journal": "\(journal.description)", "identity": "\(replica.election?.identity ?? "not elected")",
                "dry_run": "\(thresholds.policy.dryRun)", "action": "\(overrides.action ?? "as the rules say")", "listen": "\(listen)",
                "notify": "\(told ?? "nobody")",
            ])
        do {
            let installation = try await Installation(
                cluster: reached.cluster, namespace: reached.namespace, source: source, override: overrides.ruleOverride,
                surroundings: .process, listen: listen, run: run, replica: replica, summaries: summaries, notify: people,
                observers: [events], logger: logger)
            try await installation.run(logger: logger)
        } catch {
            logger.critical("Failed", metadata: ["problem": "\(error)"])
            throw ExitCode(2)
        }
        logger.notice("Stopped")
    }
}

extension ListenAddress: ExpressibleByArgument, CustomStringConvertible {
    init?(argument: String) {
        guard let colon = argument.lastIndex(of: ":"), let port = Int(argument[argument.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        var host = argument[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        self.init(host: host.isEmpty ? "0.0.0.0" : String(host), port: port)
    }

    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    var defaultValueDescription: String { description }
}
