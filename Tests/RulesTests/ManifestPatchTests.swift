import AutomatonCore
import Testing

@testable import Rules

@Suite struct ManifestPatchTests {
    private static let catalog = Subject(.deployment, namespace: "production", name: "catalog")
    private static let at = Instant(seconds: 1_700_000_000)

    private static func memory(_ limit: String, _ request: String? = nil, container: String = "catalog") -> Fix {
        Fix(
            catalog, container: container,
            .memory(limit: ByteQuantity(limit) ?? ByteQuantity(bytes: 0), request: request.flatMap { ByteQuantity($0) }), at: at)
    }

    private static let replicas = Fix(catalog, .replicas(4), at: at)

    private static let manifest = """
        # The shop's catalogue.
        apiVersion: v1
        kind: Service
        metadata: {name: catalog}
        spec: {ports: [{port: 80}]}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: "catalog"  # its name
        spec:
          replicas: 2
          template:
            spec:
              containers:
                - name: catalog
                  image: registry/catalog:1
                  resources:
                    limits:
                      cpu: "1"
                      memory: "1Gi"   # as measured in May
                    requests: { memory: 512Mi, cpu: 100m }
                - name: side
                  image: registry/side:1

        """

    private func patched(_ text: String, _ fixes: Fix...) throws -> String {
        let patch = try ManifestPatch(text, file: "app.yaml", fixes: fixes)
        return patch.patched
    }

    private func problem(_ text: String, _ fixes: Fix...) -> String {
        do {
            _ = try ManifestPatch(text, file: "app.yaml", fixes: fixes)
            return ""
        } catch {
            return error.description
        }
    }

    @Test("A byte order mark stays where it is, in the text and in the difference")
    func byteOrderMark() throws {
        let text = "kind: Deployment\nmetadata: { name: catalog }\nspec:\n  replicas: 2\n"
        let patch = try ManifestPatch("\u{FEFF}" + text, file: "app.yaml", fixes: [Self.replicas])
        #expect(Array(patch.patched.utf8) == Array(("\u{FEFF}" + text.replacing("2", with: "4")).utf8))
        let difference = patch.unified(path: "app.yaml")
        #expect(difference.utf8.contains(0xEF) && difference.unicodeScalars.count { $0 == "\u{FEFF}" } == 1, "\(difference)")
        #expect(difference.contains(" \u{FEFF}kind: Deployment\n") && difference.contains("-  replicas: 2\n+  replicas: 4\n"))
    }

    @Test("It changes the scalars that are meant, and nothing else", arguments: ["\n", "\r\n"])
    func scalars(_ lineEnd: String) throws {
        let text = Self.manifest.replacing("\n", with: lineEnd)
        #expect(
            try patched(text, Self.memory("2Gi", "1Gi"), Self.replicas)
                == text.replacing("memory: \"1Gi\"   # as", with: "memory: \"2Gi\"   # as").replacing(
                    "memory: 512Mi,", with: "memory: 1Gi,"
                )
                .replacing("replicas: 2", with: "replicas: 4"))
    }

    @Test("What is not there is put there, as deep as it belongs")
    func insertion() throws {
        #expect(
            try patched(Self.manifest, Self.memory("2Gi", "1Gi", container: "side")).hasSuffix(
                """
                        - name: side
                          resources:
                            limits:
                              memory: 2Gi
                            requests:
                              memory: 1Gi
                          image: registry/side:1

                """))
        let bare = Self.manifest.replacing("  replicas: 2\n", with: "").replacing(
            "            limits:\n              cpu: \"1\"\n              memory: \"1Gi\"   # as measured in May\n", with: "")
        #expect(
            try patched(bare, Self.memory("2Gi"), Self.replicas)
                == bare.replacing("spec:\n  template", with: "spec:\n  replicas: 4\n  template").replacing(
                    "          resources:\n", with: "          resources:\n            limits:\n              memory: 2Gi\n"))
        for empty in [" {}", "", "  # none yet"] {
            let text = Self.manifest.replacing("image: registry/side:1", with: "image: registry/side:1\n          resources:\(empty)")
            let (old, new) = (
                " resources:\(empty)\n", " resources:\(empty == " {}" ? "" : empty)\n            limits:\n              memory: 2Gi\n"
            )
            let expected = text.replacing("side:1\n         \(old)", with: "side:1\n         \(new)")
            #expect(try patched(text, Self.memory("2Gi", container: "side")) == expected, "\(empty)")
        }
    }

    @Test("A value that is higher there stays, and one that is the same changes nothing")
    func neverLower() throws {
        for fix in [Self.memory("1Gi"), Self.memory("512Mi", "256Mi")] {
            let patch = try ManifestPatch(Self.manifest, file: "app.yaml", fixes: [fix])
            #expect(patch.patched == Self.manifest && patch.unified(path: "app.yaml").isEmpty)
            #expect(patch.remarks.first?.contains("resources.") == true && patch.found == [fix])
        }
        #expect(try patched(Self.manifest, Fix(Self.catalog, .replicas(1), at: Self.at)) == Self.manifest)
    }

    @Test("Only the manifest of the workload is changed: by kind, name, and namespace where it has one")
    func others() throws {
        for (old, new) in [
            ("kind: Deployment", "kind: StatefulSet"), ("name: \"catalog\"", "name: orders"),
            ("name: \"catalog\"", "namespace: staging\n  name: catalog"),
        ] {
            let text = Self.manifest.replacing(old, with: new)
            let patch = try ManifestPatch(text, file: "app.yaml", fixes: [Self.memory("2Gi")])
            #expect(patch.found.isEmpty && patch.patched == text)
        }
        let same = Self.manifest.replacing("name: \"catalog\"", with: "namespace: production\n  name: catalog")
        #expect(try patched(same, Self.replicas).contains("replicas: 4"))
    }

    @Test("What cannot be changed safely is refused, with its place")
    func refusals() {
        #expect(
            problem(Self.manifest.replacing("replicas: 2", with: "replicas: {{ .n }}"), Self.replicas).hasPrefix(
                "app.yaml:12: is a template"))
        #expect(problem(Self.manifest.replacing("replicas: 2", with: "replicas: &n 2"), Self.replicas).contains("app.yaml:12:13: anchors"))
        #expect(problem(Self.manifest, Self.memory("2Gi", container: "other")).contains("has no container other"))
        #expect(problem(Self.manifest.replacing("replicas: 2", with: "replicas: many"), Self.replicas).contains("spec.replicas is 'many'"))
        let braces = Self.manifest.replacing("image: registry/side:1", with: "resources: {limits: {cpu: 1}}")
        #expect(problem(braces, Self.memory("2Gi", container: "side")).contains("written in braces"))
        let folded = Self.manifest.replacing("memory: \"1Gi\"   # as measured in May", with: "memory: >-\n                1Gi")
        #expect(problem(folded, Self.memory("2Gi")).contains("change it by hand"))
        #expect(problem("a: [", Self.replicas).contains("not valid YAML"))
        // Lines that YAML counts and git does not: a value beside the one that is meant would be changed.
        for mark in ["\u{2028}", "\u{2029}", "\u{85}", "\r"] {
            let odd = Self.manifest.replacing("replicas: 2", with: "replicas: 2 # odd\(mark)# more")
            #expect(problem(odd, Self.memory("2Gi")).contains("end of a line"), "\(mark.unicodeScalars.map(\.value))")
        }
    }

    @Test("The difference has three lines around each change, and says where a last line has no end")
    func unified() throws {
        let patch = try ManifestPatch(Self.manifest, file: "app.yaml", fixes: [Self.memory("2Gi"), Self.replicas])
        #expect(
            patch.unified(path: "app.yaml") == """
                --- a/app.yaml
                +++ b/app.yaml
                @@ -9,7 +9,7 @@
                 metadata:
                   name: "catalog"  # its name
                 spec:
                -  replicas: 2
                +  replicas: 4
                   template:
                     spec:
                       containers:
                @@ -18,7 +18,7 @@
                           resources:
                             limits:
                               cpu: "1"
                -              memory: "1Gi"   # as measured in May
                +              memory: "2Gi"   # as measured in May
                             requests: { memory: 512Mi, cpu: 100m }
                         - name: side
                           image: registry/side:1

                """)
        let short = "kind: Deployment\nmetadata: {name: catalog}\nspec:\n  replicas: 2"
        #expect(
            try ManifestPatch(short, file: "s", fixes: [Self.replicas]).unified(path: "s").hasSuffix(
                "-  replicas: 2\n\\ No newline at end of file\n+  replicas: 4\n\\ No newline at end of file\n"))
    }

    @Test("A kustomize patch holds the fields that are kept, a document a workload")
    func kustomize() throws {
        let volume = Fix(Subject(.volume, namespace: "production", name: "data"), .storage(ByteQuantity(bytes: 20 << 30)), at: Self.at)
        let text = KustomizePatch.text([Self.memory("2Gi", "1Gi"), Self.memory("1Gi", container: "side"), Self.replicas, volume])
        let documents = try YAMLNode.documents(in: text, file: "f")
        #expect(documents.count == 2)
        let first = try #require(documents.first)
        #expect(first["kind"]?.text == "Deployment" && first["metadata"]?["namespace"]?.text == "production")
        #expect(first["spec"]?["replicas"]?.text == "4")
        guard case .sequence(let containers)? = first["spec"]?["template"]?["spec"]?["containers"]?.content else {
            return #expect(Bool(false), "\(text)")
        }
        #expect(containers.map { $0["name"]?.text } == ["catalog", "side"])
        #expect(containers[0]["resources"]?["requests"]?["memory"]?.text == "1Gi" && containers[1]["resources"]?["requests"] == nil)
        #expect(documents[1]["spec"]?["resources"]?["requests"]?["storage"]?.text == "20Gi")
    }
}
