public import AutomatonCore
public import Logging

/// Writes log lines as JSON, one object a line: `time` (RFC 3339, milliseconds, UTC), `level`, `logger`, `message`, then the metadata as
/// fields of their own. A metadata key that is one of those four gets an underscore behind it.
public struct JSONLogHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let output: LogOutput
    private let now: @Sendable () -> Instant

    /// Makes a handler.
    public init(
        label: String, output: LogOutput, logLevel: Logger.Level = .info, now: @escaping @Sendable () -> Instant = WallClock.read
    ) {
        self.label = label
        self.output = output
        self.logLevel = logLevel
        self.now = now
    }

    public subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var line: [UInt8] = []
        line.reserveCapacity(256)
        line.append(contentsOf: #"{"time":""#.utf8)
        line.append(contentsOf: now().rfc3339Milli.utf8)
        line.append(contentsOf: #"","level":""#.utf8)
        line.append(contentsOf: event.level.rawValue.utf8)
        line.append(contentsOf: #"","logger":"#.utf8)
        line.appendJSON(label)
        line.append(contentsOf: #","message":"#.utf8)
        line.appendJSON(event.message.description)
        for (key, value) in event.fields(metadata, metadataProvider) {
            line.append(0x2C)
            line.appendJSON(Self.reserved.contains(key) ? key + "_" : key)
            line.append(0x3A)
            Self.append(value, to: &line)
        }
        line.append(contentsOf: "}\n".utf8)
        output.write(line)
    }

    private static let reserved: Set<String> = ["time", "level", "logger", "message"]

    private static func append(_ value: Logger.MetadataValue, to line: inout [UInt8]) {
        switch value {
        case .string(let text): line.appendJSON(text)
        case .stringConvertible(let value): append(value, to: &line)
        case .array(let values):
            line.append(0x5B)
            for (index, value) in values.enumerated() {
                if index > 0 { line.append(0x2C) }
                append(value, to: &line)
            }
            line.append(0x5D)
        case .dictionary(let values):
            line.append(0x7B)
            for (index, (key, value)) in values.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { line.append(0x2C) }
                line.appendJSON(key)
                line.append(0x3A)
                append(value, to: &line)
            }
            line.append(0x7D)
        }
    }

    /// Numbers and truth values stay what they are; a number that JSON has no word for (NaN, infinity) is a string.
    private static func append(_ value: any CustomStringConvertible & Sendable, to line: inout [UInt8]) {
        switch value {
        case let value as Bool: line.append(contentsOf: value.description.utf8)
        case let value as any BinaryInteger: line.append(contentsOf: String(describing: value).utf8)
        case let value as Double where value.isFinite: line.append(contentsOf: value.description.utf8)
        default: line.appendJSON(value.description)
        }
    }
}
