/// The manual page, in mdoc(7): made from the commands themselves, so that it cannot say anything else than `--help`.
struct ManualPage {
    private(set) var text = ""

    init(_ tool: ToolDescription.Command) {
        head(tool)
        for command in Self.shown(tool) { describe(command, path: [tool.commandName], isTop: true) }
        tail()
        text.removeLast()
    }

    /// Commands of which help is shown; `help` itself is everybody's.
    private static func shown(_ command: ToolDescription.Command) -> [ToolDescription.Command] {
        (command.subcommands ?? []).filter { ($0.shouldDisplay ?? true) && $0.commandName != "help" }
    }

    /// Its arguments without those that every command has.
    private static func own(_ command: ToolDescription.Command) -> [ToolDescription.Argument] {
        (command.arguments ?? []).filter { argument in
            argument.shouldDisplay && argument.names?.contains { $0.name == "help" || $0.name == "version" } != true
        }
    }

    private mutating func head(_ tool: ToolDescription.Command) {
        line(".\\\" Made by 'make man' from the commands; the tests hold it against them.")
        line(".Dd November 22, 2026")
        line(".Dt AUTOMATON 1")
        line(".Os")
        line(".Sh NAME")
        line(".Nm automaton")
        line(".Nd \(Self.escaped(Self.phrase(tool.abstract ?? "")))")
        line(".Sh SYNOPSIS")
        for command in Self.shown(tool) {
            line(".Nm")
            line(".Cm \(command.commandName)")
            if Self.shown(command).isEmpty { synopsis(command) } else { line(".Ar command") }
        }
        line(".Sh DESCRIPTION")
        line(".Nm")
        paragraph(
            "watches a Kubernetes namespace, or all of them, notices what is wrong, waits as long as the rule says, and mends it within limits "
                + "that it can prove. Why it did what it did, and why it did nothing, it tells and writes down.")
        line(".Pp")
        paragraph("The commands are these. Each tells the same of itself with")
        line(".Fl -help .")
    }

    private mutating func synopsis(_ command: ToolDescription.Command) {
        let arguments = Self.own(command)
        if arguments.contains(where: { $0.kind != .positional }) { line(".Op Ar options") }
        for argument in arguments where argument.kind == .positional {
            let name = (argument.valueName ?? "value").uppercased()
            line((argument.isOptional ? ".Op Ar " : ".Ar ") + name + (argument.isRepeating ? " ..." : ""))
        }
    }

    private mutating func describe(_ command: ToolDescription.Command, path: [String], isTop: Bool = false) {
        let path = path + [command.commandName]
        line(".Ss \(path.joined(separator: " "))")
        let inner = Self.shown(command)
        if inner.isEmpty {
            line(".Nm")
            line(".Cm \(path.dropFirst().joined(separator: " "))")
            synopsis(command)
            line(".Pp")
        }
        if let abstract = command.abstract { paragraph(abstract) }
        if let discussion = command.discussion { blocks(discussion) }
        let arguments = Self.own(command)
        if inner.isEmpty, !arguments.isEmpty {
            line(".Bl -tag -width Ds")
            for argument in arguments { item(argument) }
            line(".El")
        }
        for command in inner { describe(command, path: path) }
    }

    private mutating func item(_ argument: ToolDescription.Argument) {
        let value = (argument.valueName ?? "value").uppercased()
        switch argument.kind {
        case .positional: line(".It Ar \(value)")
        case .flag, .option:
            let names = (argument.names ?? []).sorted { ($0.kind == .short ? 0 : 1) < ($1.kind == .short ? 0 : 1) }
            let flags = names.map { "Fl \($0.flag)" }.joined(separator: " , ")
            line(".It \(flags)" + (argument.kind == .option ? " Ar \(value)" : ""))
        }
        let description = [argument.abstract, argument.discussion].compactMap { $0 }.joined(separator: " ")
        // What the text says itself is said once; what is found out on each machine (its processors) is no default to print.
        let byDefault = argument.defaultValue.flatMap { $0.isEmpty || $0.contains("@") ? nil : "Default: \($0)." } ?? ""
        let text = [description, description.contains("efault") ? "" : byDefault].filter { !$0.isEmpty }.joined(separator: " ")
        paragraph(text.isEmpty ? "No more is to be said of it." : text)
    }

    private mutating func tail() {
        line(".Sh ENVIRONMENT")
        line("Every threshold may be set by a variable of its name")
        line(".Pq Cm config show")
        line("lists them.")
        line("Beside them:")
        line(".Bl -tag -width Ds")
        for variable in EnvironmentVariables.all {
            line(".It Ev \(variable.name)")
            paragraph(variable.summary)
        }
        line(".El")
        line(".Sh FILES")
        line(".Bl -tag -width Ds")
        for (path, what) in Self.files {
            line(".It Pa \(path)")
            paragraph(what)
        }
        line(".El")
        line(".Sh EXIT STATUS")
        line(".Bl -tag -width Ds")
        for (code, what) in ExitCodes.all {
            line(".It \(code)")
            paragraph(what)
        }
        line(".El")
        line(".Sh EXAMPLES")
        for (what, command) in Self.examples {
            paragraph(what)
            line(".Pp")
            line(".Dl \(Self.escaped(command))")
            line(".Pp")
        }
        text.removeLast(".Pp\n".count)
    }

    private static let files: [(path: String, what: String)] = [
        (ConfigurationOptions.mountedRules, "The rules, a YAML file each, where --rules names none; else ./rules."),
        (ConfigurationOptions.mountedConfig, "The thresholds, as a ConfigMap is mounted, and notify.yaml, where --config names none."),
        (JournalOptions.mountedState, "The journal, where neither --state nor --journal names one."),
        ("~/.kube/config", "The way to the cluster, outside of one."),
    ]

    private static let examples: [(what: String, command: String)] = [
        ("See it at work without a cluster:", "automaton demo"),
        ("Look before it acts:", "automaton run --dry-run --namespace production"),
        ("Ask why nothing happens:", "automaton explain deployment/email-service"),
        ("Play the examples beside the rules:", "automaton rules test rules/tests"),
        ("See where a threshold comes from:", "automaton config show KAFKA_LAG_THRESHOLD"),
        ("Keep it from acting while you work:", "automaton pause --for 1h --why 'moving the database'"),
    ]

    // MARK: Text

    /// A discussion: paragraphs, and lines that stand as they are, such as lists of commands.
    private mutating func blocks(_ discussion: String) {
        for block in discussion.split(separator: "\n\n", omittingEmptySubsequences: true) {
            line(".Pp")
            let lines = block.split(separator: "\n").map(String.init)
            if lines.count == 1 {
                paragraph(lines[0])
            } else {
                line(".Bd -literal -compact")
                for text in lines { line(Self.escaped(text)) }
                line(".Ed")
            }
        }
    }

    /// A sentence a line, as mdoc wants it, broken where lines get long.
    private mutating func paragraph(_ text: String) {
        var current = ""
        let words = text.split(whereSeparator: { $0 == " " || $0 == "\n" }).map(String.init)
        for (index, word) in words.enumerated() {
            current += (current.isEmpty ? "" : " ") + word
            let bare = word.drop { $0 == "(" }.reversed().drop { [")", "'", "\""].contains($0) }
            let ends = bare.first.map { ".!?".contains($0) } ?? false && index + 1 < words.count
            if ends || current.count > 70 {
                line(Self.escaped(current))
                current = ""
            }
        }
        if !current.isEmpty { line(Self.escaped(current)) }
    }

    /// As the macro Nd wants it: without a stop at its end.
    private static func phrase(_ text: String) -> String { text.hasSuffix(".") ? String(text.dropLast()) : text }

    /// Backslashes and dashes as themselves, and no line that begins as a macro does.
    private static func escaped(_ text: String) -> String {
        let plain = text.replacing("\\", with: "\\e").replacing("-", with: "\\-").replacing("→", with: "\\(->").replacing("…", with: "...")
        return plain.hasPrefix(".") || plain.hasPrefix("'") ? "\\&" + plain : plain
    }

    private mutating func line(_ content: String) { text += content + "\n" }
}
