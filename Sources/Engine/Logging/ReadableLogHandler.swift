public import AutomatonCore
public import Logging

/// Writes log lines for people: time of day (UTC), level, message, then the metadata as `key=value`.
///
/// What comes from the world cannot move the cursor, change colours or feign another line: control characters are written as escapes.
public struct ReadableLogHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let output: LogOutput
    private let colour: Bool
    private let now: @Sendable () -> Instant

    /// Makes a handler.
    public init(
        label: String, output: LogOutput, colour: Bool, logLevel: Logger.Level = .info,
        now: @escaping @Sendable () -> Instant = WallClock.read
    ) {
        self.label = label
        self.output = output
        self.colour = colour
        self.logLevel = logLevel
        self.now = now
    }

    public subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let name = event.level.rawValue.uppercased()
        var line = now().rfc3339Milli.dropFirst(11).dropLast() + " "
        line += paint(name, event.level.colour) + String(repeating: " ", count: max(1, 9 - name.count))
        line += event.message.description.harmless
        for (key, value) in event.fields(metadata, metadataProvider) {
            line += " " + paint(key.harmless + "=", "2") + Self.quoted(value.description)
        }
        if event.level <= .debug { line += " " + paint("(\(label.harmless))", "2") }
        output.write(Array((line + "\n").utf8))
    }

    private func paint(_ text: String, _ code: String) -> String { colour ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }

    private static func quoted(_ text: String) -> String {
        let bare = !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x3D && $0 != 0x5C }
        if bare { return text.harmless }
        var quoted: [UInt8] = []
        quoted.appendJSON(text)
        return String(decoding: quoted, as: UTF8.self).harmless
    }
}

extension Logger.Level {
    /// The terminal's colour (ECMA-48, SGR).
    fileprivate var colour: String {
        switch self {
        case .trace, .debug: "2"
        case .info: "32"
        case .notice: "36"
        case .warning: "33"
        case .error: "31"
        case .critical: "1;37;41"
        }
    }
}
