import SeededRandom
import AutomatonCore
import Testing

#if canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// What holds for every text.
@Suite struct SecretScrubberPropertyTests {
    /// A secret, and the bytes of it that must not be left anywhere.
    private struct Planted {
        var text: String
        var core: String
    }

    private static let alphanumeric = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
    private static let hexadecimal = Array("0123456789abcdef")
    private static let noise =
        "abc XYZ019 \n\t.,:;=-_/@\"'\\()[]{}<>&?%#|*$+~`äß🙂".map { String($0) } + ["://", "pass", "key", "\r\n", "***", "--"]
    private static let words = [
        "error", "started", "2026-01-01T12:00:00Z", "user=x", "\"level\":\"info\"", "pod/email-7c9-x2", "https://example.com/a?b=c",
        "[main]",
        "{", "}", "12Mi", "-", "=", ":", "\n", "\n", "the", "failed:", "'", "\"", "(", ")", "***", "token", "password", "Bearer", "--flag",
        "-----BEGIN", "@", "://", "\\n", "sha256:", "null", ",", ";", "&",
    ]

    private static func random(_ alphabet: [Character], _ count: Int, _ generator: inout SplitMix64) -> String {
        String((0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] })
    }

    private static func planted(_ generator: inout SplitMix64) -> Planted {
        func core(_ count: Int) -> String { random(alphanumeric, count, &generator) }
        switch Int.random(in: 0..<18, using: &generator) {
        case 0: let it = core(12); return Planted(text: "password=\(it)", core: it)
        case 1: let it = core(12); return Planted(text: "\"password\": \"\(it)\"", core: it)
        case 2: let it = core(12); return Planted(text: "DB_PASSWORD: \(it)", core: it)
        case 3: let it = core(24); return Planted(text: "Authorization: Bearer \(it)", core: it)
        case 4: let it = core(12); return Planted(text: "api_key='\(it)'", core: it)
        case 5: let it = core(36); return Planted(text: "ghp_\(it)", core: it)
        case 6: let it = core(40); return Planted(text: "xoxb-\(it)", core: it)
        case 7: let it = core(35); return Planted(text: "AIza\(it)", core: it)
        case 8: let it = core(24); return Planted(text: "sk_live_\(it)", core: it)
        case 9: let it = random(Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), 16, &generator); return Planted(text: "AKIA\(it)", core: it)
        case 10: let it = core(60); return Planted(text: "eyJhbGciOiJIUzI1NiJ9.\(it).\(core(43))", core: it)
        case 11: let it = core(12); return Planted(text: "postgres://user:\(it)@db.example.com:5432/x", core: it)
        case 12: let it = core(12); return Planted(text: "Server=db;User Id=sa;Password=\(it);Encrypt=true", core: it)
        case 13:
            let it = core(64)
            return Planted(text: "-----BEGIN RSA PRIVATE KEY-----\n\(it)\n\(core(20))=\n-----END RSA PRIVATE KEY-----", core: it)
        case 14: let it = core(12).lowercased(); return Planted(text: "\(it)@example.com", core: it)
        case 15: let it = random(hexadecimal, 40, &generator); return Planted(text: it, core: it)
        case 16: let it = core(12); return Planted(text: "--token \(it)", core: it)
        default: let it = core(12); return Planted(text: "jdbc:postgresql://db/x?user=u&password=\(it)", core: it)
        }
    }

    private static func text(_ generator: inout SplitMix64) -> String {
        (0..<Int.random(in: 0..<20, using: &generator)).map { _ in
            generator.chance(50)
                ? words[Int.random(in: 0..<words.count, using: &generator)] + " "
                : noise[Int.random(in: 0..<noise.count, using: &generator)]
        }.joined()
    }

    @Test(arguments: 0..<40) func aPlantedSecretNeverSurvives(_ seed: Int) {
        var generator = SplitMix64(UInt64(seed))
        for _ in 0..<250 {
            let secret = Self.planted(&generator)
            let text = Self.text(&generator) + " " + secret.text + " " + Self.text(&generator)
            let left = SecretScrubber.scrub(text)
            if left.contains(secret.core) { Issue.record("\(secret.text) survives in \(text.debugDescription): \(left.debugDescription)") }
        }
    }

    @Test(arguments: 0..<40) func scrubbingTwiceChangesNothing(_ seed: Int) {
        var generator = SplitMix64(UInt64(1000 + seed))
        for _ in 0..<250 {
            var text = Self.text(&generator)
            if generator.chance(60) { text += Self.planted(&generator).text + Self.text(&generator) }
            let once = SecretScrubber.scrub(text)
            let twice = SecretScrubber.scrub(once)
            if once != twice { Issue.record("\(text.debugDescription): \(once.debugDescription), then \(twice.debugDescription)") }
        }
    }

    /// Keys without a name are found by their looks, which is a matter of chance: how often, is measured.
    @Test(arguments: [(24, 6.0), (32, 1.5), (40, 0.5), (64, 0.05)]) func nearlyEveryRandomWordGoes(_ length: Int, _ mostPercent: Double) {
        var generator = SplitMix64(7, "random", "\(length)")
        let survivors = (0..<4000).filter { _ in
            let word = Self.random(Self.alphanumeric, length, &generator)
            return SecretScrubber.scrub("key \(word) used") == "key \(word) used"
        }.count
        #expect(Double(survivors) / 40 <= mostPercent)
    }

    /// The time is linear, whatever the text is: eight times the text takes no more than some twenty times as long, where a square would
    /// take sixty-four.
    @Test(arguments: [
        "eyJ", "a@", "password=", "://", "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----\n", "Bearer ", "\\\"", "a:b@", "sk-",
        "AKIA", "-",
        "a", "aB1", "password=a,", "x://y:z@", "550e8400-", "%40", "'", "\"password\":\"", "password ", "ghp_", "aA/", "0:",
    ])
    func hostileTextTakesLinearTime(_ unit: String) {
        func time(_ count: Int) -> Duration {
            let text = String(repeating: unit, count: count / unit.utf8.count)
            return (0..<3).map { _ in Self.processorTime { _ = SecretScrubber.scrub(text) } }.min() ?? .zero
        }
        // Of this thread alone: what else the machine does is not counted.
        let short = time(16 << 10)
        let long = time(128 << 10)
        #expect(long < short * 24 + .milliseconds(20))
    }

    private static func processorTime(_ body: () -> Void) -> Duration {
        func now() -> Duration {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
        }
        let start = now()
        body()
        return now() - start
    }
}
