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
        line += Self.harmless(event.message.description)
        for (key, value) in event.fields(metadata, metadataProvider) {
            line += " " + paint(Self.harmless(key) + "=", "2") + Self.quoted(value.description)
        }
        if event.level <= .debug { line += " " + paint("(\(Self.harmless(label)))", "2") }
        output.write(Array((line + "\n").utf8))
    }

    private func paint(_ text: String, _ code: String) -> String { colour ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }

    private static func quoted(_ text: String) -> String {
        let bare = !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x3D && $0 != 0x5C }
        if bare { return harmless(text) }
        var quoted: [UInt8] = []
        quoted.appendJSON(text)
        return harmless(String(decoding: quoted, as: UTF8.self))
    }

    /// Writes control characters and those that turn the direction of text as escapes.
    private static func harmless(_ text: String) -> String {
        func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
            switch scalar.value {
            case 0..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
            default: false
            }
        }
        guard text.unicodeScalars.contains(where: isHarmful) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if isHarmful(scalar) {
                result.append(contentsOf: scalar.escaped(asASCII: true).unicodeScalars)
            } else {
                result.append(scalar)
            }
        }
        return String(result)
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
