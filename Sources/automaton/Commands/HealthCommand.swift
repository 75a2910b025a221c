import ArgumentParser
import AutomatonCore
import CurlHTTP
import Engine
import KubernetesClient
import Rules
import WebAPI

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `automaton health`
struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Look once at everything that the rules watch, and say what is wrong. Changes nothing.",
        discussion: """
            Reads the cluster, the queues and the databases itself, as 'automaton run' would, with the same rules, thresholds and \
            environment; no automaton has to run. What one look cannot tell (restarts within a time, whether a queue moves, alerts) is \
            named: the running automaton knows it ('automaton explain').

            Exit code 0 when all is well, 1 when something is unhealthy, there is no such rule, or the rules or thresholds are wrong, 2 when \
            nothing is unhealthy but something is unknown, or when nobody could look at all, 64 when the command line is wrong. What one \
            look cannot tell, and rules that are not in force, do not count.
            """)

    @Argument(help: "Only this: KIND/NAME or NAMESPACE/KIND/NAME (deployment/email-service).")
    var subject: SubjectFilter?

    @Option(name: .long, help: "Only what this rule says.", completion: Completions.rules)
    var rule: String?

    @Flag(name: .long, help: "Each thing by itself, also what is well.")
    var all = false

    @Option(name: .long, help: "Seconds after which what has not answered is unknown.")
    var timeout = 30

    @Option(name: [.short, .long], help: "text or json.")
    var output: OutputFormat = .text

    @OptionGroup var cluster: ClusterOptions
    @OptionGroup var configuration: ConfigurationOptions
    @OptionGroup var fixes: FixesOptions

    func validate() throws {
        guard (1...600).contains(timeout) else { throw ValidationError("--timeout \(timeout): write seconds from 1 to 600") }
    }

    func run() async throws {
        let report: LookReport
        do {
            let reached = try access()
            let environment = ProcessInfo.processInfo.environment
            report = try await look(reached, try configuration.loader(namespace: reached.namespace, environment: environment).load())
            switch output {
            case .json: Terminal.out(try report.prettyJSON())
            case .text:
                let text = LookText(report: report, all: all, ink: Terminal.ink)
                for line in text.lines(width: Terminal.width()) { Terminal.out(line) }
            }
        } catch let failure as AskFailure {
            throw failure.told()
        } catch let errors as ConfigurationErrors {
            throw errors.told()
        }
        switch report.verdict {
        case .healthy: return
        case .unhealthy: throw ExitCode(1)
        case .unknown: throw ExitCode(2)
        }
    }

    private func access() throws(AskFailure) -> ClusterAccess {
        do { return try cluster.access() } catch { throw AskFailure("no access to a cluster: \(error)", exit: .unreachable) }
    }

    private func look(_ reached: ClusterAccess, _ loaded: LoadedConfiguration) async throws(AskFailure) -> LookReport {
        let began = ContinuousClock.now
        try checkRule(loaded.ruleset)
        let http: HTTPClient
        do { http = try HTTPClient() } catch { throw AskFailure("\(error)", exit: .unreachable) }
        let (clock, limit) = (EngineClock.system(), Duration.seconds(timeout))
        let api = KubernetesAPI(
            reached.cluster, http: http, userAgent: Version.userAgent, requestTimeout: min(limit, .seconds(30))
        ) { _, _ in }
        let policy = loaded.thresholds.policy
        let sheets = fixes.configMap.map { KubernetesFixSheets(api, configMap: $0, namespace: reached.cluster.namespace) }
        let ports = Ports(
            api, namespace: reached.namespace, surroundings: .process, alerts: AlertInbox(toldSince: nil),
            fixes: FixesOnSheet(sheets: sheets, clock: clock), clock: clock
        ) { policy }
        let look = await Looker(environment: ports.environment, clock: clock).look(
            loaded.ruleset, policy: policy, rule: rule, subject: subject.flatMap { Self.subject($0, in: reached.namespace) }, within: limit)
        let report = LookReport(
            look, idle: loaded.ruleset.idle.filter { rule == nil || rule == $0.rule }, of: subject,
            cluster: reached.cluster.origin, namespace: reached.namespace, took: ContinuousClock.now - began)
        await Self.end(ports, http)
        guard let subject, report.rules.allSatisfy({ $0.sights.isEmpty && $0.why == nil }) else { return report }
        throw AskFailure(
            "nothing is known of \(subject): no rule\(rule.map { " named \($0)" } ?? "") saw it; --all shows what is watched",
            exit: .unreachable)
    }

    /// What is looked at by itself; nil where it is not said in which namespace.
    private static func subject(_ filter: SubjectFilter, in namespace: String?) -> Subject? {
        (filter.namespace ?? namespace).map { Subject(filter.kind, namespace: $0, name: filter.name) }
    }

    private func checkRule(_ ruleset: Ruleset) throws(AskFailure) {
        guard let rule, !ruleset.rules.contains(where: { $0.name == rule }) else { return }
        if let idle = ruleset.idle.first(where: { $0.rule == rule }) {
            throw AskFailure("rule \(idle) is not in force: set it, and look again", exit: .unreachable)
        }
        throw AskFailure(NearestName.unknown("rule", rule, known: ruleset.rules.map(\.name)), exit: .nothing)
    }

    /// Closes what was opened, for as long as somebody may be made to wait: then the program ends all the same.
    private static func end(_ ports: Ports, _ http: HTTPClient) async {
        let (ended, sink) = AsyncStream.makeStream(of: Void.self)
        let tasks = [
            Task {
                await ports.shutdown()
                await http.shutdown()
                sink.finish()
            },
            Task {
                try? await Task.sleep(for: .seconds(2))
                sink.finish()
            },
        ]
        for await _ in ended {}
        for task in tasks { task.cancel() }
    }
}
