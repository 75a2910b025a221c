import Testing

@testable import KubernetesClient

@Suite struct WatchPositionTests {
    @Test("A list that fails again and again is tried less and less often")
    func listsBackOff() {
        var position = WatchPosition()
        let backoff = Backoff(base: .milliseconds(200), maximum: .seconds(30))
        var delays: [Duration] = []
        for _ in 0..<12 {
            position.failed(KubernetesError(.unauthorized, request: "GET /api/v1/pods", status: 401, message: "no"))
            delays.append(position.delay(backoff, jitter: 0.5) ?? .zero)
        }
        #expect(delays == delays.sorted())
        #expect(delays[0] < .seconds(1))
        #expect(delays[11] >= .seconds(15))
        position.restart(at: "7")
        position.advance(WatchProgress.State(isOpen: true, events: 1, resourceVersion: "8"), lasted: .seconds(2))
        #expect(position.delay(backoff, jitter: 0.5) == nil)
    }
}
