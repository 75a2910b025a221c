import Foundation

/// A folder as a person has it who reads the documents: the repository's files, programs on the path, and files of their own.
struct DocumentPlace: Sendable {
    let directory: TemporaryDirectory
    private var port = 8000
    private var kubeconfig: String?

    init() throws {
        directory = try TemporaryDirectory()
        let manager = FileManager.default
        for name in try manager.contentsOfDirectory(atPath: Documents.root) where !name.hasPrefix(".") {
            try manager.createSymbolicLink(atPath: "\(directory.path)/\(name)", withDestinationPath: "\(Documents.root)/\(name)")
        }
        try manager.createDirectory(atPath: directory.path + "/bin", withIntermediateDirectories: true)
        try manager.createSymbolicLink(
            atPath: directory.path + "/bin/automaton", withDestinationPath: try Program.executable().path)
        try manager.createDirectory(atPath: directory.path + "/.config/fish/completions", withIntermediateDirectories: true)
        try program("make", "exec /usr/bin/make -n \"$@\" >/dev/null")
        if let kubectl = Command.kubectl { try program("kubectl", Self.kubectl(kubectl)) }
        for (name, text) in Self.files { try directory.write(name, text) }
    }

    /// What the commands name and the repository does not have.
    private static let files = [
        "notify.yaml": "receivers: [{ name: chat, kind: none }]\nroutes: [{ receivers: [chat] }]\n",
        "secrets.env": "API_TOKEN=0123456789abcdef0123456789abcdef\n",
        "own/kustomization.yaml": "namespace: shop\nresources: [../k8s/base]\n",
        "my-rules/uneven.yaml": "name: uneven\ncheck: pod-health\nwhen: [{ above: 9, priority: low }]\nremediations: []\n",
        ".curlrc": "fail-with-body\nshow-error\n",
        "offline": """
        apiVersion: v1
        kind: Config
        clusters: [{ name: offline, cluster: { server: "http://127.0.0.1:1" } }]
        contexts: [{ name: offline, context: { cluster: offline, user: offline } }]
        users: [{ name: offline, user: {} }]
        current-context: offline
        """,
    ]

    /// Words that stand for something in the documents, and what they stand for here.
    private static let placeholders = [
        "DIR": "my-rules", "PATH": "config", "NAME": "chat", "HOST:PORT": "127.0.0.1:0", "CONNECTION": "dbname=automaton",
        "/var/lib/self-healing-automaton": "state",
    ]

    static func filled(_ word: String) -> String { placeholders[word] ?? word }

    /// A server is not at hand: it is enough that kubectl wants to ask one.
    private static func kubectl(_ program: String) -> String {
        """
        case "$1" in kustomize) exec \(program) "$@" ;; esac
        said=$(KUBECONFIG="$HOME/offline" \(program) "$@" 2>&1) && { echo "$said"; exit 0; }
        case "$said" in *127.0.0.1:1*) exit 0 ;; esac
        echo "$said" >&2
        exit 1
        """
    }

    private func program(_ name: String, _ text: String) throws {
        let path = try directory.write("bin/" + name, "#!/bin/bash\n\(text)\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }

    /// The shipped rules, with a change of `oom-killed`.
    func rules(replacing change: (String, String)?) throws -> String {
        guard let change else { return Program.shippedRules }
        let copy = directory.path + "/changed"
        try FileManager.default.copyItem(atPath: Program.shippedRules, toPath: copy)
        let rule = try String(contentsOfFile: copy + "/oom-killed.yaml", encoding: .utf8)
        try directory.write("changed/oom-killed.yaml", rule.replacing(change.0, with: change.1))
        return copy
    }

    /// The same, for commands that ask an automaton at this port.
    func asking(port: Int, kubeconfig: String) -> DocumentPlace {
        var place = self
        (place.port, place.kubeconfig) = (port, kubeconfig)
        return place
    }

    /// Runs a line in a shell. Pipes fail with any of their programs.
    @discardableResult
    func run(_ line: ShellLine) async throws -> (status: Int32, said: String) {
        var text = line.text.replacing("127.0.0.1:8000", with: "127.0.0.1:\(port)")
        for (word, meaning) in Self.placeholders {
            for (before, after) in [(" ", " "), ("=", " "), (" ", "\n"), ("=", "\n")] {
                text = (text + "\n").replacing(before + word + after, with: before + meaning + after)
            }
        }
        if let kubeconfig { text = text.replacing("~/.kube/config", with: kubeconfig) }
        let script = try directory.write(
            "line.sh",
            """
            set -o pipefail
            cd "\(directory.path)"
            export HOME="$PWD" PATH="$PWD/bin:$PATH" AUTOMATON_API=http://127.0.0.1:\(port) USER=anna
            unset KUBECONFIG TEST_KUBECONFIG API_TOKEN
            \(text)
            """)
        return try await Command.run("/usr/bin/timeout", ["60", "/bin/bash", script])
    }
}
