import AutomatonCore
import Foundation
import SimulatedAPI
import Simulator
import Testing

/// What helped is kept, also when a deploy undoes it: through the real binary and the real HTTP API.
@Suite("Fixes", .timeLimit(.minutes(10)))
struct FixesTests {
    private static let sheetPath = "/api/v1/namespaces/production/configmaps/self-healing-fixes"
    private static let impatient = Stage.impatient.merging(["DELAY_MEDIUM": "0s", "DELAY_LOW": "0s"]) { $1 }

    /// As it is shipped: without data.
    private static func ship(_ stage: Stage) async throws {
        try await stage.cluster.write { store, now in
            _ = try store.create(
                .configMaps,
                ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "self-healing-fixes", "namespace": "production"]], at: now)
        }
    }

    private static func sheet(_ stage: Stage) async -> String? {
        await stage.cluster.read { store in
            store.get(.configMaps, namespace: "production", name: "self-healing-fixes")?["data", "fixes.yaml"]?.string
        }
    }

    /// A person edits it.
    private static func edit(_ stage: Stage, _ change: @escaping @Sendable (String) -> String) async throws {
        try await stage.cluster.write { store, now in
            _ = try store.update(.configMaps, namespace: "production", name: "self-healing-fixes") { object in
                object["data", "fixes.yaml"] = .string(change(object["data", "fixes.yaml"]?.string ?? ""))
            }
        }
    }

    /// A chart brings another limit back: enough for what is needed now, so that no OOM comes in between.
    private static func deploy(_ stage: Stage, limit: String, request: String) async throws {
        try await stage.cluster.write { store, now in
            _ = try store.update(.deployments, namespace: "production", name: "email-service") { object in
                object["spec", "template", "spec", "containers", 0, "resources", "limits", "memory"] = .string(limit)
                object["spec", "template", "spec", "containers", 0, "resources", "requests", "memory"] = .string(request)
            }
        }
    }

    private struct Asking {
        let api: [String]
        let directory: String

        func callAsFunction(_ arguments: String..., exit: Int32 = 0) async throws -> (out: String, log: String) {
            let result = try await Program.run(arguments + api, environment: ["USER": "anna"])
            #expect(result.end == .exit(exit), "\(arguments): \(result.out)\(result.log)")
            return (result.out, result.log)
        }
    }

    private static func asking(_ automaton: Program, _ stage: Stage) async throws -> Asking {
        Asking(api: ["--api", "http://127.0.0.1:\(try await Scrape(of: automaton).port)"], directory: stage.directory.path)
    }

    private static let manifest = """
        # The mail service.
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: email-service
        spec:
          replicas: 1
          template:
            spec:
              containers:
                - name: email-service
                  image: "registry.example.com/email-service:2.4.1"
                  resources:
                    limits: { memory: 1Gi }
                    requests:
                      memory: "512Mi"  # enough in March

        """

    @Test("An OOM heals, the fix is kept, a deploy undoes it, a person has it applied again, and it goes into git")
    func wholeWay() async throws {
        try await withStage { stage in
            try await Self.ship(stage)
            try await stage.deploy(Email.blueprint)
            try await stage.withAutomaton(["--state", stage.directory.path + "/state"], environment: Self.impatient) { automaton in
                let ask = try await Self.asking(automaton, stage)
                #expect(try await ask("fixes", "list").out.contains("Nothing is kept"))
                try await stage.oom(mebibytes: 1536)
                try await automaton.line("Kept: memory limit 2Gi, request 1Gi of email-service")
                try await until("it is in the ConfigMap", context: { automaton.transcript }) {
                    await Self.sheet(stage)?.contains("value: 2Gi\n    request: 1Gi\n    before: 1Gi\n    requestBefore: 512Mi\n") == true
                }
                try await until("it is seen to hold", context: { automaton.transcript }) {
                    try await Program.run(["fixes", "list"] + ask.api).out.contains(/holds +20.*oom-killed/)
                }
                #expect(try await ask("fixes", "show", "deployment/email-service").out.contains("value        2Gi (request 1Gi)"))
                _ = try await ask("fixes", "apply", "deployment/email-service", exit: 2)

                try await Self.deploy(stage, limit: "1792Mi", request: "512Mi")
                try await automaton.line("the question") { $0["choice"] == "ask_approval" && $0["rule"] == "fix-drift" }
                #expect(await stage.email.limit == "1792Mi", "nothing is written unasked")
                #expect(try await ask("fixes", "list").out.contains("drifted"))
                let drifted = try await Scrape(of: automaton)
                #expect(try await drifted.value(#"healing_fixes_drifted{type="memory"}"#) == "1")
                #expect(
                    try await ask("fixes", "apply", "deployment/email-service").out.hasPrefix(
                        "done     production/deployment/email-service fix-drift: "))
                try await until("it is applied again", context: { automaton.transcript }) {
                    let email = await stage.email
                    return email.limit == "2Gi" && email.request == "1Gi"
                }
                try await automaton.line("Healed: fix-drift")
                // What was kept stays what it was, with where it comes from.
                #expect(try await ask("fixes", "show", "deployment/email-service").out.contains("rule         oom-killed"))
                let metrics = try await Scrape(of: automaton)
                #expect(try await metrics.value(#"healing_fixes{type="memory"}"#) == "1")
                #expect(try await metrics.value(#"healing_fixes_drifted{type="memory"}"#) == "0")
                #expect(try await metrics.value("healing_fixes_configmap_in_step") == "1")

                try await Self.intoGit(ask, stage)
                // Without a running automaton the journal tells it, too.
                let kept = try await Program.run(["fixes", "export", "--format", "yaml", "--state", stage.directory.path + "/state"])
                #expect(kept.end == .exit(0) && kept.out.contains("value: 2Gi"), "\(kept.log)")
                let file = try stage.directory.write("kept.yaml", kept.out)
                #expect(try await ask("fixes", "forget", "deployment/email-service").out.contains("Kept no longer: memory 2Gi"))
                try await until("it is taken out there", context: { automaton.transcript }) {
                    await Self.sheet(stage)?.contains("fixes: []") == true
                }
                // An old file brings nothing back.
                #expect(try await ask("fixes", "import", file, ).log.contains("it was forgotten since"))
                let later = kept.out.replacing(/timestamp: ".*"/, with: "timestamp: \"\(Self.now)\"")
                let written = try stage.directory.write("later.yaml", later)
                let line = "'\(try Program.executable().path)' fixes import FILE \(ask.api.joined(separator: " "))"
                for (pipe, file) in [("cat '\(written)' | ", "-"), ("cat '\(written)' | ", "/dev/stdin"), ("", "<(cat '\(written)')")] {
                    let piped = try await Command.run("/bin/bash", ["-c", pipe + line.replacing("FILE", with: file)])
                    #expect(piped.status == 0 && piped.said.contains("Kept: 1 of 1"), "\(file): \(piped.said)")
                }
                let none = try await Command.run("/bin/bash", ["-c", "printf 'nothing' | \(line.replacing("FILE", with: "-"))"])
                #expect(none.status == 64 && none.said.contains("standard input:1:1: "), "\(none.said)")
                #expect(try await ask("fixes", "list").out.contains(/2Gi \(request 1Gi\).* imported\n/))
                #expect(
                    try await ask("fixes", "show", "deployment/email-service").out.contains(
                        "imported     yes: what follows is what a person says"))
                let wrong = try stage.directory.write("wrong.yaml", kept.out.replacing("value:", with: "valeu:"))
                #expect(
                    try await ask("fixes", "import", wrong, exit: 64).log.contains(
                        "wrong.yaml:8:5: unknown key 'valeu'; did you mean 'value'?"))
            }
        }
    }

    private static var now: String { Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)).rfc3339Milli }

    /// The patch is one that kustomize takes, and the difference one that git takes.
    private static func intoGit(_ ask: Asking, _ stage: Stage) async throws {
        let repository = stage.directory.path + "/repository"
        try stage.directory.write("repository/base/email.yaml", manifest)
        func shell(_ line: String) async throws -> (status: Int32, said: String) {
            try await Command.run("/bin/bash", ["-c", "cd '\(repository)' && \(line)"])
        }
        let program = try Program.executable().path
        #expect(try await shell("git init -q && git add . && git -c user.name=t -c user.email=t@example.com commit -qm one").status == 0)
        let export = "'\(program)' fixes export --diff base/email.yaml \(ask.api.joined(separator: " "))"
        let applied = try await shell("\(export) > fix.patch && git apply --check fix.patch && git apply fix.patch")
        #expect(applied.status == 0, "\(applied.said)")
        let expected = manifest.replacing("memory: 1Gi }", with: "memory: 2Gi }").replacing("\"512Mi\"  #", with: "\"1Gi\"  #")
        #expect(try String(contentsOfFile: repository + "/base/email.yaml", encoding: .utf8) == expected)
        #expect(try await shell(export).status == 1, "there is no more to change")

        guard let kubectl = Command.kubectl else { return }
        try stage.directory.write("repository/base/kustomization.yaml", "resources: [email.yaml]\nnamespace: production\n")
        try stage.directory.write(
            "repository/live/kustomization.yaml", "resources: [../base]\nnamespace: production\npatches:\n  - path: fixes.yaml\n")
        try stage.directory.write("repository/base/email.yaml", manifest)
        let built = try await shell(
            "'\(program)' fixes export \(ask.api.joined(separator: " ")) > live/fixes.yaml && '\(kubectl)' kustomize live")
        #expect(built.status == 0 && built.said.contains("memory: 2Gi") && built.said.contains("memory: 1Gi"), "\(built.said)")
        #expect(built.said.contains("image: registry.example.com/email-service:2.4.1"))
    }

    @Test("People edit the ConfigMap: what they change counts, and a text that cannot be read stays until it is mended")
    func edited() async throws {
        try await withStage { stage in
            try await Self.ship(stage)
            try await stage.deploy(Email.blueprint)
            try await stage.withAutomaton(environment: Self.impatient) { automaton in
                let ask = try await Self.asking(automaton, stage)
                try await stage.oom(mebibytes: 1536)
                try await until("it is in the ConfigMap", context: { automaton.transcript }) {
                    await Self.sheet(stage)?.contains("value: 2Gi") == true
                }
                // Another writer is faster: it is read again, and nothing is lost.
                stage.faults.inject(.conflict, count: 1, method: "PATCH", path: Self.sheetPath)
                try await Self.edit(stage) { $0.replacing("value: 2Gi", with: "value: 3Gi") }
                try await until("it is taken over", context: { automaton.transcript }) {
                    try await ask("fixes", "list").out.contains(/3Gi \(request 1Gi\).* imported\n/)
                }
                try await until("it says so there", context: { automaton.transcript }) {
                    await Self.sheet(stage)?.contains("    imported: true\n    rule: oom-killed\n") == true
                }
                let broken = "fixes:\n  - namespace: production\n    vlaue: 1\n# mine\n"
                try await Self.edit(stage) { _ in broken }
                let told = try await automaton.line("fixes.yaml:3:5: unknown key 'vlaue'")
                #expect(told.message.contains("The fixes known so far go on") && told["level"] == "error")
                #expect(try await ask("fixes", "list").out.contains("3Gi"))
                #expect(await Self.sheet(stage) == broken)
                #expect(try await Scrape(of: automaton).value("healing_fixes_configmap_in_step") == "0")
                try await Self.edit(stage) { _ in "fixes: []\n" }
                try await until("it is forgotten", context: { automaton.transcript }) {
                    try await ask("fixes", "list").out.contains("Nothing is kept")
                }
                try await automaton.line("Fixes are kept in ConfigMap production/self-healing-fixes again")
            }
        }
    }

    @Test("Replicas that are fewer than kept have drifted, until an HPA sets them: then it is its business, and nobody is asked")
    func autoscaled() async throws {
        try await withStage { stage in
            try await Self.ship(stage)
            try await stage.deploy(Email.blueprint)
            try await stage.withAutomaton(environment: Self.impatient) { automaton in
                let ask = try await Self.asking(automaton, stage)
                let kept = """
                    fixes:
                      - namespace: production
                        resource: deployment/email-service
                        type: replicas
                        value: 9
                        timestamp: "\(Self.now)"

                    """
                _ = try await ask("fixes", "import", try stage.directory.write("kept.yaml", kept))
                #expect(try await automaton.line("Kept: replicas 9 on")["imported"] == "true")
                try await automaton.line("the question") { $0["choice"] == "ask_approval" && $0["rule"] == "fix-drift" }
                try await stage.cluster.write { store, now in
                    _ = try store.create(
                        .horizontalPodAutoscalers,
                        [
                            "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
                            "metadata": ["name": "mail", "namespace": "production"],
                            "spec": [
                                "scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "email-service"],
                                "minReplicas": 1, "maxReplicas": 4,
                            ],
                        ], at: now)
                }
                try await until("it is idle", context: { automaton.transcript }) {
                    try await Program.run(["fixes", "list"] + ask.api).out.contains(/9 .*idle/)
                }
                let why = "HorizontalPodAutoscaler mail sets its replicas"
                #expect(try await ask("fixes", "show", "deployment/email-service").out.contains(why))
                #expect(try await ask("fixes", "apply", "deployment/email-service", exit: 2).log.contains(why))
                let metrics = try await Scrape(of: automaton)
                #expect(try await metrics.value(#"healing_fixes_drifted{type="replicas"}"#) == "0")
                #expect(try await metrics.value(#"healing_incidents_open{priority="medium",rule="fix-drift"}"#) == "0")
            }
        }
    }

    @Test("A new pod with an empty journal takes over what the ConfigMap has; without the right to it the journal goes on alone")
    func newPod() async throws {
        try await withStage { stage in
            try await Self.ship(stage)
            try await stage.deploy(Email.blueprint)
            try await stage.withAutomaton(environment: Self.impatient) { automaton in
                try await stage.oom(mebibytes: 1536)
                try await until("it is in the ConfigMap", context: { automaton.transcript }) {
                    await Self.sheet(stage)?.contains("value: 2Gi") == true
                }
            }
            try await Self.deploy(stage, limit: "1792Mi", request: "512Mi")
            _ = try await stage.withAutomaton(environment: Self.impatient) { automaton in
                try await automaton.line("the question") { $0["choice"] == "ask_approval" && $0["rule"] == "fix-drift" }
            }
            #expect(await stage.email.limit == "1792Mi")
        }
        let user = Access.User(
            name: "healer",
            rules: [
                Access.Rule(
                    verbs: ["*"], groups: ["*"],
                    resources: [
                        "pods", "deployments", "replicasets", "statefulsets", "daemonsets", "jobs", "limitranges", "leases", "events",
                    ])
            ])
        try await withStage(access: Access(tokens: ["token": user]), token: "token") { stage in
            try await Self.ship(stage)
            try await stage.deploy(Email.blueprint)
            _ = try await stage.withAutomaton(environment: Self.impatient) { automaton in
                let told = try await automaton.line("'automaton rbac' prints the right that is missing") { $0.message.hasPrefix("Fixes: ") }
                #expect(told.message.contains("self-healing-fixes"))
            }
            #expect(await Self.sheet(stage) == nil)
        }
    }
}
