/// An attribute of an element. Those that a browser runs (`on…`, `style`) cannot be written, and an address is a ``WebPath``: nothing that
/// comes from elsewhere becomes a `javascript:` link.
struct Attribute: Hashable, Sendable {
    /// With the space before it.
    let markup: String

    private init(_ name: StaticString, _ value: String) { markup = " \(name)=\"\(HTML.escaped(value))\"" }
    private init(bare name: StaticString) { markup = " \(name)" }

    // Texts from anywhere.
    static func id(_ value: String) -> Attribute { Attribute("id", value) }
    static func title(_ value: String) -> Attribute { Attribute("title", value) }
    static func label(_ value: String) -> Attribute { Attribute("aria-label", value) }
    static func value(_ value: String) -> Attribute { Attribute("value", value) }
    static func datetime(_ value: String) -> Attribute { Attribute("datetime", value) }
    static func points(_ value: String) -> Attribute { Attribute("points", value) }
    static func forID(_ value: String) -> Attribute { Attribute("for", value) }
    static func labelledBy(_ value: String) -> Attribute { Attribute("aria-labelledby", value) }
    static func describedBy(_ value: String) -> Attribute { Attribute("aria-describedby", value) }

    // Addresses on this server.
    static func href(_ path: WebPath) -> Attribute { Attribute("href", path.text) }
    static func src(_ path: WebPath) -> Attribute { Attribute("src", path.text) }
    static func action(_ path: WebPath) -> Attribute { Attribute("action", path.text) }

    // What stands in the source.
    static func `class`(_ names: StaticString) -> Attribute { Attribute("class", names.description) }
    static func `class`(_ names: StaticString, _ tone: Tone) -> Attribute { Attribute("class", "\(names) \(tone.rawValue)") }
    static func role(_ role: StaticString) -> Attribute { Attribute("role", role.description) }
    static func name(_ name: StaticString) -> Attribute { Attribute("name", name.description) }
    static func type(_ type: StaticString) -> Attribute { Attribute("type", type.description) }
    static func column(_ name: StaticString) -> Attribute { Attribute("data-label", name.description) }
    static func scope(_ scope: StaticString) -> Attribute { Attribute("scope", scope.description) }
    static func fixed(_ name: FixedName, _ value: StaticString) -> Attribute { Attribute(name.rawName, value.description) }
    static func flag(_ name: Flag) -> Attribute { Attribute(bare: name.rawName) }

    // Numbers.
    static func number(_ name: NumberName, _ value: Double) -> Attribute { Attribute(name.rawName, Self.text(value)) }
    static func number(_ name: NumberName, _ value: Int) -> Attribute { Attribute(name.rawName, String(value)) }
    static func viewBox(_ width: Int, _ height: Int) -> Attribute { Attribute("viewBox", "0 0 \(width) \(height)") }
    static func milliseconds(_ name: TimeName, _ value: Int64) -> Attribute { Attribute(name.rawName, String(value)) }

    /// Attributes whose values all stand in the source.
    enum FixedName {
        case lang, charset, content, rel, method, autocomplete, hidden, ariaCurrent, ariaLive, preserveAspectRatio, vectorEffect, httpEquiv
        case path, dataEvents, inputMode

        var rawName: StaticString {
            switch self {
            case .lang: "lang"
            case .charset: "charset"
            case .content: "content"
            case .rel: "rel"
            case .method: "method"
            case .autocomplete: "autocomplete"
            case .hidden: "aria-hidden"
            case .ariaCurrent: "aria-current"
            case .ariaLive: "aria-live"
            case .preserveAspectRatio: "preserveAspectRatio"
            case .vectorEffect: "vector-effect"
            case .httpEquiv: "http-equiv"
            case .path: "d"
            case .dataEvents: "data-events"
            case .inputMode: "inputmode"
            }
        }
    }

    /// Attributes that are there or not.
    enum Flag {
        case defer_, required, autofocus, selected, hidden, open

        var rawName: StaticString {
            switch self {
            case .defer_: "defer"
            case .required: "required"
            case .autofocus: "autofocus"
            case .selected: "selected"
            case .hidden: "hidden"
            case .open: "open"
            }
        }
    }

    /// Attributes that are numbers.
    enum NumberName {
        case x, y, x1, x2, y1, y2, width, height, rx, maxlength, tabindex, colspan

        var rawName: StaticString {
            switch self {
            case .x: "x"
            case .y: "y"
            case .x1: "x1"
            case .x2: "x2"
            case .y1: "y1"
            case .y2: "y2"
            case .width: "width"
            case .height: "height"
            case .rx: "rx"
            case .maxlength: "maxlength"
            case .tabindex: "tabindex"
            case .colspan: "colspan"
            }
        }
    }

    /// Times that the page's script reads.
    enum TimeName {
        case now, until

        var rawName: StaticString {
            switch self {
            case .now: "data-now"
            case .until: "data-until"
            }
        }
    }

    /// Two digits after the point are finer than a screen; a number that is none is 0.
    static func text(_ value: Double) -> String {
        guard value.isFinite, value.magnitude < 1e12 else { return "0" }
        let hundredths = Int((value * 100).rounded())
        let (whole, rest) = (abs(hundredths) / 100, abs(hundredths) % 100)
        let sign = hundredths < 0 ? "-" : ""
        if rest == 0 { return "\(sign)\(whole)" }
        if rest % 10 == 0 { return "\(sign)\(whole).\(rest / 10)" }
        return "\(sign)\(whole).\(rest < 10 ? "0" : "")\(rest)"
    }
}
