import AutomatonCore
import HTTPTypes
import Hummingbird
import NIOCore
import Simulator

/// Answers watches: a line of JSON for each change, until the time is up, the watch is dropped or the client leaves.
struct WatchResponder {
    let cluster: Cluster
    /// Seconds of the cluster a real second.
    let timeScale: Double

    /// How often a watch that allows bookmarks gets one, and how long before its end it gets the last.
    private static let bookmarkInterval = Duration.seconds(60)
    private static let lastBookmarkLead = Duration.seconds(2)
    /// How long a watch lasts whose client does not say: the API server takes 30 to 60 minutes.
    private static let defaultTimeout = 1800...3600

    func respond(_ request: APIRequest, _ served: ServedResource, _ form: Representation) async throws -> Response {
        let options = try ListOptions(request, for: served, isWatch: true)
        let namespace = served.type.isNamespaced && !request.info.namespace.isEmpty ? request.info.namespace : nil
        let watch: Cluster.Watch
        do {
            watch = try await cluster.watch(served.type, namespace: namespace, from: start(options))
        } catch StoreError.expired(let requested, let oldest) {
            let error = APIError(code: 410, reason: "Expired", message: "too old resource version: \(requested) (\(oldest))")
            return .json(.ok, bytes: Self.line("ERROR", error.status.bytes))
        }
        let lines = WatchLines(type: served.type, options: options, form: form, cluster: cluster)
        let seconds = options.timeoutSeconds.flatMap { $0 > 0 ? $0 : nil } ?? Int.random(in: Self.defaultTimeout)
        let body = ResponseBody { [cluster, timeScale] writer in
            let timer = Task {
                await Self.keepTime(
                    cluster, watch.id, .seconds(seconds), timeScale: timeScale, bookmarks: options.allowsBookmarks)
            }
            do {
                let initial = lines.initial(watch)
                if initial.readableBytes > 0 { try await writer.write(initial) }
                var isFirst = watch.initial.isEmpty
                for await notice in watch.notices {
                    guard let buffer = lines.buffer(notice, isFirst: isFirst) else { continue }
                    isFirst = false
                    try await writer.write(buffer)
                }
                timer.cancel()
                try await writer.finish(nil)
            } catch {
                timer.cancel()
                await cluster.endWatch(watch.id)
                throw error
            }
        }
        return Response(status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-cache, private"], body: body)
    }

    private func start(_ options: ListOptions) -> Cluster.WatchStart {
        if options.sendsInitialEvents == true { return .state }
        switch options.match {
        case .latest: return options.sendsInitialEvents == false ? .now : .state
        case .any: return options.sendsInitialEvents == false ? .now : .state
        case .notOlder(let version), .exact(let version): return .after(version)
        }
    }

    /// Sends bookmarks when they are due and ends the watch when its time is up.
    private static func keepTime(_ cluster: Cluster, _ id: Int, _ lifetime: Duration, timeScale: Double, bookmarks: Bool) async {
        var left = lifetime
        do {
            while bookmarks, left > lastBookmarkLead {
                let pause = min(bookmarkInterval, left - lastBookmarkLead)
                try await Task.sleep(for: pause / timeScale)
                left -= pause
                await cluster.bookmark(id)
            }
            try await Task.sleep(for: left / timeScale)
        } catch { return }
        await cluster.endWatch(id)
    }

    static func line(_ type: String, _ object: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(object.count + 40)
        output.append(contentsOf: "{\"type\":\"\(type)\",\"object\":".utf8)
        output.append(contentsOf: object)
        output.append(contentsOf: "}\n".utf8)
        return output
    }
}

/// Makes the lines of one watch.
struct WatchLines {
    let type: ResourceType
    let options: ListOptions
    let form: Representation
    let cluster: Cluster
    private let selection: WatchSelection

    init(type: ResourceType, options: ListOptions, form: Representation, cluster: Cluster) {
        self.type = type
        self.options = options
        self.form = form
        self.cluster = cluster
        selection = WatchSelection(options)
    }

    /// What the watch begins with.
    func initial(_ watch: Cluster.Watch) -> ByteBuffer {
        var buffer = ByteBuffer()
        let clock = TableClock(cluster.now)
        var isFirst = true
        for object in watch.initial where options.selects(object) {
            buffer.writeBytes(WatchResponder.line("ADDED", form.eventBytes(of: object, isFirst: isFirst, at: clock)))
            isFirst = false
        }
        if options.sendsInitialEvents == true, options.allowsBookmarks {
            let bookmark = form.bookmark(type: type, resourceVersion: watch.resourceVersion, endsInitialEvents: true)
            buffer.writeBytes(WatchResponder.line("BOOKMARK", bookmark.bytes))
        }
        return buffer
    }

    /// The line for a notice; nil if the watch does not select it.
    func buffer(_ notice: Cluster.Notice, isFirst: Bool) -> ByteBuffer? {
        switch notice {
        case .bookmark(let version):
            let bookmark = form.bookmark(type: type, resourceVersion: version, endsInitialEvents: false)
            return ByteBuffer(bytes: WatchResponder.line("BOOKMARK", bookmark.bytes))
        case .event(let event):
            guard let kind = selection.type(of: event) else { return nil }
            return ByteBuffer(
                bytes: WatchResponder.line(kind, form.eventBytes(of: event.object, isFirst: isFirst, at: TableClock(cluster.now))))
        }
    }
}
