import CurlHTTP
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension ListWatch {
    /// `metadata` of a list.
    private struct ListMetadata: Decodable {
        var resourceVersion: String?
        var `continue`: String?
    }

    /// A page that fails for a passing reason is tried so often.
    private static var triesOfPage: Int { 3 }
    /// After so many lists whose continue token expired, the list is asked for in one answer: it is decoded as it arrives.
    private static var expiriesBeforeWhole: Int { 2 }

    /// Lists the whole collection and returns the resourceVersion that it stands for.
    ///
    /// A continue token that expires in the middle begins the list anew: the rest could be had with the fresh token of the 410, but the
    /// pages would not stand for one resourceVersion, so no watch could follow without a gap.
    func list(into channel: EventChannel<ListWatchEvent<Row>>) async throws -> String {
        var expiries = 0
        while true {
            channel.send(.listStarted)
            do {
                return try await pages(limit: expiries < Self.expiriesBeforeWhole ? options.pageSize : nil, into: channel)
            } catch let error as KubernetesError {
                guard case .expired = error.kind, expiries <= Self.expiriesBeforeWhole else { throw error }
                expiries += 1
            }
        }
    }

    private func pages(limit: Int?, into channel: EventChannel<ListWatchEvent<Row>>) async throws -> String {
        var token: String?
        while true {
            let page = try await page(limit: limit, continue: token, into: channel)
            if !page.rows.isEmpty { channel.send(.page(page.rows)) }
            for reason in page.undecodable { channel.send(.undecodable(reason: reason)) }
            guard let metadata = try? JSONDecoder().decode(ListMetadata.self, from: Data(page.metadata)),
                let resourceVersion = metadata.resourceVersion, !resourceVersion.isEmpty
            else { throw FramingError("the list has no metadata.resourceVersion: is \(path) a collection?") }
            await channel.room()
            try Task.checkCancellation()
            guard let next = metadata.continue, !next.isEmpty else {
                channel.send(.listed(resourceVersion: resourceVersion))
                return resourceVersion
            }
            token = next
        }
    }

    private func page(limit: Int?, continue token: String?, into channel: EventChannel<ListWatchEvent<Row>>) async throws -> ListPage<Row> {
        var attempt = 1
        while true {
            do {
                return try await fetch(limit: limit, continue: token, into: channel)
            } catch let error where !(error is CancellationError) {
                let kubernetes = error as? KubernetesError
                guard attempt < Self.triesOfPage, kubernetes?.isTransient ?? true else { throw error }
                channel.send(.disconnected(reason: MessageScrubber.scrub("\(error)")))
                let wait = options.backoff.delay(before: attempt, jitter: .random(in: 0...1))
                try await Task.sleep(for: max(wait, min(kubernetes?.retryAfter ?? .zero, options.backoff.maximum)))
                attempt += 1
            }
        }
    }

    private func fetch(limit: Int?, continue token: String?, into channel: EventChannel<ListWatchEvent<Row>>) async throws -> ListPage<Row>
    {
        var query = query
        query["limit"] = limit.map { String($0) }
        query["continue"] = token
        let gate = HTTPGate()
        let result = PageBox<Row>()
        let timeouts = HTTPTimeouts(connect: options.connectTimeout, total: nil, idle: options.listIdleTimeout)
        try await api.stream(path, query: query, timeouts: timeouts, gate: gate) {
            ListSink(decode: decode, flush: 2 * options.pageSize, heard: heard) { rows in
                channel.send(.page(rows), gate: gate)
            } result: {
                result.set($0)
            }
        }
        guard let page = result.page else { throw FramingError("the list ended early") }
        return page
    }
}

/// Carries a page from curl's thread to the task that asked for it.
private final class PageBox<Row: Sendable>: Sendable {
    private let mutex = Mutex<ListPage<Row>?>(nil)

    var page: ListPage<Row>? { mutex.withLock { $0 } }

    func set(_ page: ListPage<Row>) {
        mutex.withLock { $0 = page }
    }
}
