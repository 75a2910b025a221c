import ArgumentParser
import AutomatonCore
import Engine
import Rules
import WebAPI

/// `automaton fixes export`
struct FixesExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Print what is kept as a kustomize patch, as a difference of your manifests, or as YAML.",
        discussion: """
            Into git, where it belongs:

              automaton fixes export > overlays/production/fixes.yaml      (and name it under 'patches:')
              automaton fixes export --diff base/*.yaml | git apply

            A difference changes nothing but the values: comments, quotes and order stay, and so does a value that is higher there.

            \(AskFailure.discussion)
            """)

    /// How it is printed.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case kustomize, diff, yaml
    }

    @Argument(help: "With --diff: the manifests. Paths from the root of the repository, where 'git apply' runs.")
    var files: [String] = []

    @Option(name: .long, help: "kustomize: strategic merge patches. diff: as --diff. yaml: the list itself, for 'fixes import'.")
    var format: Format?

    @Flag(name: .long, help: "A unified difference of the manifests that are named, for 'git apply' or 'patch -p1'.")
    var diff = false

    @Option(name: .long, help: "Only what is kept of this subject, or under this name; may be repeated.")
    var only: [FixChoice] = []

    @OptionGroup var source: SourceOptions

    private var chosen: Format { format ?? (diff ? .diff : .kustomize) }

    func validate() throws {
        if diff, let format, format != .diff { throw ValidationError("--diff and --format \(format.rawValue) exclude each other") }
        if chosen == .diff, files.isEmpty { throw ValidationError("--diff needs the manifests: name their files") }
        if chosen != .diff, !files.isEmpty { throw ValidationError("files are for --diff alone") }
        for file in files {
            guard !file.hasPrefix("/"), !file.split(separator: "/").contains(".."),
                file.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0 != "\"" && $0 != "\\" && $0.value != 0x7F })
            else {
                throw ValidationError(
                    "\(file): write a path below this directory, without '..', spaces and quotes, as 'git apply' reads it")
            }
        }
    }

    func run() async throws {
        try await source.withFixes { reports, partial throws(AskFailure) in
            if let partial { throw AskFailure("\(partial): ask the leader (--api)", exit: .unreachable) }
            var reports = reports.filter { report in only.isEmpty || only.contains { $0.matches(report) } }
            if chosen == .kustomize, only.isEmpty {
                // A patch would lower what somebody raised since.
                for report in reports where report.state == .outgrown {
                    Terminal.error("\(report.id): what is there is higher by now, so it is left out; --only \(report.id) wants it".harmless)
                }
                reports.removeAll { $0.state == .outgrown }
            }
            let fixes = reports.compactMap(\.fix)
            guard fixes.count == reports.count else {
                throw AskFailure("what answers is no automaton of this version: a fix cannot be read", exit: .unreachable)
            }
            guard !fixes.isEmpty else { throw AskFailure("nothing is kept", exit: .nothing) }
            switch chosen {
            case .kustomize: Terminal.out(String(KustomizePatch.text(fixes).dropLast()))
            case .yaml: Terminal.out(String(FixFile.text(fixes).dropLast()))
            case .diff: try printDifference(fixes)
            }
        }
    }

    /// Nothing is printed when one of the files cannot be changed: half a difference would be taken for a whole one.
    private func printDifference(_ fixes: [Fix]) throws(AskFailure) {
        var texts = ""
        var problems: [String] = []
        var found: Set<FixKey> = []
        for file in files {
            do {
                let patch = try ManifestPatch(try FixesFiles.text(file), file: file, fixes: fixes)
                found.formUnion(patch.found.map(\.key))
                for remark in patch.remarks { Terminal.error(remark.harmless) }
                texts += patch.unified(path: file.hasPrefix("./") ? String(file.dropFirst(2)) : file)
            } catch let errors as ConfigurationErrors {
                problems += errors.problems.map(\.description)
            } catch {
                problems.append("\(file): \(error)")
            }
        }
        for fix in fixes where !found.contains(fix.key) { Terminal.error("\(fix.key): in none of the files".harmless) }
        guard problems.isEmpty else { throw AskFailure(problems.joined(separator: "\n"), exit: .unreachable) }
        if texts.isEmpty { throw AskFailure("the files have all of it, or nothing of it is theirs", exit: .nothing) }
        // The last line break alone: what may stand before it is of the text.
        Terminal.out(String(texts.unicodeScalars.dropLast()))
    }
}
