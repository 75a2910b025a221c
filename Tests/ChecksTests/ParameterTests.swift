import AutomatonCore
import Testing

@testable import Checks

@Suite struct ParameterTests {
    @Test func defaults() throws {
        let check = try PodHealth(.init())
        #expect(check.selection == PodSelection())
        #expect(check.window == .hours(1))
        #expect(check.settle == .minutes(2))
    }

    @Test func selection() throws {
        let check = try PodHealth(.init(namespace: "production", labels: "app in (email,cart),tier!=batch"))
        #expect(check.selection == PodSelection(namespace: "production", labelSelector: "app in (email,cart),tier!=batch"))
    }

    @Test(arguments: [
        (PodHealth.Parameters(namespace: "Production"), "namespace"), (.init(namespace: ""), "namespace"),
        (.init(namespace: "-a"), "namespace"),
        (.init(namespace: String(repeating: "a", count: 64)), "namespace"), (.init(labels: "app=\u{1}"), "labels"),
        (.init(labels: String(repeating: "a", count: 1001)), "labels"), (.init(window: .init(.seconds(59))), "window"),
        (.init(window: .init(.hours(169))), "window"), (.init(settle: .init(.zero)), "settle"), (.init(settle: .init(.hours(2))), "settle"),
    ])
    func senseless(_ parameters: PodHealth.Parameters, _ key: String) {
        let error = #expect(throws: ParameterError.self) { try PodHealth(parameters) }
        #expect(error?.key == key)
    }

    @Test func namesAreThoseOfTheParameters() {
        let names = Mirror(reflecting: PodHealth.Parameters()).children.compactMap(\.label)
        #expect(names == PodHealth.parameterNames)
        #expect(builtInChecks.map { $0.name } == ["memory-usage", "pod-health"])
    }
}
