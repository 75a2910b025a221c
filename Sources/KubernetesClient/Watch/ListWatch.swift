public import AutomatonCore
import CurlHTTP

/// Keeps a consumer told of all objects of a collection: lists them in pages, watches from there, and begins again by itself whenever
/// the connection or the history is lost. It ends only with its task.
///
/// Objects are decoded on the HTTP client's thread as their bytes arrive, and only the rows are kept. From there to the consumer it is
/// one resumption of a task. A consumer that does not keep up has the stream paused, so memory stays bounded.
public struct ListWatch<Row: Sendable>: Sendable {
    /// Reads the JSON of one object. Called on the HTTP client's thread: it must be quick and must not block.
    public typealias Decoder = @Sendable (Span<UInt8>) throws -> Row

    /// When the server was last heard.
    public let health = WatchHealth()
    let api: KubernetesAPI
    let path: APIPath
    let query: APIQuery
    let options: ListWatchOptions
    let clock: @Sendable () -> Instant
    let decode: Decoder

    /// Makes a list and watch.
    /// - Parameters:
    ///   - path: The collection: `/api/v1/namespaces/shop/pods`.
    ///   - query: `labelSelector`, `fieldSelector`.
    ///   - clock: Wall time, for `alive` and the age of the last contact.
    ///   - decode: Reads the JSON of one object; what it throws becomes `undecodable`.
    public init(
        _ api: KubernetesAPI, path: APIPath, query: APIQuery = APIQuery(), options: ListWatchOptions = ListWatchOptions(),
        clock: @escaping @Sendable () -> Instant, decode: @escaping Decoder
    ) {
        self.api = api
        self.path = path
        self.query = query
        self.options = options
        self.clock = clock
        self.decode = decode
    }

    /// Runs until the task is cancelled.
    /// - Parameter receive: Gets the events in order, one at a time.
    /// - Throws: What `receive` throws, which ends the watch, or `CancellationError`.
    public func run(
        isolation: isolated (any Actor)? = #isolation, _ receive: (ListWatchEvent<Row>) async throws -> Void
    ) async throws {
        let channel = EventChannel<ListWatchEvent<Row>>(capacity: options.bufferedRows, weigh: \.weight)
        try await withThrowingTaskGroup(of: Void.self, isolation: isolation) { group in
            group.addTask { await produce(into: channel) }
            defer {
                // A producer that waits for room must not wait for a consumer that is gone.
                channel.finish()
                group.cancelAll()
            }
            while let event = await channel.next() { try await receive(event) }
        }
        try Task.checkCancellation()
    }

    /// Lists and watches until cancelled.
    private func produce(into channel: EventChannel<ListWatchEvent<Row>>) async {
        var position = WatchPosition()
        while !Task.isCancelled {
            do {
                if position.resourceVersion == nil {
                    position.restart(at: try await list(into: channel))
                    health.listed()
                }
                try await watch(from: &position, into: channel)
            } catch is CancellationError {
                break
            } catch {
                position.failed(error)
                channel.send(.disconnected(reason: MessageScrubber.scrub("\(error)")))
            }
            guard let delay = position.delay(options.backoff, jitter: .random(in: 0...1)) else { continue }
            do { try await Task.sleep(for: delay) } catch { break }
        }
        channel.finish()
    }

    private func watch(from position: inout WatchPosition, into channel: EventChannel<ListWatchEvent<Row>>) async throws {
        let (shortest, longest) = (options.watchDuration.lowerBound.components.seconds, options.watchDuration.upperBound.components.seconds)
        let seconds = max(1, Int64.random(in: shortest...longest))
        var query = query
        query["watch"] = "true"
        query["allowWatchBookmarks"] = "true"
        query["resourceVersion"] = position.resourceVersion
        query["timeoutSeconds"] = String(seconds)
        let progress = WatchProgress()
        let gate = HTTPGate()
        let timeouts = HTTPTimeouts(
            connect: options.connectTimeout, total: .seconds(seconds) + .seconds(60), idle: options.idleTimeout)
        let start = ContinuousClock.now
        defer { position.advance(progress.state, lasted: start.duration(to: .now)) }
        try await api.stream(path, query: query, timeouts: timeouts, gate: gate) {
            WatchSink(request: "GET \(path)", decode: decode, heard: heard) { item in
                progress.note(item.resourceVersion, isOpening: item.isOpening)
                return channel.send(event(for: item), gate: gate)
            }
        }
    }

    private func event(for item: WatchSink<Row>.Item) -> ListWatchEvent<Row> {
        switch item {
        case .opened, .bookmark: .alive(clock())
        case .changed(let row, _): .changed(row)
        case .deleted(let row, _): .deleted(row)
        case .undecodable(let reason, _): .undecodable(reason: reason)
        }
    }

    /// Notes that the server was heard. Runs on the HTTP client's thread.
    func heard() {
        health.heard(at: clock())
    }
}
