internal import AutomatonCore

/// The frame that all pages have in common.
struct Page: Sendable {
    /// The pages that the head leads to.
    enum Section: CaseIterable, Hashable, Sendable {
        case overview, incidents, rules, settings

        var name: String {
            switch self {
            case .overview: "Overview"
            case .incidents: "Incidents"
            case .rules: "Rules"
            case .settings: "Settings"
            }
        }

        var path: WebPath {
            switch self {
            case .overview: .overview
            case .incidents: .incidents
            case .rules: .rules
            case .settings: .settings
            }
        }
    }

    /// What the browser's tab says before the program's name.
    var title: String
    /// Nil where none of them is shown.
    var section: Section?
    /// Whether it shows what changes: one that is filled in is left alone.
    var isLive = true
    /// What was done just now.
    var told: HTML?
    /// Whether who asks may sign out.
    var isSignedIn = false
    /// When it is made.
    var now: Instant
    var version: String
    var content: HTML

    /// The document.
    var html: HTML {
        HTML(joining: [
            HTML(source: "<!doctype html>\n"),
            tag("html", .fixed(.lang, "en")) {
                head
                body
            },
        ])
    }

    private var head: HTML {
        tag("head") {
            tag("meta", .fixed(.charset, "utf-8"))
            tag("meta", .name("viewport"), .fixed(.content, "width=device-width, initial-scale=1"))
            tag("meta", .name("color-scheme"), .fixed(.content, "light dark"))
            tag("title") { "\(title) · Automaton" }
            tag("link", .fixed(.rel, "icon"), .href(.icon))
            tag("link", .fixed(.rel, "stylesheet"), .href(.style))
            if isLive {
                tag("noscript") { tag("meta", .fixed(.httpEquiv, "refresh"), .fixed(.content, "15")) }
            }
            tag("script", .src(.script), .flag(.defer_))
        }
    }

    private var body: HTML {
        tag("body", isLive ? .fixed(.dataEvents, "/api/autoheal/events") : nil) {
            tag("a", .class("skip"), .href(WebPath("#main"))) { "Skip to the content" }
            tag("header", .class("top")) {
                tag("div", .class("wrap")) {
                    tag("a", .class("brand"), .href(.overview)) {
                        mark
                        tag("span") { "Automaton" }
                    }
                    tag("nav", .label("Pages")) {
                        Section.allCases.map { section in
                            tag("a", .href(section.path), section == self.section ? .fixed(.ariaCurrent, "page") : nil) { section.name }
                        }
                    }
                    tag("div", .class("tools")) {
                        if isLive {
                            tag(
                                "button", .type("button"), .id("live"), .class("live"), .title("Hold the page as it is, or let it follow"),
                                .fixed(.ariaLive, "off"), .flag(.hidden)
                            ) { tag("span") { "Live" } }
                        }
                        if isSignedIn {
                            tag("form", .fixed(.method, "post"), .action(.signOut)) {
                                tag("button", .type("submit"), .class("button plain")) { "Sign out" }
                            }
                        }
                        tag("a", .class("button"), .href(.pause())) { "Pause…" }
                    }
                }
            }
            tag("div", .class("wrap"), .role("status"), .id("told")) {
                if let told { tag("p", .class("told")) { told } }
            }
            tag("main", .id("main"), .class("wrap"), .number(.tabindex, -1), .milliseconds(.now, now.microseconds / 1000)) { content }
            tag("footer", .class("wrap")) {
                tag("p") {
                    "Self-healing automaton \(version). Times are UTC; point at one for the second. Also here: "
                    tag("a", .href(WebPath("/metrics"))) { "metrics" }
                    ", "
                    tag("a", .href(WebPath("/api/autoheal/explain"))) { "explain" }
                    ", "
                    tag("a", .href(WebPath("/api/autoheal/decisions"))) { "decisions" }
                    "."
                }
            }
        }
    }

    private var mark: HTML {
        tag("svg", .class("mark"), .viewBox(32, 32), .fixed(.hidden, "true")) {
            tag("rect", .number(.width, 32), .number(.height, 32), .number(.rx, 8))
            tag("path", .fixed(.path, "M5 17h5l3-8 6 15 3-7h5"))
        }
    }
}

/// A part of a page with a heading.
func section(
    _ id: String, _ heading: String, _ aside: HTML? = nil, @HTMLBuilder _ content: () -> HTML
) -> HTML {
    tag("section", .id(id), .class("card"), .labelledBy("\(id)-heading")) {
        tag("div", .class("heading")) {
            tag("h2", .id("\(id)-heading")) { heading }
            if let aside { tag("div", .class("aside")) { aside } }
        }
        content()
    }
}
