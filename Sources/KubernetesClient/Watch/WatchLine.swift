/// One event of a watch: its type and where its object lies.
struct WatchLine {
    enum Kind {
        case changed
        case deleted
        case bookmark
        case error
    }

    let kind: Kind
    /// Where the object lies in the line.
    let object: Range<Int>

    /// Reads the envelope of one line.
    /// - Throws: `FramingError` when it is not `{"type": …, "object": {…}}`.
    init(_ line: Span<UInt8>) throws {
        var kind: Kind?
        var object: Range<Int>?
        var type: String?
        let isWhole = ObjectScan.members(of: line, in: 0..<line.count) { key, value in
            if ObjectScan.equal(line, key, "type") {
                type = ObjectScan.plainString(line, value)
                switch type {
                case "ADDED", "MODIFIED": kind = .changed
                case "DELETED": kind = .deleted
                case "BOOKMARK": kind = .bookmark
                case "ERROR": kind = .error
                default: break
                }
            } else if ObjectScan.equal(line, key, "object"), line[value.lowerBound] == UInt8(ascii: "{") {
                object = value
            }
            return true
        }
        guard isWhole else { throw FramingError("a line of the watch is not a JSON object") }
        guard let kind else { throw FramingError("an event of the watch has the unknown type \"\((type ?? "").prefix(32))\"") }
        guard let object else { throw FramingError("an event of the watch has no object") }
        self.kind = kind
        self.object = object
    }
}
