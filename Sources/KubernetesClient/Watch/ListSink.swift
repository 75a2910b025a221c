import AutomatonCore
import CurlHTTP
import Synchronization

/// What is left of one page when its stream has ended.
struct ListPage<Row: Sendable>: Sendable {
    var rows: [Row] = []
    var undecodable: [String] = []
    var metadata: [UInt8] = []
}

/// Decodes the items of one page on curl's thread.
final class ListSink<Row: Sendable>: HTTPBodySink {
    private var splitter = ListSplitter()
    private var rows: [Row] = []
    private var undecodable: [String] = []
    private let decode: @Sendable (Span<UInt8>) throws -> Row
    private let flush: Int
    private let heard: @Sendable () -> Void
    private let deliver: @Sendable ([Row]) -> HTTPFlow
    private let result: @Sendable (ListPage<Row>) -> Void

    /// - Parameters:
    ///   - flush: So many rows are delivered at once without waiting for the end, when the server ignores the limit.
    ///   - result: Called after each chunk that completes the page.
    init(
        decode: @escaping @Sendable (Span<UInt8>) throws -> Row, flush: Int, heard: @escaping @Sendable () -> Void,
        deliver: @escaping @Sendable ([Row]) -> HTTPFlow, result: @escaping @Sendable (ListPage<Row>) -> Void
    ) {
        self.decode = decode
        self.flush = flush
        self.heard = heard
        self.deliver = deliver
        self.result = result
    }

    func receive(head: HTTPResponseHead) {
        heard()
    }

    func receive(_ bytes: Span<UInt8>) -> HTTPFlow {
        heard()
        do {
            try splitter.consume(bytes) { item in
                do {
                    rows.append(try decode(item))
                } catch {
                    if undecodable.count < 100 { undecodable.append(MessageScrubber.scrub("\(error)")) }
                }
            }
        } catch {
            return .fail(error)
        }
        if splitter.isComplete {
            result(ListPage(rows: rows, undecodable: undecodable, metadata: splitter.metadata))
        } else if rows.count >= flush {
            defer { rows = [] }
            return deliver(rows)
        }
        return .proceed
    }
}
