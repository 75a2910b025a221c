internal import AutomatonCore
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore

extension RequestBody {
    /// All of it; refused when it is larger, or has not arrived whole in time: each byte of a slow one would push an idle time-out on.
    /// - Parameter name: "body" or "form", for the errors.
    func whole(_ name: String, upTo most: Int, within time: Duration) async throws(APIProblem) -> [UInt8] {
        let body = self
        let arrived: Result<[UInt8], APIProblem>
        arrived = await withTaskGroup(of: Result<[UInt8], APIProblem>.self) { group in
            group.addTask {
                do {
                    return .success(Array(try await body.collect(upTo: most).readableBytesView))
                } catch is NIOTooManyBytesError {
                    return .failure(.tooLarge(name, most))
                } catch {
                    return .failure(APIProblem(.badRequest, "the \(name) did not arrive"))
                }
            }
            group.addTask {
                // Cancelled when it arrived: nobody reads this then.
                try? await Task.sleep(for: time)
                return .failure(
                    APIProblem(
                        .requestTimeout, "the \(name) did not arrive within \(time.readable)", headers: [.connection: "close"]))
            }
            defer { group.cancelAll() }
            return await group.next() ?? .failure(APIProblem(.internalServerError, "it failed"))
        }
        return try arrived.get()
    }
}

extension APIProblem {
    static func tooLarge(_ name: String, _ most: Int) -> APIProblem {
        APIProblem(.contentTooLarge, "the \(name) is larger than \(most) bytes")
    }
}
