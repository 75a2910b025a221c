import AutomatonCore
import Foundation
import Logging
import Testing

@testable import Engine

@Suite("Log formats")
struct LoggingFormatTests {
    static let texts = [
        "", "plain", "with \"quotes\" and \\ backslash", "line\nfeed\r\ttab", String(decoding: 0..<32, as: UTF8.self), "\u{7F}\u{80}\u{9F}",
        "🚑 👩🏽‍🚒 größe 東京", "\u{2028}\u{2029}\u{202E}", String(decoding: [0x61, 0xFF, 0xC3, 0x28, 0xED, 0xA0, 0x80] as [UInt8], as: UTF8.self),
        "\u{1B}[31mred\u{1B}[0m", String(repeating: "long ", count: 5000), "\u{0}", "</script>", "a=b",
    ]

    @Test("What is logged as JSON reads back as it was", arguments: texts)
    func roundTrip(text: String) throws {
        let capture = try LogCapture()
        capture.logger().warning("\(text)", metadata: ["key": "\(text)", "list": ["\(text)", ["\(text)": "x"]]])
        let object = try #require(try capture.objects.first)
        #expect(object["message"] as? String == text)
        #expect(object["key"] as? String == text)
        let list = try #require(object["list"] as? [Any])
        #expect(list.first as? String == text)
        #expect(list.last as? [String: String] == [text: "x"])
        #expect(object["level"] as? String == "warning")
        #expect(object["logger"] as? String == "test")
        #expect(object["time"] as? String == "2026-03-01T12:00:03.042Z")
    }

    @Test("Random text reads back as it was")
    func randomRoundTrip() throws {
        let capture = try LogCapture()
        let logger = capture.logger()
        var generator = SystemRandomNumberGenerator()
        let texts = (0..<300).map { _ in
            String(
                decoding: (0..<Int.random(in: 0...40, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) },
                as: UTF8.self)
        }
        for text in texts { logger.info("\(text)", metadata: ["\(text)": "v"]) }
        let objects = try capture.objects
        #expect(objects.compactMap { $0["message"] as? String } == texts)
    }

    @Test("The bytes of a line")
    func golden() throws {
        let capture = try LogCapture()
        var logger = capture.logger(provider: Logger.MetadataProvider { ["trace": "t1", "b": "provider"] })
        logger[metadataKey: "b"] = "handler"
        logger.notice(
            "hello",
            metadata: [
                "time": "mine", "n": .stringConvertible(-3), "x": .stringConvertible(1.5), "nan": .stringConvertible(Double.nan),
                "yes": .stringConvertible(true), "u": .stringConvertible(UInt64.max), "who": .stringConvertible(AttemptID("a-1")),
            ])
        #expect(
            try capture.text == #"{"time":"2026-03-01T12:00:03.042Z","level":"notice","logger":"test","message":"hello","b":"provider","#
                + #""n":-3,"nan":"nan","time_":"mine","trace":"t1","u":18446744073709551615,"who":"a-1","x":1.5,"yes":true}"# + "\n")
    }

    @Test("An error that comes with a line is a field")
    func error() throws {
        let capture = try LogCapture()
        capture.logger().error("failed", error: ParameterError("factor", "must be above 1"))
        #expect(try capture.objects.first?["error"] as? String == "factor: must be above 1")
    }

    @Test("Lines of many tasks do not interleave")
    func concurrency() async throws {
        let capture = try LogCapture()
        let logger = capture.logger()
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for line in 0..<50 { logger.info("\(String(repeating: "\(task)", count: 5000))", metadata: ["line": "\(line)"]) }
                }
            }
        }
        let objects = try capture.objects
        #expect(objects.count == 400)
        #expect(objects.allSatisfy { ($0["message"] as? String).map { Set($0).count == 1 && $0.count == 5000 } ?? false })
    }

    @Test("A reader that is gone or does not read holds nothing up for good")
    func stuckReader() throws {
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { close(ends[1]) }
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        let output = LogOutput(descriptor: ends[1])
        let start = ContinuousClock.now
        output.write(Array(repeating: 0x61, count: 1 << 20))
        #expect(ContinuousClock.now - start < .seconds(60))
        close(ends[0])
        output.write([0x61])
    }

    @Test("The readable form is one line, and harmless", arguments: texts)
    func readable(text: String) throws {
        let capture = try LogCapture()
        capture.logger(.readable(colour: false)).error("\(text)", metadata: ["key": "\(text)", "\(text)": "v"])
        let written = try capture.text
        #expect(written.hasPrefix("12:00:03.042 ERROR    "))
        #expect(written.unicodeScalars.count { $0 == "\n" } == 1)
        let harmful = written.unicodeScalars.dropLast().filter {
            $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) || (0x202A...0x202E).contains($0.value)
        }
        #expect(harmful.isEmpty)
    }

    @Test("The readable form, and its colours")
    func readableGolden() throws {
        let capture = try LogCapture()
        let metadata: Logger.Metadata = ["rule": "oom", "why": "3 min \"left\"", "list": ["a", "b c"]]
        capture.logger(.readable(colour: false)).info("Holding", metadata: metadata)
        capture.logger(.readable(colour: true)).warning("Größe\u{1B}[0m", metadata: ["a": "b"])
        capture.logger(.readable(colour: false)).debug("inside")
        #expect(
            try capture.text == """
                12:00:03.042 INFO     Holding list="[\\"a\\", \\"b c\\"]" rule=oom why="3 min \\"left\\""
                12:00:03.042 \u{1B}[33mWARNING\u{1B}[0m  Größe\\u{1B}[0m \u{1B}[2ma=\u{1B}[0mb
                12:00:03.042 DEBUG    inside (test)

                """)
    }

    @Test(
        "The form suits the output",
        arguments: [
            (false, nil, [:], .json), (true, nil, [:], .readable(colour: true)), (true, nil, ["NO_COLOR": "1"], .readable(colour: false)),
            (true, nil, ["NO_COLOR": ""], .readable(colour: true)), (true, nil, ["TERM": "dumb"], .readable(colour: false)),
            (true, "json", [:], .json), (false, "text", [:], .readable(colour: false)), (true, "text", [:], .readable(colour: true)),
        ] as [(Bool, String?, [String: String], LogFormat)])
    func suited(terminal: Bool, forced: String?, environment: [String: String], format: LogFormat) throws {
        let capture = try LogCapture()
        let master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        try #require(master >= 0)
        defer { close(master) }
        let output = terminal ? LogOutput(descriptor: master) : capture.output
        #expect(output.isTerminal == terminal)
        #expect(LogFormat.suited(to: output, forced: forced, environment: environment) == format)
    }
}
