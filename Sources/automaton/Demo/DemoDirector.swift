import AutomatonCore
import Engine
import ServiceLifecycle
import SimulatedAPI
import Simulator
import WebAPI

/// Leads through the demo: deploys the shop, breaks it, waits until it is mended, shows the table.
struct DemoDirector: Service {
    let stage: DemoStage
    let ledger: DemoLedger
    let narrator: DemoNarrator
    let engine: Engine
    let web: WebServer
    let withTrouble: Bool
    let keep: Bool
    let timeout: Duration
    let rules: [Rule]
    /// The text of /metrics.
    let exposition: @Sendable () -> String

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await play() }
        } catch is CancellationError {
            return
        }
    }

    private func play() async throws {
        let start = ContinuousClock.now
        try await until(start) { web.port != nil }
        introduce()
        try await stage.cluster.write { store, now in _ = try store.deployShop(in: stage.shop.namespace, at: now) }
        try await until(start) { await stage.cluster.read { stage.shop.isHealthy(in: $0) } }
        try await until(start) { await engine.unobserved.isEmpty }
        say("ready", .green, "the shop runs in namespace \(stage.shop.namespace); the automaton watches it")

        let entries = ledger.all
        for (index, entry) in entries.enumerated() {
            let now = stage.cluster.now
            ledger.injected(index, at: now)
            say("break", .bold, "\(entry.fault.broken): \(entry.fault.title)")
            try await entry.fault.inject(stage, now)
            if withTrouble { try await makeTrouble(index) }
            try await Task.sleep(for: .milliseconds(1500))
        }
        try? await until(start) { ledger.isDone }
        let duration = start.duration(to: .now)
        if ledger.isDone {
            say("wait", .grey, "until the replicas that the backlog needed are put back")
            try? await until(start) { ledger.isRestored }
        }
        finish(after: duration)
        if keep { try await stay() }
    }

    private func introduce() {
        Terminal.out("A simulated cluster, healed by the rules in force:")
        for rule in rules {
            let steps = rule.remediations.map(\.use).joined(separator: ", then ")
            Terminal.out("  \(rule.name): \(steps.isEmpty ? "tell a person" : steps)")
        }
        Terminal.out("So that nobody waits, thresholds are shorter than the defaults: \(DemoPace.text)")
        Terminal.out("kubectl --kubeconfig \(stage.kubeconfigPath) get pods -n \(stage.shop.namespace) --watch")
        if let missing = stage.missing { Terminal.out("The database is left out: \(missing)") }
        if let port = web.port {
            Terminal.out("http://127.0.0.1:\(port)/   shows it in a browser")
            Terminal.out("curl http://127.0.0.1:\(port)/metrics")
            Terminal.out("automaton explain --api http://127.0.0.1:\(port)")
        }
        Terminal.out("")
    }

    /// What goes wrong between the automaton and the API server, beside the faults that it is to mend.
    private func makeTrouble(_ index: Int) async throws {
        switch index % 4 {
        case 0:
            say("trouble", .yellow, "the API server does not answer the next PATCH; it did carry it out")
            stage.trouble.inject(.lostAnswer(.seconds(10)), method: "PATCH")
        case 1:
            say("trouble", .yellow, "every watch is dropped")
            await stage.trouble.dropWatches()
        case 2:
            say("trouble", .yellow, "versions expire (410), watches are dropped: everything must be listed anew")
            await stage.trouble.expireHistory()
            await stage.trouble.dropWatches()
        default:
            say("trouble", .yellow, "the API server throttles (429) the next three requests, and answers one with 500")
            stage.trouble.inject(.throttled, count: 3)
            stage.trouble.inject(.internalError)
        }
    }

    private func finish(after duration: Duration) {
        let entries = ledger.all
        let healed = entries.count(where: \.isHealed)
        Terminal.out("")
        Terminal.out(DemoTable.text(entries))
        Terminal.out("")
        Terminal.out("\(healed) of \(entries.count) faults healed in \(duration.readable), without a person.")
        Terminal.out("")
        for line in exposition().split(separator: "\n") where line.hasPrefix("healing_actions_total{") && !line.hasSuffix(" 0") {
            Terminal.out(String(line))
        }
    }

    private func stay() async throws {
        Terminal.out("")
        Terminal.out("The cluster runs on until Ctrl-C. Break it yourself, and look:")
        Terminal.out("  export KUBECONFIG=\(stage.kubeconfigPath)")
        Terminal.out("  kubectl -n \(stage.shop.namespace) get pods")
        Terminal.out("  kubectl -n \(stage.shop.namespace) describe deployment \(stage.shop.emailService.name)")
        Terminal.out("  kubectl -n \(stage.shop.namespace) patch deployment \(stage.shop.storefront.name) --type merge -p \\")
        Terminal.out(
            #"    '{"spec":{"template":{"metadata":{"annotations":{"simulator/needs-memory":"400Mi"}}}}}'   # its limit is 256Mi"#)
        try await Task.sleep(for: .seconds(86_400))
    }

    private func say(_ word: String, _ colour: DemoNarrator.Colour, _ text: String) {
        narrator.line(word, colour, text, at: stage.cluster.now)
    }

    /// Waits for a condition, no longer than the demo may take.
    private func until(_ start: ContinuousClock.Instant, _ condition: () async -> Bool) async throws {
        while !(await condition()) {
            guard start.duration(to: .now) < timeout else { throw DemoTimeout(timeout) }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}

/// The demo took too long.
struct DemoTimeout: Error, CustomStringConvertible {
    let limit: Duration

    init(_ limit: Duration) { self.limit = limit }

    var description: String { "not done within \(limit.readable)" }
}
