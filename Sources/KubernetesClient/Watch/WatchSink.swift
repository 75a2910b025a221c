import CurlHTTP

/// Decodes the events of one watch on curl's thread.
final class WatchSink<Row: Sendable>: HTTPBodySink {
    /// What one line comes to.
    enum Item: Sendable {
        case opened
        case changed(Row, resourceVersion: String?)
        case deleted(Row, resourceVersion: String?)
        case bookmark(resourceVersion: String?)
        case undecodable(String, resourceVersion: String?)

        /// Where a watch can be resumed after this item.
        var resourceVersion: String? {
            switch self {
            case .opened: nil
            case .changed(_, let version), .deleted(_, let version), .bookmark(let version), .undecodable(_, let version): version
            }
        }

        var isOpening: Bool {
            if case .opened = self { true } else { false }
        }
    }

    private var lines = LineSplitter()
    private let decode: @Sendable (Span<UInt8>) throws -> Row
    private let request: String
    private let heard: @Sendable () -> Void
    private let deliver: @Sendable (Item) -> HTTPFlow

    init(
        request: String, decode: @escaping @Sendable (Span<UInt8>) throws -> Row, heard: @escaping @Sendable () -> Void,
        deliver: @escaping @Sendable (Item) -> HTTPFlow
    ) {
        self.request = request
        self.decode = decode
        self.heard = heard
        self.deliver = deliver
    }

    func receive(head: HTTPResponseHead) {
        heard()
        _ = deliver(.opened)
    }

    func receive(_ bytes: Span<UInt8>) -> HTTPFlow {
        heard()
        var isFull = false
        do {
            try lines.consume(bytes) { line in
                if case .pause = try deliver(item(line)) { isFull = true }
            }
        } catch {
            return .fail(error)
        }
        return isFull ? .pause : .proceed
    }

    private func item(_ line: Span<UInt8>) throws -> Item {
        let envelope = try WatchLine(line)
        let object = line.extracting(envelope.object)
        if envelope.kind == .error {
            throw KubernetesError(errorEvent: object.withUnsafeBufferPointer { Array($0) }, request: request)
        }
        let version = ObjectScan.resourceVersion(of: object)
        if envelope.kind == .bookmark { return .bookmark(resourceVersion: version) }
        do {
            let row = try decode(object)
            return envelope.kind == .deleted ? .deleted(row, resourceVersion: version) : .changed(row, resourceVersion: version)
        } catch {
            return .undecodable(MessageScrubber.scrub("\(error)"), resourceVersion: version)
        }
    }
}
