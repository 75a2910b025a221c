import AutomatonCore
import Foundation
import Testing

@testable import WebAPI

@Suite("Dashboard: markup")
struct HTMLTests {
    /// Texts of what breaks out of markup elsewhere, at random.
    private static func hostile(_ seed: UInt64) -> String {
        let pieces = [
            "<", ">", "\"", "'", "&", "</script>", "<script>alert(1)</script>", "<!--", "-->", "]]>", "&amp;", "&#x3c;",
            "javascript:alert(1)",
            "\u{202E}", "\u{0}", "\u{1B}[31m", "\u{FFFE}", "=", "`", " onload=x ", "ä", "語", "🙂", "\n", "a",
        ]
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        return (0..<12).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return pieces[Int(state % UInt64(pieces.count))]
        }.joined()
    }

    @Test("A text never becomes markup, wherever it stands", arguments: 0..<300 as Range<UInt64>)
    func escaping(seed: UInt64) throws {
        let text = Self.hostile(seed)
        let markup = tag("p", .title(text), .id(text), .value(text)) { text }.markup
        #expect(markup.hasPrefix("<p title=\"") && markup.hasSuffix("</p>"))
        #expect(markup.count { $0 == "<" } == 2 && markup.count { $0 == ">" } == 2, "\(markup)")
        #expect(markup.count { $0 == "\"" } == 6 && !markup.contains("'"), "\(markup)")
        #expect(!markup.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" && $0 != "\t" || $0 == "\u{202E}" })
        // What a browser reads is what was meant, but for what it must not show.
        let inside = try #require(markup.split(separator: ">", maxSplits: 1).last?.dropLast("</p>".count))
        let read = inside.replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&quot;", with: "\"")
            .replacing("&#39;", with: "'").replacing("&amp;", with: "&")
        let shown = String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { "\u{0}\u{1B}\u{202E}\u{FFFE}".unicodeScalars.contains($0) ? "\u{FFFD}" : $0 }))
        #expect(String(read) == shown)
    }

    @Test("An address stays on this server, whatever its parts are", arguments: 0..<100 as Range<UInt64>)
    func addresses(seed: UInt64) throws {
        let text = Self.hostile(seed)
        let path = WebPath("/actions/silence", query: ["rule": text, "subject": nil])
        #expect(path.text.hasPrefix("/actions/silence?rule="))
        #expect(path.text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && ![0x22, 0x27, 0x3C, 0x3E].contains($0) })
        let components = try #require(URLComponents(string: path.text))
        #expect(components.queryItems == [URLQueryItem(name: "rule", value: text)])
        #expect(!WebPath.incident(text).text.dropFirst("/incidents/".count).contains("/"))
    }

    @Test(
        "Where a person is sent after signing in is a page of this server",
        arguments: [
            ("/", true), ("/actions/pause?rule=oom-killed", true), ("/incidents/2026-x", true), ("//evil.example", false),
            ("https://evil.example", false), ("javascript:alert(1)", false), ("/\\evil.example", false), ("/\r\nSet-Cookie: a=b", false),
            ("", false),
        ])
    func local(path: String, isGood: Bool) {
        #expect((WebPath(local: path) != nil) == isGood)
    }

    @Test("Elements without content have no end, and nothing is left of an attribute that is nil")
    func elements() {
        #expect(tag("input", .name("a"), nil, .flag(.required)).markup == "<input name=\"a\" required>")
        #expect(tag("p").markup == "<p></p>")
        #expect(Attribute.text(-1.5) == "-1.5" && Attribute.text(.nan) == "0" && Attribute.text(3) == "3" && Attribute.text(0.05) == "0.05")
    }

    @Test("Times are told in one unit, and count down to the second")
    func times() {
        #expect(
            Moments.ago(.seconds(3)) == "just now" && Moments.ago(.seconds(59)) == "59 s ago" && Moments.ago(.seconds(3599)) == "59 min ago"
        )
        #expect(Moments.ago(.hours(47)) == "47 h ago" && Moments.ago(.hours(49)) == "2 d ago")
        #expect(
            Moments.clock(.milliseconds(1)) == "1 s" && Moments.clock(.seconds(252)) == "4 min 12 s"
                && Moments.clock(.hours(25)) == "1 d 1 h")
        let moments = Moments(now: Instant(seconds: 1_795_329_885))
        #expect(
            moments.ago(Instant(seconds: 1_795_329_705)).markup
                == "<time datetime=\"2026-11-22T06:41:45Z\" title=\"2026-11-22 06:41:45 UTC\">3 min ago</time>")
    }
}

@Suite("Dashboard: colours")
struct PaletteTests {
    /// The ratio of two colours (WCAG 2.2, "contrast ratio").
    static func contrast(_ one: Colour, _ other: Colour) -> Double {
        func luminance(_ colour: Colour) -> Double {
            func linear(_ part: UInt8) -> Double {
                let share = Double(part) / 255
                return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
            }
            return 0.2126 * linear(colour.red) + 0.7152 * linear(colour.green) + 0.0722 * linear(colour.blue)
        }
        let (light, dark) = (max(luminance(one), luminance(other)), min(luminance(one), luminance(other)))
        return (light + 0.05) / (dark + 0.05)
    }

    @Test("The measure itself")
    func measure() {
        #expect(abs(Self.contrast(Colour(0x000000), Colour(0xFFFFFF)) - 21) < 0.001)
        #expect(abs(Self.contrast(Colour(0x777777), Colour(0xFFFFFF)) - 4.48) < 0.01)
    }

    @Test("Every text can be read on every ground that it stands on: WCAG AA, 4.5 to 1", arguments: [Palette.light, .dark])
    func texts(palette: Palette) {
        let grounds: [Palette.Role] = [.page, .surface, .sunken]
        for text in [Palette.Role.text, .quiet, .accent, .ok, .busy, .warn, .bad, .idle] {
            for ground in grounds { expect(palette, text, ground, 4.5) }
        }
        for (tone, tint) in [
            (Palette.Role.ok, Palette.Role.okTint), (.busy, .busyTint), (.warn, .warnTint), (.bad, .badTint), (.idle, .idleTint),
        ] {
            expect(palette, tone, tint, 4.5)
            expect(palette, .text, tint, 4.5)
            expect(palette, .accent, tint, 4.5)
        }
        expect(palette, .onAccent, .accent, 4.5)
    }

    @Test("Edges of what can be used, and drawings, stand out: 3 to 1", arguments: [Palette.light, .dark])
    func edges(palette: Palette) {
        for ground in [Palette.Role.page, .surface] { expect(palette, .control, ground, 3) }
        for mark in [Palette.Role.ok, .busy, .warn, .bad, .idle, .accent] { expect(palette, mark, .sunken, 3) }
        expect(palette, .accent, .busyTint, 3)
    }

    private func expect(_ palette: Palette, _ one: Palette.Role, _ other: Palette.Role, _ least: Double) {
        let ratio = Self.contrast(palette[one], palette[other])
        #expect(ratio >= least, "\(one) on \(other): \(ratio)")
    }

    @Test("The style sheet has no colours but these, and asks no other host")
    func sheet() {
        let rest = StyleSheet.text.replacing(Palette.light.properties, with: "").replacing(Palette.dark.properties, with: "")
        #expect(rest.firstMatch(of: /#[0-9a-f]{3,8}[;}]/) == nil)
        for text in [StyleSheet.text, Script.text] { #expect(!text.contains("://") && !text.contains("@import")) }
    }
}
