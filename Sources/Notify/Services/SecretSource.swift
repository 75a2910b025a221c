public import CurlHTTP
internal import Rules
internal import Synchronization
internal import Threads

/// Where a secret comes from: never the YAML itself.
public enum SecretSource: Hashable, Sendable, CustomStringConvertible {
    /// An environment variable, as it was at the start.
    case environment(String, Secret)
    /// A mounted file, read at each delivery: a rotated secret is used at once.
    case file(String)

    /// More than any token or key has.
    static let mostBytes = 64 << 10

    /// The secret, without line breaks at its end. Whoever waits is free to go, also while the mount does not answer.
    func read() async throws(DeliveryFailure) -> Secret {
        switch self {
        case .environment(_, let secret): return secret
        case .file(let path): return try await FileReading.read(path).get()
        }
    }

    /// The secret in a file, read on the caller's thread.
    static func blockingRead(_ path: String) throws(DeliveryFailure) -> Secret {
        let bytes: [UInt8]
        do throws(FileAccess.ReadError) {
            bytes = try FileAccess.read(path, limit: mostBytes)
        } catch {
            // A mounted Secret can be a moment late, or be corrected.
            let why =
                switch error {
                case .failed(let failure): failure.text
                case .notRegular: "it is not a file"
                case .tooLarge: "it is larger than \(mostBytes) bytes"
                }
            throw DeliveryFailure("the secret \(path) cannot be read: \(why)", retry: .later(after: nil))
        }
        return try checked(bytes, from: path)
    }

    /// The secret, if a header or an address can carry it.
    static func checked(_ bytes: [UInt8], from place: String) throws(DeliveryFailure) -> Secret {
        var bytes = bytes[...]
        while let last = bytes.last, last == 0x0A || last == 0x0D { bytes = bytes.dropLast() }
        guard !bytes.isEmpty else { throw DeliveryFailure("the secret \(place) is empty", retry: .later(after: nil)) }
        guard bytes.allSatisfy({ $0 >= 0x21 && $0 <= 0x7E }) else {
            throw DeliveryFailure(
                "the secret \(place) holds white space or other bytes that no token, key or address has", retry: .later(after: nil))
        }
        return Secret(bytes: Array(bytes))
    }

    public var description: String {
        switch self {
        case .environment(let name, _): "$\(name)"
        case .file(let path): path
        }
    }
}

/// Reads a file on a thread of its own, so that a mount that hangs holds nobody but itself.
private final class FileReading: Sendable {
    typealias Outcome = Result<Secret, DeliveryFailure>

    private enum State {
        case begun
        case waiting(CheckedContinuation<Outcome, Never>)
        case over(Outcome)
    }

    private let state = Mutex(State.begun)

    static func read(_ path: String) async -> Outcome {
        let reading = FileReading()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                reading.wait(continuation)
                do throws(NoThread) {
                    try OwnThread.start {
                        do throws(DeliveryFailure) {
                            reading.end(.success(try SecretSource.blockingRead(path)))
                        } catch {
                            reading.end(.failure(error))
                        }
                    }
                } catch {
                    reading.end(.failure(DeliveryFailure("the secret \(path) cannot be read: \(error)", retry: .later(after: nil))))
                }
            }
        } onCancel: {
            reading.end(.failure(DeliveryFailure("the secret \(path) was not read in time", retry: .later(after: nil))))
        }
    }

    private func wait(_ continuation: CheckedContinuation<Outcome, Never>) {
        let outcome = state.withLock { state -> Outcome? in
            if case .over(let outcome) = state { return outcome }
            state = .waiting(continuation)
            return nil
        }
        if let outcome { continuation.resume(returning: outcome) }
    }

    /// The first end counts.
    private func end(_ outcome: Outcome) {
        let waiting = state.withLock { state -> CheckedContinuation<Outcome, Never>? in
            defer { if case .over = state {} else { state = .over(outcome) } }
            if case .waiting(let continuation) = state { return continuation }
            return nil
        }
        waiting?.resume(returning: outcome)
    }
}
