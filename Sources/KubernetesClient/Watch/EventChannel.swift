import CurlHTTP
import Synchronization

/// Carries events from curl's thread, which must not wait, to one task, with a bound: a full channel has its stream paused.
final class EventChannel<Element: Sendable>: Sendable {
    private struct State {
        var queue: [Element] = []
        var head = 0
        var weight = 0
        var receiver: CheckedContinuation<Element?, Never>?
        var gate: HTTPGate?
        var waiting: CheckedContinuation<Void, Never>?
        var isFinished = false
    }

    private let state = Mutex(State())
    private let capacity: Int
    private let weigh: @Sendable (Element) -> Int

    /// Makes a channel that asks for a pause from a weight of `capacity` on.
    init(capacity: Int, weigh: @escaping @Sendable (Element) -> Int) {
        self.capacity = capacity
        self.weigh = weigh
    }

    /// Appends an element; never waits.
    /// - Parameter gate: Opened when there is room again, if the answer is `.pause`.
    @discardableResult
    func send(_ element: Element, gate: HTTPGate? = nil) -> HTTPFlow {
        let (receiver, flow): (CheckedContinuation<Element?, Never>?, HTTPFlow) = state.withLock { state in
            if let receiver = state.receiver {
                state.receiver = nil
                return (receiver, .proceed)
            }
            state.queue.append(element)
            state.weight += weigh(element)
            guard let gate, state.weight >= capacity else { return (nil, .proceed) }
            state.gate = gate
            return (nil, .pause)
        }
        receiver?.resume(returning: element)
        return flow
    }

    /// Waits until the channel is at most half full.
    func room() async {
        await withCheckedContinuation { continuation in
            let hasRoom = state.withLock { state in
                if state.isFinished || state.weight <= capacity / 2 { return true }
                state.waiting = continuation
                return false
            }
            if hasRoom { continuation.resume() }
        }
    }

    /// The next element; nil when the channel was finished and is empty.
    func next() async -> Element? {
        await withCheckedContinuation { continuation in
            var gate: HTTPGate?
            var waiting: CheckedContinuation<Void, Never>?
            let ready: Element?? = state.withLock { state in
                guard state.head < state.queue.count else {
                    if state.isFinished { return .some(nil) }
                    state.receiver = continuation
                    return nil
                }
                let element = state.queue[state.head]
                state.head += 1
                state.weight -= weigh(element)
                if state.head == state.queue.count {
                    state.queue.removeAll(keepingCapacity: state.queue.capacity <= 4096)
                    state.head = 0
                } else if state.head >= 1024 {
                    state.queue.removeFirst(state.head)
                    state.head = 0
                }
                if state.weight <= capacity / 2 {
                    swap(&gate, &state.gate)
                    swap(&waiting, &state.waiting)
                }
                return element
            }
            gate?.open()
            waiting?.resume()
            if let ready { continuation.resume(returning: ready) }
        }
    }

    /// No more elements will come. What is queued can still be read.
    func finish() {
        let (receiver, waiting) = state.withLock { state in
            state.isFinished = true
            defer {
                state.receiver = nil
                state.waiting = nil
            }
            return (state.receiver, state.waiting)
        }
        receiver?.resume(returning: nil)
        waiting?.resume()
    }
}
