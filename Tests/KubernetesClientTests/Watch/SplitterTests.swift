import SeededRandom
import Foundation
import Testing

@testable import KubernetesClient

/// The same bytes give the same items, wherever the network cuts them.
struct SplitterTests {
    private static func random(_ generator: inout some RandomNumberGenerator, depth: Int = 0) -> String {
        let texts = [
            #""""#, #""plain""#, #""q\"uote""#, #""back\\""#, #""\\\\\"{[,""#, #""ünïcode \u00e9 ]}""#,
            #""a longer text with: punctuation, and more""#,
        ]
        switch Int.random(in: 0..<(depth > 4 ? 4 : 6), using: &generator) {
        case 0: return texts.randomElement(using: &generator) ?? "0"
        case 1: return ["0", "-1.5e10", "12345678901234567890"].randomElement(using: &generator) ?? "0"
        case 2: return ["true", "false", "null"].randomElement(using: &generator) ?? "0"
        case 3: return ["{}", "[]", "[ ]", "{ }"].randomElement(using: &generator) ?? "0"
        case 4:
            let items = (0..<Int.random(in: 0...4, using: &generator)).map { _ in random(&generator, depth: depth + 1) }
            return "[" + items.joined(separator: [",", " ,\n "].randomElement(using: &generator) ?? ",") + "]"
        default: return object(&generator, depth: depth)
        }
    }

    private static func object(_ generator: inout some RandomNumberGenerator, depth: Int = 0) -> String {
        let members = (0..<Int.random(in: 0...4, using: &generator)).map { "\"k\($0)\\\"\":\(random(&generator, depth: depth + 1))" }
        return "{" + members.joined(separator: ",") + "}"
    }

    private static func chunks(_ bytes: [UInt8], _ generator: inout some RandomNumberGenerator, longest: Int) -> [[UInt8]] {
        var chunks: [[UInt8]] = []
        var index = 0
        while index < bytes.count {
            let end = min(bytes.count, index + Int.random(in: 1...longest, using: &generator))
            chunks.append(Array(bytes[index..<end]))
            index = end
        }
        return chunks
    }

    @Test(arguments: 0..<60)
    func listItemsDoNotDependOnChunks(seed: UInt64) throws {
        var generator = SplitMix64(seed)
        let items = (0..<Int.random(in: 0...12, using: &generator)).map { _ in Self.object(&generator) }
        let metadata = #"{"resourceVersion":"\#(seed)","continue":"x"}"#
        var members = [#""kind":"PodList""#, #""other":\#(Self.random(&generator))"#, #""metadata":\#(metadata)"#]
        members.insert(#""items": [ \#(items.joined(separator: " , ")) ]"#, at: Int.random(in: 0...3, using: &generator))
        let bytes = Array((" { " + members.joined(separator: ",\n") + "}\n").utf8)
        for longest in [1, 3, 17, 5000] {
            var splitter = ListSplitter()
            var found: [String] = []
            for chunk in Self.chunks(bytes, &generator, longest: longest) {
                try splitter.consume(chunk.span) { item in
                    found.append(item.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) })
                }
            }
            #expect(found == items)
            #expect(splitter.isComplete)
            #expect(String(decoding: splitter.metadata, as: UTF8.self) == metadata)
        }
    }

    @Test func cutListsAreNotComplete() throws {
        let bytes = Array(Wire.list([Wire.object("a", 1), Wire.object("b", 2)], version: 3).utf8)
        let end = try #require(bytes.lastIndex(of: UInt8(ascii: "}")))
        for length in 0...end {
            var splitter = ListSplitter()
            try splitter.consume(Array(bytes[..<length]).span) { _ in }
            #expect(!splitter.isComplete)
        }
    }

    @Test(arguments: ["[]", "<html>", "{\"items\":[1]}", "{\"items\" []}", "{items:[]}", "{} {}", "{\"a\":1 \"b\":2}", "{\"items\":[{}}"])
    func whatIsNoListIsRefused(text: String) {
        var splitter = ListSplitter()
        #expect(throws: FramingError.self) { try splitter.consume(Array(text.utf8).span) { _ in } }
    }

    @Test func sizesAreBounded() {
        var splitter = ListSplitter(maximumItemBytes: 100)
        let list = Wire.list([Wire.object("a", 1, padding: 200)], version: 3)
        #expect(throws: FramingError.self) { try splitter.consume(Array(list.utf8).span) { _ in } }
        var lines = LineSplitter(maximumLineBytes: 100)
        #expect(throws: FramingError.self) {
            for _ in 0..<30 { try lines.consume(Array("12345".utf8).span) { _ in } }
        }
    }

    @Test(arguments: 0..<30)
    func linesDoNotDependOnChunks(seed: UInt64) throws {
        var generator = SplitMix64(seed)
        let lines = (0..<Int.random(in: 0...20, using: &generator)).map { _ in Self.object(&generator).replacing("\n", with: " ") }
        let bytes = Array(lines.map { $0 + "\n" }.joined().utf8)
        for longest in [1, 9, 200] {
            var splitter = LineSplitter()
            var found: [String] = []
            for chunk in Self.chunks(bytes, &generator, longest: longest) {
                try splitter.consume(chunk.span) { found.append($0.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }) }
            }
            #expect(found == lines)
            #expect(splitter.pendingBytes == 0)
        }
    }

    @Test func envelopesAreReadWhateverTheOrder() throws {
        let object = Wire.object("a", 42, padding: 30)
        for text in [
            #"{"type":"ADDED","object":\#(object)}"#, #" { "object" : \#(object) , "type" : "ADDED" , "more": [1,{"type":"x"}] } "#,
        ] {
            let bytes = Array(text.utf8)
            let line = try WatchLine(bytes.span)
            #expect(line.kind == .changed)
            #expect(String(decoding: bytes[line.object], as: UTF8.self) == object)
            #expect(ObjectScan.resourceVersion(of: Array(object.utf8).span) == "42")
        }
        for text in [
            "", "{", "[]", #"{"type":"ADDED"}"#, #"{"type":"NEWS","object":{}}"#, #"{"object":{}}"#, #"{"type":"ADDED","object":[]}"#,
            #"{"type":"ADDED","object":{"#,
        ] {
            let bytes = Array(text.utf8)
            #expect(throws: FramingError.self, "\(text)") { try WatchLine(bytes.span) }
        }
    }
}
