import AutomatonCore
import Notify
import Testing

@Suite("Routing of news")
struct RoutingTests {
    private func route(_ receivers: [String], goesOn: Bool = false, _ match: (inout Route.Match) -> Void = { _ in }) -> Route {
        var route = Route(to: receivers)
        match(&route.match)
        route.goesOn = goesOn
        return route
    }

    private func chosen(_ routes: [Route], _ topic: Topic) -> [String] {
        Routing(routes).choose(topic).map { "\($0.receiver)@\($0.route)" }
    }

    @Test("The first that takes a topic is the last, unless it goes on; nobody is told twice")
    func order() {
        let topic = Topic(rule: "oom-killed", namespace: "production", severity: .critical, priority: .critical)
        let routes = [
            route(["pager"], goesOn: true) { $0.severities = [.critical] },
            route(["chat", "pager"]) { $0.namespaces = [NamePattern("prod*")] },
            route(["rest"]),
        ]
        #expect(chosen(routes, topic) == ["pager@0", "chat@1"])
        #expect(chosen(routes, Topic(rule: "x", namespace: "production", severity: .high)) == ["chat@1", "pager@1"])
        #expect(chosen(routes, Topic(severity: .warning)) == ["rest@2"])
        #expect(chosen([routes[0]], Topic(severity: .warning)) == [])
    }

    @Test(
        "What a topic does not have is taken by nothing but an empty list",
        arguments: [
            (Topic(rule: "crash-loop", namespace: "shop-eu", severity: .high, priority: .high), true),
            (Topic(rule: "crash-loop", namespace: "shop", severity: .high, priority: .high), false),
            (Topic(rule: "oom", namespace: "shop-eu", severity: .high, priority: .high), false),
            (Topic(rule: "crash-loop", namespace: "shop-eu", severity: .medium, priority: .high), false),
            (Topic(rule: "crash-loop", namespace: "shop-eu", severity: .high, priority: .low), false),
            (Topic(rule: nil, namespace: "shop-eu", severity: .high, priority: .high), false),
            (Topic(rule: "crash-loop", namespace: nil, severity: .high, priority: .high), false),
            (Topic(rule: "crash-loop", namespace: "shop-eu", severity: .high, priority: nil), false),
        ])
    func match(_ topic: Topic, _ isTaken: Bool) {
        var match = Route.Match()
        #expect(match.takes(topic))
        match.rules = [NamePattern("crash-*")]
        match.namespaces = [NamePattern("shop-??"), NamePattern("payments")]
        match.severities = [.high, .critical]
        match.priorities = [.high, .critical]
        #expect(match.takes(topic) == isTaken)
    }
}
