import ArgumentParser
import AutomatonCore
import Engine
import WebAPI

/// `automaton resume`
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Lift pauses and silences, and let a rule act again that had stepped down.",
        discussion: """
            With an ID, that pause or silence. With --rule, the pauses and silences of that rule, and it acts again if it only told since \
            its attempts did not help. With --subject, those of that subject. With --all, every pause and silence; rules that stepped down still \
            have to be named.

            \(AskFailure.discussion)
            """)

    @Argument(help: "A pause or silence, as 'automaton explain' names it: p-1k2m3n4p.")
    var id: String?

    @Option(name: .long, help: "The pauses and silences of a rule, and its stepping down.", completion: Completions.rules)
    var rule: String?

    @Option(name: .long, help: "The pauses and silences of a subject: KIND/NAME or NAMESPACE/KIND/NAME.")
    var subject: SubjectFilter?

    @Flag(name: .long, help: "Every pause and silence.")
    var all = false

    @Option(name: .long, help: "Who asks. Default: your name on this machine.")
    var by = Person.name

    @OptionGroup var api: APIOptions

    func validate() throws {
        let ways = [id != nil, rule != nil || subject != nil, all].count { $0 }
        if ways > 1 { throw ValidationError("an ID, --rule with --subject, and --all exclude each other: write one of them") }
        if ways == 0 { throw ValidationError("name what is to be resumed: ID, --rule, --subject, or --all") }
    }

    func run() async throws {
        try await api.ask { client throws(AskFailure) in
            let wanted = try await wanted(client)
            for id in wanted.lift {
                let answer: LiftedReport = try await client.delete("suspensions/\(APIClient.encoded(id))", [("by", by)])
                Terminal.out("Lifted \(answer.lifted.words(TimeText(now: WallClock.read())))")
            }
            var isDone = !wanted.lift.isEmpty
            if let rule, subject == nil {
                let answer: ResumedReport = try await client.post("rules/\(APIClient.encoded(rule))/resume", [("by", by)])
                if answer.isReinstated {
                    Terminal.out("Rule \(answer.rule.harmless) acts again")
                    isDone = true
                }
            }
            // Who lifts one of two would else believe that it acts.
            for suspension in wanted.rest {
                Terminal.error(
                    "still \(suspension.words(TimeText(now: WallClock.read()))); lift it, too: automaton resume \(suspension.id.harmless)")
            }
            guard isDone else { throw AskFailure(nothing, exit: .nothing) }
        }
    }

    private var nothing: String {
        if let rule, subject == nil { return "rule \(rule) is not paused or silenced by itself, and has not stepped down" }
        return "no such pause or silence holds"
    }

    /// What is to be lifted, and what holds all of it even then.
    private func wanted(_ client: APIClient) async throws(AskFailure) -> (lift: [String], rest: [SuspensionReport]) {
        if let id { return ([id], []) }
        let held: SuspensionsReport = try await client.get("suspensions")
        if all { return (held.suspensions.map(\.id), []) }
        let (rule, subject) = (rule, subject)
        let lift = held.suspensions.filter { suspension in
            (rule == nil || suspension.rule == rule)
                && (subject.map { asked in suspension.subject.flatMap { SubjectFilter($0) }.map { asked.includes($0) } ?? false } ?? true)
        }
        let rest = held.suspensions.filter { suspension in
            !lift.contains(suspension) && (suspension.rule == nil || suspension.rule == rule)
                && (suspension.subject.map { text in
                    subject.map { asked in SubjectFilter(text)?.includes(asked) ?? false } ?? false
                } ?? true)
        }
        return (lift.map(\.id), rest)
    }
}

extension SubjectFilter {
    /// Whether all that the other one names is named by this one, too: without a namespace it names that of every namespace.
    fileprivate func includes(_ other: SubjectFilter) -> Bool {
        kind == other.kind && name == other.name && (namespace == nil || namespace == other.namespace)
    }
}
