import ArgumentParser
import AutomatonCore
import Engine
import KubernetesClient
import Logging
import Rules
import ServiceLifecycle
import Simulator
import Store
import WebAPI

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `automaton demo`
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Break a simulated cluster and watch it heal.",
        discussion: """
            Starts a Kubernetes API server with a small shop in memory, a queue and a database, breaks eight things, and heals them with the rules as they \
            are shipped, through the same code that runs on a cluster.

            Exit code 0 when all of them healed, 1 when not or the rules are wrong, 64 when the command line is wrong.
            """)

    @Option(name: .long, help: "The directory of rules. Default: ./rules.", completion: .directory)
    var rules = "rules"

    @Flag(name: .long, help: "Meanwhile let requests time out, drop watches, and expire versions (410).")
    var faults = false

    @Flag(name: .long, help: "Leave the cluster running at the end, for kubectl --kubeconfig, until Ctrl-C.")
    var keep = false

    @Option(name: .long, help: "Where the dashboard, /metrics, /healthz and /readyz are served: HOST:PORT; port 0 for a free one.")
    var listen = ListenAddress(host: "127.0.0.1", port: 0)

    @Option(name: .long, help: "Give up when not all is healed after this many seconds.")
    var timeout = 180

    func validate() throws {
        guard (1...3600).contains(timeout) else { throw ValidationError("--timeout \(timeout): write seconds from 1 to 3600") }
    }

    func run() async throws {
        // What the narrator tells is the log; what the libraries say is of interest only when it is bad.
        let format = LogFormat.suited(to: .standardError, forced: "text", environment: ProcessInfo.processInfo.environment)
        LoggingSystem.bootstrap { format.handler(label: $0, output: .standardError, level: .error) }
        let logger = Logger(label: "demo")
        // What is wrong with the rules is told before anything is started.
        var source = try Self.source(rules: rules, hasDatabase: true)
        let progress = Progress("Starting a cluster, a queue and a database")
        let stage: DemoStage
        do { stage = try await DemoStage() } catch {
            progress.end()
            throw error
        }
        progress.end()
        // Nobody waits for what a check says of a database that is not there.
        if stage.database == nil { source = try Self.source(rules: rules, hasDatabase: false) }
        let ledger = DemoLedger(DemoFault.all(on: stage))
        let result: Result<Void, any Error>
        do { result = .success(try await play(stage, ledger, source, logger)) } catch { result = .failure(error) }
        await stage.close()
        try result.get()
        guard ledger.isDone else { throw ExitCode.failure }
    }

    private static func source(rules: String, hasDatabase: Bool) throws(ExitCode) -> ConfigurationSource {
        do throws(ConfigurationErrors) {
            return try ConfigurationSource(
                DemoPace.loader(rules: rules, namespace: Shop().namespace, hasDatabase: hasDatabase), now: WallClock.read)
        } catch {
            throw error.told()
        }
    }

    private func journal(in directory: String) -> any Journal {
        ReopenedJournal { () throws(JournalError) in try await SQLiteJournal.open(directory: directory) }
    }

    private func play(_ stage: DemoStage, _ ledger: DemoLedger, _ source: ConfigurationSource, _ logger: Logger) async throws {
        let narrator = DemoNarrator(ink: Terminal.ink)
        let serving = ServiceGroup(services: [stage.server, stage.queue], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await serving.run() }
            // A time-out so short that a lost answer does not make anybody wait.
            let installation = try await Installation(
                cluster: stage.access(), namespace: stage.shop.namespace, source: source, override: RuleOverride(foresees: true),
                surroundings: stage.surroundings, listen: listen, replica: Replica(journal: journal(in: stage.statePath)),
                requestTimeout: .seconds(3), observers: [narrator, ledger], logger: logger
            )
            let director = DemoDirector(
                stage: stage, ledger: ledger, narrator: narrator, engine: installation.engine, web: installation.web,
                withTrouble: faults, keep: keep, timeout: .seconds(timeout), rules: await source.current.ruleset.rules,
                exposition: { [registry = installation.registry] in String(decoding: registry.text(), as: UTF8.self) })
            try await installation.run([director], logger: logger)
            await serving.triggerGracefulShutdown()
            try await group.waitForAll()
        }
    }
}
