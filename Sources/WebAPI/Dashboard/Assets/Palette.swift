/// A colour, as sRGB.
struct Colour: Hashable, Sendable {
    let red: UInt8
    let green: UInt8
    let blue: UInt8

    init(_ hex: UInt32) {
        (red, green, blue) = (UInt8(hex >> 16 & 0xFF), UInt8(hex >> 8 & 0xFF), UInt8(hex & 0xFF))
    }

    /// `#1a2129`.
    var css: String {
        "#" + [red, green, blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

/// The colours of the pages, by what they mean; the style sheet has no others.
struct Palette: Hashable, Sendable {
    /// A colour by its meaning.
    enum Role: String, CaseIterable, Hashable, Sendable {
        case page, surface, sunken, text, quiet, line, control, accent, onAccent = "on-accent"
        case ok, busy, warn, bad, idle
        case okTint = "ok-tint", busyTint = "busy-tint", warnTint = "warn-tint", badTint = "bad-tint", idleTint = "idle-tint"
    }

    private let colours: [Role: Colour]

    subscript(_ role: Role) -> Colour { colours[role] ?? Colour(0) }

    /// The custom properties of the style sheet.
    var properties: String { Role.allCases.map { "--\($0.rawValue):\(self[$0].css)" }.joined(separator: ";") }

    static let light = Palette(colours: [
        .page: Colour(0xF4F5F7), .surface: Colour(0xFFFFFF), .sunken: Colour(0xEEF0F3), .text: Colour(0x161C24), .quiet: Colour(0x515C69),
        .line: Colour(0xDDE1E6), .control: Colour(0x7C8794), .accent: Colour(0x1A56B0), .onAccent: Colour(0xFFFFFF),
        .ok: Colour(0x17693A), .busy: Colour(0x1A56B0), .warn: Colour(0x855100), .bad: Colour(0xB3261E), .idle: Colour(0x515C69),
        .okTint: Colour(0xE4F3E9), .busyTint: Colour(0xE5EEFB), .warnTint: Colour(0xFCF0DA), .badTint: Colour(0xFBE8E6),
        .idleTint: Colour(0xECEEF1),
    ])

    static let dark = Palette(colours: [
        .page: Colour(0x0E1217), .surface: Colour(0x161B22), .sunken: Colour(0x1E242D), .text: Colour(0xE6EAF0), .quiet: Colour(0xA3AEBB),
        .line: Colour(0x2A323C), .control: Colour(0x6E7985), .accent: Colour(0x8AB6FF), .onAccent: Colour(0x0B1522),
        .ok: Colour(0x74D396), .busy: Colour(0x8AB6FF), .warn: Colour(0xF3BC55), .bad: Colour(0xFF9088), .idle: Colour(0xA3AEBB),
        .okTint: Colour(0x14291D), .busyTint: Colour(0x15263F), .warnTint: Colour(0x302510), .badTint: Colour(0x3A1B1A),
        .idleTint: Colour(0x232A33),
    ])
}
