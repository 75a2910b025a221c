import ArgumentParser
import AutomatonCore
import Engine
import WebAPI

/// `automaton heal`
struct HealCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "heal",
        abstract: "Show what would be done about open incidents, ask, and have it done at once, under every guard but the delay.",
        discussion: """
            The running automaton plans, judges and acts; this shows each plan with every field before and after, or the guard that holds \
            it, and asks once. Only what was shown is done: a plan that is another one by then is not. With --yes nobody is asked, and \
            what is planned then is done. A yes also confirms what a rule in mode 'approve' asks.

            What was begun before is followed until it is known to be written, as long as --wait says.

            Exit code 0 when all of it was done (with --dry-run: could be), is being done, or is explained by another rule, and when with \
            --all nothing is open; 1 when of what was named no incident is open, there is no such rule, or the answer was no; 2 when \
            something is held, refused, changed or not known in time, or the automaton cannot be reached or does not lead; 64 when the \
            question makes no sense or there is nobody to ask.
            """)

    @Argument(help: "A rule, or a subject: KIND/NAME or NAMESPACE/KIND/NAME.", completion: Completions.rules)
    var what: String?

    @Option(name: .long, help: "Only incidents of this rule.", completion: Completions.rules)
    var rule: String?

    @Flag(name: .long, help: "Every open incident.")
    var all = false

    @Flag(name: [.short, .long], help: "Ask nobody.")
    var yes = false

    @Flag(name: .long, help: "Only show what would be done.")
    var dryRun = false

    @Option(name: .long, help: "Seconds that are waited for what becomes of it.")
    var wait = 60

    @Option(name: .long, help: "Who asks. Default: your name on this machine.")
    var by = Person.name

    @Option(name: [.short, .long], help: "text or json; json asks nobody, so it needs --yes or --dry-run.")
    var output: OutputFormat = .text

    @OptionGroup var api: APIOptions

    func validate() throws {
        if all, what != nil || rule != nil { throw ValidationError("--all with a rule or a subject: write one of them") }
        if !all, what == nil, rule == nil {
            throw ValidationError("name what is to be healed: a rule, a subject (deployment/email-service), or --all")
        }
        if rule != nil, what != nil, subject == nil { throw ValidationError("two rules: write the subject as KIND/NAME") }
        if let what, what.contains("/"), subject == nil {
            let kinds = Subject.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("\(what) names no subject: write KIND/NAME or NAMESPACE/KIND/NAME; kinds: \(kinds)")
        }
        if yes, dryRun { throw ValidationError("--yes and --dry-run exclude each other") }
        if output == .json, !yes, !dryRun { throw ValidationError("--output json asks nobody: add --yes or --dry-run") }
        guard (1...3600).contains(wait) else { throw ValidationError("--wait \(wait): write seconds from 1 to 3600") }
    }

    private var subject: SubjectFilter? { what.flatMap { SubjectFilter($0) } }
    private var chosenRule: String? { rule ?? (subject == nil ? what : nil) }

    func run() async throws {
        try await api.ask { client throws(AskFailure) in
            let report: ProspectsReport = try await client.post(
                "plan", [("rule", chosenRule), ("subject", subject?.description)])
            let text = ProspectText(report: report, ink: Terminal.ink)
            if output == .text { for line in text.lines(source: api.url) { Terminal.out(line) } }
            if dryRun {
                if output == .json { Terminal.out(try HealedReport(report, []).prettyJSON()) }
                let left = report.held.count + report.leftOut
                guard left == 0 else {
                    throw AskFailure("\(left) of \(report.plans.count + report.leftOut) cannot be healed now", exit: .unreachable)
                }
                return
            }
            let results = try await heal(report, client)
            if output == .json { Terminal.out(try HealedReport(report, results).prettyJSON()) }
            let undone = results.count { !$0.isDone } + report.held.count + report.leftOut
            guard undone == 0 else {
                throw AskFailure(
                    "\(undone) of \(report.plans.count + report.leftOut) not done; 'automaton explain' says more", exit: .unreachable)
            }
        }
    }

    /// Asks for what was planned, and follows it and what is at work already.
    private func heal(_ report: ProspectsReport, _ client: APIClient) async throws(AskFailure) -> [HealedReport.Result] {
        let planned = report.plans.filter { $0.digest != nil }
        if !planned.isEmpty, !yes {
            guard Prompt.isPossible else {
                throw AskFailure(
                    "nothing was done: there is no terminal to ask at. --yes does it without asking, --dry-run only shows it", exit: .usage)
            }
            Terminal.out("")
            guard await Prompt.confirm(planned.count == 1 ? "Do this?" : "Do these \(planned.count)?") else {
                throw AskFailure("Nothing was done", exit: .nothing)
            }
        }
        let healing = Healing(client: client, by: by, since: report.at.instant, end: ContinuousClock.now + .seconds(wait))
        // All are asked for before the first is waited for: they were shown as such.
        var asked: [(Healing.Target, Healing.Asked)] = []
        for plan in planned {
            let target = target(plan)
            asked.append((target, await healing.ask(target, heldBy: plan.now.hold)))
        }
        var results: [HealedReport.Result] = []
        func take(_ result: HealedReport.Result) {
            results.append(result)
            guard output == .text else { return }
            for line in HealedText(result: result, ink: Terminal.ink).lines { Terminal.out(line) }
        }
        for (target, answer) in asked { take(await healing.follow(target, answer)) }
        for plan in report.underway { take(await healing.watch(target(plan), plan.now.reason)) }
        return results
    }

    /// Nothing else is done than what was shown, where somebody saw it.
    private func target(_ plan: ProspectReport) -> Healing.Target {
        Healing.Target(rule: plan.rule, subject: plan.subject, digest: yes ? nil : plan.digest)
    }
}
