import CCurl
import Synchronization

/// One request on its way: what was asked, what has come back so far, and who waits for it.
///
/// `@unchecked Sendable`: after `submit`, every variable is touched on the loop's thread alone; other threads see only the constants
/// and the atomic `isCancelled`.
final class CurlTransfer: @unchecked Sendable {
    let request: HTTPRequest
    let isCancelled = Atomic<Bool>(false)
    private let sink: (any HTTPBodySink)?

    /// Set before the transfer is submitted, taken by the loop when it ends.
    var continuation: CheckedContinuation<HTTPResponse, any Error>?

    private(set) var head: HTTPResponseHead?
    private(set) var body: [UInt8] = []
    /// The error that a callback ended the transfer with.
    private(set) var failure: (any Error)?
    private(set) var lastActivity = ContinuousClock.now
    private var status = 0
    private var fields: [HTTPField] = []
    private var bodyOffset = 0
    private var gateIsClosed = false
    private(set) var isPaused = false
    /// curl's lists and error buffer, which must outlive the transfer.
    var headerList: UnsafeMutablePointer<curl_slist>?
    var connectTo: UnsafeMutablePointer<curl_slist>?
    let errorBuffer: UnsafeMutablePointer<CChar>

    convenience init(_ request: HTTPRequest) {
        self.init(request, erased: nil)
    }

    convenience init(_ request: HTTPRequest, sink: sending some HTTPBodySink) {
        self.init(request, erased: sink)
    }

    private init(_ request: HTTPRequest, erased sink: (any HTTPBodySink)?) {
        self.request = request
        self.sink = sink
        errorBuffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        errorBuffer.deallocate()
        curl_slist_free_all(headerList)
        curl_slist_free_all(connectTo)
    }

    /// Whether a sink takes the body.
    var isStream: Bool { sink != nil }

    /// When the stream counts as half open; nil without an idle time-out or while its receiver holds it back.
    var idleDeadline: ContinuousClock.Instant? {
        guard let idle = request.timeouts.idle, !isPaused else { return nil }
        return lastActivity + idle
    }

    func started() {
        lastActivity = .now
    }

    /// Opens the gate; true when curl must be told to go on.
    func openGate() -> Bool {
        gateIsClosed = false
        guard isPaused else { return false }
        isPaused = false
        lastActivity = .now
        return true
    }

    /// Takes one line of the head, its line end included; curl also hands over trailers, which are ignored.
    func receive(headerLine bytes: UnsafeBufferPointer<UInt8>) {
        lastActivity = .now
        guard head == nil else { return }
        var line = bytes[...]
        while let last = line.last, last == 0x0D || last == 0x0A { line = line.dropLast() }
        if line.isEmpty {
            // A 1xx head is not the answer yet (RFC 9110, section 15.2).
            guard status >= 200 else { return }
            let head = HTTPResponseHead(status: status, headers: fields)
            self.head = head
            if head.isSuccess, let sink {
                sink.receive(head: head)
            } else if let length = head["Content-Length"].flatMap({ Int($0) }) {
                body.reserveCapacity(min(length, request.maximumResponseBytes, 1 << 20))
            }
        } else if line.starts(with: "HTTP/".utf8) {
            let parts = line.split(separator: 0x20, maxSplits: 2)
            status = parts.count > 1 ? Int(String(decoding: parts[1], as: UTF8.self)) ?? 0 : 0
            fields = []
        } else if let colon = line.firstIndex(of: 0x3A) {
            let value = line[line.index(after: colon)...].drop { $0 == 0x20 || $0 == 0x09 }
            fields.append(HTTPField(String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self)))
        }
    }

    /// Takes bytes of the body and says how many it took, as a write callback does: fewer ends the transfer.
    func receive(body bytes: UnsafeBufferPointer<UInt8>) -> Int {
        if gateIsClosed {
            isPaused = true
            return automaton_curl_write_pause
        }
        lastActivity = .now
        if let sink, head?.isSuccess == true {
            switch sink.receive(bytes.span) {
            case .proceed: return bytes.count
            case .pause:
                gateIsClosed = true
                return bytes.count
            case .fail(let error):
                failure = error
                return 0
            }
        }
        guard body.count + bytes.count <= request.maximumResponseBytes else {
            failure = HTTPError(.tooLarge(limit: request.maximumResponseBytes), endpoint: request.endpoint, requestSent: true)
            return 0
        }
        body.append(contentsOf: bytes)
        return bytes.count
    }

    /// Gives curl the next bytes of the request's body.
    func send(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard let body = request.body else { return 0 }
        let count = min(buffer.count, body.count - bodyOffset)
        buffer.copyBytes(from: body[bodyOffset..<(bodyOffset + count)])
        bodyOffset += count
        return count
    }

    func finish(_ result: Result<HTTPResponse, any Error>) {
        continuation?.resume(with: result)
        continuation = nil
    }
}
