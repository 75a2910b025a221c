/// A value that somebody waits for, delivered once; what comes later is dropped.
///
/// `@unchecked Sendable`: everything happens on the simulation's thread.
final class Parcel<Value: Sendable>: @unchecked Sendable {
    private var value: Value?
    private var continuation: UnsafeContinuation<Value, Never>?

    /// Whether it was delivered.
    var isDelivered: Bool { value != nil }

    func deliver(_ value: Value) {
        guard self.value == nil else { return }
        self.value = value
        let waiting = continuation
        continuation = nil
        waiting?.resume(returning: value)
    }

    /// Waits for the value; when the task is cancelled, for the one that stands for that.
    func wait(cancelled: Value) async -> Value {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                if let value { continuation.resume(returning: value) } else { self.continuation = continuation }
            }
        } onCancel: {
            deliver(cancelled)
        }
    }
}
