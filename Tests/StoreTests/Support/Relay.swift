import Foundation
import Synchronization

/// Stands between a client and the Unix socket of a PostgreSQL server, and can lose what a network loses.
///
/// Every connection has two threads of its own.
final class Relay: Sendable {
    private enum Fault {
        case none
        /// The next commit goes through, and its answer does not.
        case swallowAnswer
        /// The next commit does not go through, nor what follows it.
        case holdBack
    }

    private struct State {
        var fault = Fault.none
        var isSwallowing = false
        var isHoldingBack = false
        var descriptors: [Int32] = []
    }

    let folder: String
    let port = 5432
    private let listener: Int32
    private let target: String
    private let state = Mutex(State())

    init(to target: String) throws {
        self.target = target
        var template = Array("/tmp/relay-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Missing(what: "a folder") }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let isBound = Self.withAddress("\(folder)/.s.PGSQL.5432") { [listener] in bind(listener, $0, $1) == 0 && listen(listener, 8) == 0 }
        guard isBound else { throw Missing(what: "a socket") }
        Thread.detachNewThread { [weak self, listener] in
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0, let self else { return }
                self.join(client)
            }
        }
    }

    /// The next commit's answer is lost, and with it the connection.
    func swallowAnswerToCommit() { state.withLock { $0.fault = .swallowAnswer } }

    /// The next commit stays on its way, as when the client's process is stopped just before it.
    func holdBackCommit() { state.withLock { $0.fault = .holdBack } }

    var isHoldingBack: Bool { state.withLock { $0.isHoldingBack } }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        for descriptor in state.withLock({ $0.descriptors }) { shutdown(descriptor, Int32(SHUT_RDWR)) }
        try? FileManager.default.removeItem(atPath: folder)
    }

    private func join(_ client: Int32) {
        let server = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard Self.withAddress(target, { connect(server, $0, $1) == 0 }) else { return }
        state.withLock { $0.descriptors += [client, server] }
        Thread.detachNewThread { [self] in
            copy(from: client, to: server) { bytes in
                guard bytes.contains("COMMIT") else { return !state.withLock { $0.isHoldingBack } }
                return state.withLock { state in
                    defer { state.fault = .none }
                    if state.fault == .swallowAnswer { state.isSwallowing = true }
                    if state.fault == .holdBack { state.isHoldingBack = true }
                    return state.fault != .holdBack
                }
            }
            state.withLock { $0.isHoldingBack = false }
        }
        Thread.detachNewThread { [self] in
            copy(from: server, to: client) { _ in !state.withLock { $0.isSwallowing } }
        }
    }

    /// Copies what `passes`; at the first that does not, the connection is cut once the server has done what it was asked.
    private func copy(from: Int32, to: Int32, _ passes: (Data) -> Bool) {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(from, &buffer, buffer.count)
            guard count > 0 else { break }
            if passes(Data(buffer[..<count])) {
                var sent = 0
                while sent < count {
                    let step = buffer[sent..<count].withUnsafeBytes { send(to, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                    guard step > 0 else { break }
                    sent += step
                }
            } else if state.withLock({ state in
                defer { state.isSwallowing = false }
                return state.isSwallowing
            }) {
                break
            }
        }
        shutdown(from, Int32(SHUT_RDWR))
        shutdown(to, Int32(SHUT_RDWR))
    }

    private static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Bool) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8.prefix(107)) + [0]) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
    }
}

extension Data {
    fileprivate func contains(_ text: String) -> Bool { range(of: Data(text.utf8)) != nil }
}
