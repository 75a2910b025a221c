import CCurl
import Synchronization

/// curl's multi handle, and the one thread that makes every call on it.
///
/// `@unchecked Sendable`: the variables below `inbox` are touched on the loop's thread alone. `multi` is also used by other threads for
/// `curl_multi_wakeup`, which libcurl allows, and only while the inbox is open, which it is not any more when `multi` is freed.
final class CurlLoop: @unchecked Sendable {
    enum Command {
        case start(CurlTransfer)
        case cancel(CurlTransfer)
        case open(CurlTransfer)
    }

    private struct Inbox {
        var commands: [Command] = []
        var isClosed = false
        var isOver = false
        var stopped: [CheckedContinuation<Void, Never>] = []
    }

    private let multi: UnsafeMutableRawPointer
    private let inbox = Mutex(Inbox())
    private var running: [ObjectIdentifier: (transfer: CurlTransfer, easy: CurlEasy)] = [:]
    private var transfers: [CurlEasy: CurlTransfer] = [:]
    private var idleBound: Set<ObjectIdentifier> = []
    private var spareHandles: [CurlEasy] = []
    private let maximumSpareHandles = 64

    init?(connectionsPerHost: Int, idleConnections: Int) {
        guard CurlLibrary.isReady, let multi = curl_multi_init() else { return nil }
        self.multi = multi
        _ = automaton_curl_multi_setopt_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, connectionsPerHost)
        _ = automaton_curl_multi_setopt_long(multi, CURLMOPT_MAXCONNECTS, idleConnections)
    }

    /// Hands a command to the thread; false when the loop was stopped.
    func submit(_ command: Command) -> Bool {
        inbox.withLock {
            guard !$0.isClosed else { return false }
            $0.commands.append(command)
            if $0.commands.count == 1 { _ = curl_multi_wakeup(multi) }
            return true
        }
    }

    /// Stops the thread: what runs is failed. Returns at once.
    func stop() {
        inbox.withLock {
            guard !$0.isClosed else { return }
            $0.isClosed = true
            _ = curl_multi_wakeup(multi)
        }
    }

    /// Waits until the thread has done its last work.
    func stopped() async {
        await withCheckedContinuation { continuation in
            let isOver = inbox.withLock { inbox in
                if !inbox.isOver { inbox.stopped.append(continuation) }
                return inbox.isOver
            }
            if isOver { continuation.resume() }
        }
    }

    /// Body of the thread. Returns after `stop()`, when all transfers were failed and all connections closed.
    func run() {
        while true {
            let (commands, isClosed) = inbox.withLock { inbox in
                defer { inbox.commands.removeAll(keepingCapacity: true) }
                return (inbox.commands, inbox.isClosed)
            }
            for command in commands { carryOut(command, isClosed: isClosed) }
            if isClosed { break }
            var count: Int32 = 0
            _ = curl_multi_perform(multi, &count)
            collectFinished()
            let wait = failIdle()
            _ = curl_multi_poll(multi, nil, 0, wait, nil)
        }
        for (transfer, easy) in running.values {
            end(transfer, easy, .failure(HTTPError(.shutDown, endpoint: transfer.request.endpoint, requestSent: true)), reuse: false)
        }
        for easy in spareHandles { curl_easy_cleanup(easy) }
        spareHandles = []
        _ = curl_multi_cleanup(multi)
        let waiting = inbox.withLock { inbox in
            inbox.isOver = true
            defer { inbox.stopped = [] }
            return inbox.stopped
        }
        for continuation in waiting { continuation.resume() }
    }

    private func carryOut(_ command: Command, isClosed: Bool) {
        switch command {
        case .start(let transfer):
            if isClosed {
                transfer.finish(.failure(HTTPError(.shutDown, endpoint: transfer.request.endpoint)))
            } else if transfer.isCancelled.load(ordering: .acquiring) {
                // The cancel overtook the start.
                transfer.finish(.failure(CancellationError()))
            } else {
                start(transfer)
            }
        case .cancel(let transfer):
            guard let easy = running[ObjectIdentifier(transfer)]?.easy else { return }
            end(transfer, easy, .failure(CancellationError()), reuse: false)
        case .open(let transfer):
            guard let easy = running[ObjectIdentifier(transfer)]?.easy, transfer.openGate() else { return }
            _ = curl_easy_pause(easy, automaton_curl_pause_none)
        }
    }

    private func start(_ transfer: CurlTransfer) {
        guard let easy = spareHandles.popLast() ?? curl_easy_init() else {
            return transfer.finish(.failure(HTTPError(.other, endpoint: transfer.request.endpoint, detail: "out of memory")))
        }
        var handle = CurlHandle(easy)
        handle.prepare(transfer)
        guard handle.refused == CURLE_OK, curl_multi_add_handle(multi, easy) == CURLM_OK else {
            let error = HTTPError(
                .badRequest, endpoint: transfer.request.endpoint, detail: String(cString: curl_easy_strerror(handle.refused)))
            curl_easy_cleanup(easy)
            return transfer.finish(.failure(error))
        }
        transfer.started()
        running[ObjectIdentifier(transfer)] = (transfer, easy)
        transfers[easy] = transfer
        if transfer.request.timeouts.idle != nil { idleBound.insert(ObjectIdentifier(transfer)) }
    }

    private func collectFinished() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            let code = message.pointee.data.result
            guard let transfer = transfers[easy] else { continue }
            if let failure = transfer.failure {
                end(transfer, easy, .failure(failure), reuse: true)
            } else if code == CURLE_OK, let head = transfer.head {
                end(transfer, easy, .success(HTTPResponse(head: head, body: transfer.body)), reuse: true)
            } else {
                end(transfer, easy, .failure(HTTPError(code, transfer, easy)), reuse: true)
            }
        }
    }

    /// Ends streams that were silent for too long; says how many milliseconds may pass until the next could be.
    private func failIdle() -> Int32 {
        guard !idleBound.isEmpty else { return 60_000 }
        let now = ContinuousClock.now
        var nearest = now + .seconds(60)
        for id in idleBound {
            guard let (transfer, easy) = running[id], let deadline = transfer.idleDeadline else { continue }
            if deadline <= now {
                let error = HTTPError(.timeout(.idle), endpoint: transfer.request.endpoint, requestSent: true)
                end(transfer, easy, .failure(error), reuse: false)
            } else {
                nearest = min(nearest, deadline)
            }
        }
        let (seconds, attoseconds) = now.duration(to: nearest).components
        return Int32(seconds * 1000 + attoseconds / 1_000_000_000_000_000) + 1
    }

    private func end(_ transfer: CurlTransfer, _ easy: CurlEasy, _ result: Result<HTTPResponse, any Error>, reuse: Bool) {
        running[ObjectIdentifier(transfer)] = nil
        transfers[easy] = nil
        idleBound.remove(ObjectIdentifier(transfer))
        _ = curl_multi_remove_handle(multi, easy)
        if reuse, spareHandles.count < maximumSpareHandles {
            curl_easy_reset(easy)
            spareHandles.append(easy)
        } else {
            curl_easy_cleanup(easy)
        }
        transfer.finish(result)
    }
}
