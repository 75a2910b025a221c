import ArgumentParser
import AutomatonCore
import CurlHTTP
import Engine
import Notify
import Rules

/// `automaton notify …`
struct NotifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notify", abstract: "Look after who is told.",
        subcommands: [NotifyTestCommand.self, NotifyValidateCommand.self])
}

/// What the commands on `notify.yaml` have in common.
struct NotifySource: ParsableArguments {
    @OptionGroup var notify: NotifyOptions
    @OptionGroup var configuration: ConfigurationOptions

    /// What is configured, and where.
    func load() throws(AskFailure) -> (setup: Notifications.Setup, path: String) {
        guard let path = notify.path(config: configuration.configPath) else {
            throw AskFailure("nobody is told: there is no notify.yaml; name one with --notify or NOTIFY", exit: .nothing)
        }
        do {
            return (try notify.load(path), path)
        } catch let errors as ConfigurationErrors {
            let count = errors.problems.count
            for problem in errors.problems { Terminal.error(problem.description.harmless) }
            throw AskFailure("\(count) error\(count == 1 ? "" : "s")", exit: .nothing)
        } catch {
            throw AskFailure("\(error)", exit: .unreachable)
        }
    }
}

/// `automaton notify test NAME`
struct NotifyTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Send a test message to a receiver, and say what its service answered.",
        discussion: """
            Exit code 0 when the service took it, 1 when there is no receiver of that name or notify.yaml is wrong, 2 when the service cannot \
            be reached or refuses, 64 when the command line is wrong.
            """)

    @Argument(help: "The receiver's name in notify.yaml.")
    var name: String

    @Flag(name: .long, help: "End what an earlier test began, where the service keeps it open (PagerDuty, tickets, GitHub, Jira).")
    var resolve = false

    @OptionGroup var source: NotifySource

    func run() async throws {
        do throws(AskFailure) { try await send() } catch { throw error.told() }
    }

    private func send() async throws(AskFailure) {
        let (setup, path) = try source.load()
        guard let receiver = setup.configuration.receiver(name) else {
            let names = setup.configuration.receivers.map(\.name).joined(separator: ", ")
            throw AskFailure("\(path) has no receiver '\(name)'; there are: \(names)", exit: .nothing)
        }
        let start = ContinuousClock.now
        var failure: DeliveryFailure?
        do throws(DeliveryFailure) {
            try await receiver.notifier.deliver(.test(of: name, by: Person.name, resolves: resolve, at: WallClock.read()))
        } catch {
            failure = error
        }
        await setup.http.shutdown()
        if let failure {
            throw AskFailure("\(name) (\(receiver.kind)) was not told: \(failure.description)", exit: .unreachable)
        }
        Terminal.out("\(name) (\(receiver.kind)) took it within \(start.duration(to: .now).readable)")
    }
}

/// `automaton notify validate`
struct NotifyValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Check notify.yaml and that its secrets are there; print every error with its place.",
        discussion: """
            Exit code 0 when everything is right, 1 when something is wrong or nobody is told, 2 when there can be no client for it, 64 when the \
            command line is wrong.
            """)

    @OptionGroup var source: NotifySource

    func run() async throws {
        do throws(AskFailure) {
            let (setup, path) = try source.load()
            await setup.http.shutdown()
            let configuration = setup.configuration
            Terminal.out("\(path): no errors")
            for (index, route) in configuration.routing.routes.enumerated() {
                let occasions = Occasion.allCases.filter { route.on.contains($0) }.map(\.rawValue).joined(separator: ", ")
                let kinds = route.receivers.compactMap { name in configuration.receiver(name).map { "\(name) (\($0.kind))" } }
                Terminal.out("  route \(index + 1): \(kinds.joined(separator: ", ")): \(occasions)")
            }
        } catch {
            throw error.told()
        }
    }
}
