internal import AutomatonCore
internal import Engine

/// The thresholds in force and where each comes from, what people asked for, and how the process stands.
struct SettingsPage: Sendable {
    let settings: SettingsInForce
    let glance: Glance
    /// The tokens that changes need, in words; nil when they need none.
    let tokens: String?
    let isSignedIn: Bool
    /// What is kept of attempts that helped; nil where that is not known.
    let fixes: [FixReport]?
    private let moments: Moments

    init(_ settings: SettingsInForce, _ glance: Glance, fixes: [FixReport]?, tokens: String?, isSignedIn: Bool) {
        self.fixes = fixes
        self.settings = settings
        self.glance = glance
        self.tokens = tokens
        self.isSignedIn = isSignedIn
        moments = Moments(now: glance.at)
    }

    var content: HTML {
        HTML(joining: [
            tag("div", .class("page-head")) { tag("h1") { "Settings" } },
            tag("div", .class("pair")) {
                reload
                process
            },
            suspensions,
            kept,
            thresholds,
        ])
    }

    private var reload: HTML {
        section("reload", "Last reload") {
            if settings.problems.isEmpty {
                tag("p", .class("word", .ok)) {
                    Tone.ok.icon
                    "The files are what is in force"
                }
            } else {
                tag("p", .class("word", .bad)) {
                    Tone.bad.icon
                    "Rejected: the last good configuration stays in force"
                }
                tag("ul", .class("problems")) { settings.problems.prefix(20).map { problem in tag("li") { problem } } }
            }
            tag("dl", .class("facts")) {
                if let at = settings.lastGoodAt {
                    fact("Last good", HTML(joining: [moments.ago(at), HTML(text: " (\(moments.clockText(at)))")]))
                }
                if let fingerprint = settings.fingerprint { fact("Content", tag("code") { fingerprint }) }
            }
        }
    }

    private var process: HTML {
        section("process", "This process") {
            tag("dl", .class("facts")) {
                fact("Leads", glance.notLeading.map { "no: \($0)" } ?? "yes: it is the one that acts")
                fact("Changes", glance.policy.dryRun ? "none, it runs dry (DRY_RUN)" : "as the rules say")
                fact(
                    "Journal",
                    glance.journalProblem.map { "cannot be written: \($0)" }
                        ?? (glance.hasJournal ? "is written" : "none: nothing outlives the process"))
                fact("Who may change", access)
            }
        }
    }

    private var access: HTML {
        guard let tokens else { return HTML(text: "who reaches it from this machine (kubectl port-forward); set API_TOKEN to let others") }
        if isSignedIn { return HTML(text: "you, signed in with a token") }
        return HTML(joining: [HTML(text: "who has \(tokens): "), tag("a", .href(.signIn(next: .settings))) { "sign in" }])
    }

    private var suspensions: HTML {
        section("suspensions", "Silences and pauses", HTML(text: glance.suspensions.isEmpty ? "" : "\(glance.suspensions.count)")) {
            if glance.suspensions.isEmpty {
                tag("p", .class("empty")) { "Nobody asked for quiet." }
            } else {
                tag("ul", .class("plain rows")) {
                    glance.suspensions.map { suspension in
                        tag("li") {
                            tag("div") {
                                tag("strong") { suspension.scope }
                                ": \(suspension.kind == .pause ? "paused" : "silenced") by \(suspension.by), "
                                moments.ago(suspension.at)
                                if let countdown = moments.countdown(to: suspension.until) {
                                    "; ends "
                                    countdown
                                } else {
                                    "; until it is lifted"
                                }
                                if !suspension.why.isEmpty { tag("p", .class("quiet")) { suspension.why } }
                            }
                            tag("a", .class("button"), .href(.lift(suspension.id))) {
                                "Lift…"
                                tag("span", .class("unseen")) { " \(suspension.scope)" }
                            }
                        }
                    }
                }
            }
        }
    }

    private var kept: HTML {
        section("fixes", "Fixes that are kept", HTML(text: (fixes ?? []).isEmpty ? "" : "\(fixes?.count ?? 0)")) {
            if let fixes, !fixes.isEmpty {
                tag("ul", .class("plain rows")) {
                    fixes.map { fix in
                        tag("li") {
                            tag("div") {
                                tag("strong") { "\(fix.namespace)/\(fix.resource)" }
                                ": \(fix.type) \(fix.value)\(fix.container.map { " of \($0)" } ?? ""), "
                                fix.state.tone.map { tone in tag("span", .class("word", tone)) { fix.state.rawValue } }
                                    ?? tag("span") { fix.state.rawValue }
                                ", since "
                                moments.ago(fix.timestamp.instant)
                                fix.imported == true ? ", imported" : ""
                                if let detail = fix.detail { tag("p", .class("quiet")) { detail } }
                            }
                            // Which one an imported fix healed nobody here saw.
                            if let incident = fix.incident, fix.imported != true {
                                tag("a", .href(.incident(incident))) {
                                    "Incident"
                                    tag("span", .class("unseen")) { " that it healed" }
                                }
                            }
                        }
                    }
                }
            } else {
                tag("p", .class("empty")) { fixes == nil ? "What is kept is not known yet." : "Nothing is kept of earlier attempts." }
            }
        }
    }

    private var thresholds: HTML {
        let own = settings.settings.count { !$0.isDefault }
        return section("thresholds", "Thresholds in force", HTML(text: "\(own) set, \(settings.settings.count - own) by default")) {
            if settings.settings.isEmpty {
                tag("p", .class("empty")) { "No thresholds are in force." }
            } else {
                table(settings.settings.filter { !$0.isDefault }, "Thresholds that are set") ?? .nothing
                // What nobody set is as the documentation has it: at hand, and not in the way.
                tag("details", .id("defaults"), own == 0 ? .flag(.open) : nil) {
                    tag("summary") { "\(counted(settings.settings.count - own, "threshold")) by default" }
                    table(settings.settings.filter(\.isDefault), "Thresholds by default")
                }
            }
        }
    }

    private func table(_ settings: [SettingsInForce.Setting], _ label: String) -> HTML? {
        guard !settings.isEmpty else { return nil }
        return tag("div", .class("scroll"), .number(.tabindex, 0), .role("group"), .label(label)) {
            tag("table", .class("list settings")) {
                tag("thead") {
                    tag("tr") {
                        ["Key", "Value", "From", "What it does"].map { name in tag("th", .scope("col")) { name } }
                    }
                }
                tag("tbody") { settings.map { row($0) } }
            }
        }
    }

    private func row(_ setting: SettingsInForce.Setting) -> HTML {
        tag("tr") {
            tag("th", .scope("row")) { tag("code") { setting.name } }
            tag("td", setting.isDefault ? .class("value quiet") : .class("value"), .column("Value")) {
                setting.value.isEmpty ? "none" : setting.value
            }
            tag("td", .column("From")) {
                if setting.isDefault {
                    tag("span", .class("quiet")) { "default" }
                } else {
                    tag("span") {
                        tag("strong") { setting.origin }
                        tag("span", .class("quiet line")) { "default \(setting.standard.isEmpty ? "none" : setting.standard)" }
                    }
                }
            }
            tag("td", .class("quiet")) { setting.summary }
        }
    }
}

extension FixReport.State {
    /// In which colour it is said; nil where nothing is wrong and nothing is to be praised.
    fileprivate var tone: Tone? {
        switch self {
        case .holds: .ok
        case .drifted: .warn
        case .outgrown, .idle, .unknown: nil
        }
    }
}
