/// Markup that nothing can break out of: names of tags and attributes stand in the source, and every text that comes from elsewhere is
/// escaped on its way in. There is no way from a `String` to markup but through the escaping.
struct HTML: Hashable, Sendable {
    /// The markup as it is sent.
    let markup: String

    private init(markup: String) { self.markup = markup }

    static let nothing = HTML(markup: "")

    /// A text, escaped.
    init(text: some StringProtocol) { markup = Self.escaped(text) }

    /// Markup that stands in the source as it is.
    init(source: StaticString) { markup = source.description }

    init(joining parts: [HTML]) { markup = parts.map(\.markup).joined() }

    /// An element with what is in it.
    init(_ name: StaticString, _ attributes: [Attribute], _ content: HTML) {
        var markup = "<\(name)"
        for attribute in attributes { markup += attribute.markup }
        markup += ">"
        if !Self.isVoid(name) { markup += "\(content.markup)</\(name)>" }
        self.markup = markup
    }

    private static let void: Set<String> = ["br", "hr", "input", "link", "meta"]
    private static func isVoid(_ name: StaticString) -> Bool { void.contains(name.description) }

    /// A text as it stands in an element and between the quotes of an attribute. Control characters, and those that turn the direction of
    /// text, are shown as what they are not: a replacement character.
    static func escaped(_ text: some StringProtocol) -> String {
        var escaped = ""
        escaped.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            case "\t", "\n": escaped.unicodeScalars.append(scalar)
            default: escaped.unicodeScalars.append(isHarmful(scalar.value) ? "\u{FFFD}" : scalar)
            }
        }
        return escaped
    }

    private static func isHarmful(_ value: UInt32) -> Bool {
        switch value {
        case 0..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFDD0...0xFDEF: true
        default: value & 0xFFFE == 0xFFFE
        }
    }
}

/// An element: `tag("p", .class("quiet")) { "text" }`.
func tag(_ name: StaticString, _ attributes: Attribute?..., @HTMLBuilder content: () -> HTML = { .nothing }) -> HTML {
    HTML(name, attributes.compactMap { $0 }, content())
}

/// Joins what stands one after the other; texts are escaped.
@resultBuilder
enum HTMLBuilder {
    static func buildExpression(_ html: HTML) -> HTML { html }
    static func buildExpression(_ html: HTML?) -> HTML { html ?? .nothing }
    static func buildExpression(_ list: [HTML]) -> HTML { HTML(joining: list) }
    static func buildExpression(_ text: String) -> HTML { HTML(text: text) }
    static func buildBlock(_ parts: HTML...) -> HTML { HTML(joining: parts) }
    static func buildOptional(_ part: HTML?) -> HTML { part ?? .nothing }
    static func buildEither(first part: HTML) -> HTML { part }
    static func buildEither(second part: HTML) -> HTML { part }
    static func buildArray(_ parts: [HTML]) -> HTML { HTML(joining: parts) }
}
