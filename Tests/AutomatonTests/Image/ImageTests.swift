import Foundation
import Simulator
import Testing

/// What the image is made by: the Dockerfile, the scripts that it shares with `make image-check`, and the manifest that starts it.
@Suite("Image", .timeLimit(.minutes(5)))
struct ImageTests {
    static let scripts = ManifestsTests.repository + "/scripts/image"
    let dockerfile: Dockerfile
    let manifest: String

    init() throws {
        dockerfile = try Dockerfile(String(contentsOfFile: ManifestsTests.repository + "/Dockerfile", encoding: .utf8))
        manifest = try String(contentsOfFile: ManifestsTests.k8s + "/base/self-healing-automaton.yaml", encoding: .utf8)
    }

    @Test("The last stage starts from nothing, takes the assembled root, and runs the program as the user that the manifest names")
    func lastStage() throws {
        let last = try #require(dockerfile.stages.last)
        #expect(last.base == "scratch")
        #expect(last.all("RUN").isEmpty)
        #expect(last.all("COPY") == ["--from=sbom /image/ /"])
        #expect(last.all("USER") == ["65532:65532"])
        #expect(manifest.contains("runAsUser: 65532\n") && manifest.contains("runAsGroup: 65532\n"))
        // The form of a list: a plain command line would need a shell.
        #expect(last.all("ENTRYPOINT") == [#"["/usr/bin/automaton"]"#])
        #expect(last.all("CMD") == [#"["run"]"#])
        #expect(!manifest.contains("command:"))
        let port = try #require(last.all("EXPOSE").first)
        #expect(manifest.contains("containerPort: \(port)\n"))
        for label in ["title", "description", "version", "revision", "created", "licenses", "base.name"] {
            #expect(last.all("LABEL").joined().contains("org.opencontainers.image.\(label)="), "\(label)")
        }
    }

    @Test("A linter has no complaint of the Dockerfile", .enabled(if: Command.hadolint != nil, "hadolint could not be installed"))
    func linted() async throws {
        let hadolint = try #require(Command.hadolint)
        let path = ManifestsTests.repository + "/Dockerfile"
        let said = try await Command.run(hadolint, [path])
        #expect(said.status == 0, "\(said.said)")
        // It finds what is wrong.
        let directory = try TemporaryDirectory()
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let wrong = try directory.write("Dockerfile", text.replacing(#"ENTRYPOINT ["/usr/bin/automaton"]"#, with: "ENTRYPOINT automaton"))
        #expect(try await Command.run(hadolint, [wrong]).said.contains("DL3025"))
    }

    @Test("It is of this version")
    func version() async throws {
        let version = try await Program.run(["version"]).out.split { $0 == " " || $0 == "\n" }.last.map(String.init)
        let said = dockerfile.stages.flatMap { $0.all("ARG") }.filter { $0.hasPrefix("VERSION=") }
        #expect(said.count == 2)
        for argument in said { #expect(argument == "VERSION=\(try #require(version))") }
    }

    @Test("Each base has a version, and each stage that is taken from exists")
    func stages() throws {
        let names = Set(dockerfile.stages.compactMap(\.name))
        for stage in dockerfile.stages {
            let base = dockerfile.arguments.reduce(stage.base) { $0.replacing("${\($1.key)}", with: $1.value) }
            #expect(base == "scratch" || names.contains(base) || base.contains(":") && !base.hasSuffix(":latest"), "\(base)")
            for copy in stage.all("COPY") {
                if let from = copy.firstMatch(of: /--from=(\S+)/) { #expect(names.contains(String(from.1)), "\(copy)") }
            }
        }
    }

    @Test("What it does is in the scripts, and they are there")
    func sharedSteps() throws {
        let runs = dockerfile.stages.flatMap { $0.all("RUN") }.joined(separator: "\n")
        let check = try String(contentsOfFile: Self.scripts + "/check.sh", encoding: .utf8)
        for script in ["install.sh", "root.sh", "licences.sh", "sbom.py", "contents.py"] {
            #expect(FileManager.default.isExecutableFile(atPath: "\(Self.scripts)/\(script)"))
            #expect(runs.contains("scripts/image/\(script)"), "the Dockerfile does not call \(script)")
            #expect(check.contains("scripts/image/\(script)"), "image-check does not call \(script)")
        }
        // No package of the running image is named anywhere but in the list.
        for stage in dockerfile.stages where ["runtime", "debian", "root"].contains(stage.name) {
            #expect(!stage.all("RUN").joined().contains("apt-get"), "\(stage.name ?? "")")
        }
    }

    @Test("The builder gets what the Dockerfile copies, and neither history, nor build folders, nor secrets")
    func ignored() throws {
        let lines = try String(contentsOfFile: ManifestsTests.repository + "/.dockerignore", encoding: .utf8)
            .split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
        #expect(lines.first == "*", "everything is kept out but what is named")
        let named = Set(lines.filter { $0.hasPrefix("!") }.map { String($0.dropFirst()) })
        let copied = dockerfile.stages.flatMap { $0.all("COPY") }.filter { !$0.contains("--from=") }
            .flatMap { $0.split(separator: " ").dropLast() }.map { $0.replacing("[d]", with: "d").prefix { $0 != "/" } }
        #expect(named == Set(copied.map(String.init)))
        for secret in [".git", ".build", "k8s", "docs"] { #expect(!named.contains(secret)) }
        for pattern in ["**/.build*", "**/.git", "**/*.env"] { #expect(lines.contains(pattern)) }
    }

    @Test("What is in a root is explained, or it is said what is not", .enabled(if: Command.readelf != nil, "readelf is missing"))
    func contents() async throws {
        let root = try MadeRoot()
        let right = try await root.explain()
        #expect(right.status == 0 && right.said.contains("1 that are explained"), "\(right.said)")
        try root.directory.write("root/usr/bin/sh", "#!")
        let stranger = try await root.explain()
        #expect(stranger.status == 1 && stranger.said.contains("/usr/bin/sh: the program does not load it"), "\(stranger.said)")
        try FileManager.default.removeItem(atPath: root.path + "/usr/bin/sh")
        // A library that the program needs, and nobody brought.
        let library = try #require(root.libraries.first)
        try FileManager.default.removeItem(atPath: root.path + library)
        let missing = try await root.explain()
        #expect(missing.status == 1 && missing.said.contains("which is not there"), "\(missing.said)")
        // An explanation of what is not there is an old one.
        try root.directory.write("contents.txt", "/etc/passwd  who it is\n/usr/bin/automaton  the program\n/etc/shadow  nobody knows\n")
        let old = try await root.explain()
        #expect(old.said.contains("/etc/shadow explains nothing"), "\(old.said)")
    }

    @Test("The list of what it is made of is valid SPDX 2.3", .enabled(if: Command.spdx != nil, "spdx-tools could not be installed"))
    func sbom() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("root/usr/bin/automaton", "program")
        try directory.write("root/usr/lib/os-release", "ID=debian\nVERSION_CODENAME=bookworm\n")
        try directory.write(
            "root/var/lib/dpkg/status.d/libcurl4",
            "Package: libcurl4\nArchitecture: amd64\nSource: curl\nVersion: 7.88.1-10+deb12u14\nDescription: \"quoted\" \\ é\n")
        try directory.write(
            "root/usr/share/doc/libcurl4/copyright",
            "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: curl\n\nFiles: a\n"
                + "License: BSD-3-clause or own-words\n")
        let documents = "root/usr/share/doc/self-healing-automaton"
        try directory.write("\(documents)/LICENSE", "Apache License\nVersion 2.0")
        try directory.write("\(documents)/swift/LICENSE.txt", "Apache License Version 2.0 Runtime Library Exception")
        try directory.write("\(documents)/swift/VERSION", "6.3.1\n")
        try directory.write("\(documents)/Yams/LICENSE", "Permission is hereby granted, free of charge")
        let pin = { (identity: String, location: String) in
            #"{"identity": "\#(identity)", "location": "\#(location)", "state": {"revision": "abc", "version": "6.2.2"}}"#
        }
        let pins = try directory.write(
            "pins.json",
            #"{"pins": [\#(pin("yams", "https://github.com/jpsim/Yams")), \#(pin("unlinked", "https://github.com/a/unlinked.git"))]}"#)
        let arguments = [directory.path + "/root", pins, "0.1.0"]
        let made = try await Command.run(Self.scripts + "/sbom.py", arguments)
        let file = try directory.write("sbom.spdx.json", made.said)
        let valid = try await Command.run(try #require(Command.spdx), ["--infile", file, "--version", "SPDX-2.3"])
        #expect(made.status == 0 && valid.status == 0, "\(made.said) \(valid.said)")
        let packages = try #require(try JSON(parsing: made.said)["packages"]?.array)
        #expect(packages.compactMap { $0["name"]?.string } == ["self-healing-automaton", "libcurl4", "swift", "yams"])
        #expect(
            packages.compactMap { $0["licenseDeclared"]?.string } == [
                "Apache-2.0", "BSD-3-Clause AND curl AND LicenseRef-Debian-own-words", "Apache-2.0 WITH Swift-exception", "MIT",
            ])
        #expect(
            packages[1]["externalRefs", 0, "referenceLocator"]?.string
                == "pkg:deb/debian/libcurl4@7.88.1-10%2Bdeb12u14?arch=amd64&distro=bookworm")
        #expect(try await Command.run(Self.scripts + "/sbom.py", arguments).said == made.said, "made twice, it is the same")
        // A licence without a version: the two are not of the same build.
        try directory.write("\(documents)/stranger/LICENSE", "words")
        let stranger = try await Command.run(Self.scripts + "/sbom.py", arguments)
        #expect(stranger.status == 1 && stranger.said.contains("no version of stranger"), "\(stranger.said)")
    }
}

/// A root of nothing but a program of this machine and the libraries that it loads.
private struct MadeRoot {
    let directory: TemporaryDirectory
    let path: String
    /// The paths of the libraries inside.
    let libraries: [String]
    private let list: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path + "/root"
        let program = "/usr/bin/env"
        try FileManager.default.createDirectory(atPath: path + "/usr/bin", withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: program, toPath: path + "/usr/bin/automaton")
        var paths: [String] = []
        let loaded = try Self.said("/usr/bin/ldd", [program])
        for line in loaded.split(separator: "\n") {
            guard let match = line.firstMatch(of: /\/\S+/) else { continue }
            let library = String(match.0)
            paths.append(library)
            let place = URL(fileURLWithPath: path + library)
            try FileManager.default.createDirectory(at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
            try FileManager.default.copyItem(at: URL(fileURLWithPath: library).resolvingSymlinksInPath(), to: place)
        }
        libraries = paths
        // Where Debian's loader looks: it finds the folder of this machine by what is under /usr/lib.
        try directory.write("root/etc/passwd", "root:x:0:0::/:\n")
        let folders = Set(paths.map { URL(fileURLWithPath: $0).deletingLastPathComponent().lastPathComponent }).filter {
            $0.contains("-linux-")
        }
        for folder in folders {
            try FileManager.default.createDirectory(atPath: path + "/usr/lib/" + folder, withIntermediateDirectories: true)
        }
        list = try directory.write("contents.txt", "# Why\n/usr/bin/automaton  the program\n/etc/pass*  who it is\n")
    }

    func explain() async throws -> (status: Int32, said: String) {
        try await Command.run(ImageTests.scripts + "/contents.py", [path, list])
    }

    private static func said(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardOutput = output
        try process.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return text
    }
}
