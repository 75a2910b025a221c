import AutomatonCore
import Foundation
import Logging
import Testing

@testable import Engine

/// A file that log lines go to, to be read back.
final class LogCapture: Sendable {
    let path: String
    let output: LogOutput
    private let descriptor: Int32

    init() throws {
        var template = Array((NSTemporaryDirectory() + "/log-XXXXXX").utf8CString)
        descriptor = mkstemp(&template)
        try #require(descriptor >= 0)
        path = String(decoding: template.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        output = LogOutput(descriptor: descriptor)
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    func logger(_ format: LogFormat = .json, level: Logger.Level = .trace, provider: Logger.MetadataProvider? = nil) -> Logger {
        Logger(label: "test") { [output] label in
            var handler = format.handler(label: label, output: output, level: level) { Instant(microseconds: 1_772_366_403_042_999) }
            handler.metadataProvider = provider
            return handler
        }
    }

    var text: String { get throws { try String(contentsOfFile: path, encoding: .utf8) } }

    /// Each line as a JSON object.
    var objects: [[String: Any]] {
        get throws {
            try text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map { line in
                try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
            }
        }
    }
}
