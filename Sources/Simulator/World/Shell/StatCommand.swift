import AutomatonCore

/// `stat -c FORMAT FILE…` and `stat --printf=FORMAT FILE…`. Links are not followed.
enum StatCommand {
    static func run(_ arguments: [String], _ disk: PodDisk, at now: Instant) -> CommandResult {
        var result = CommandResult()
        var format: FileFormat?
        var end = "\n"
        var paths: [String] = []
        var rest = arguments[...]
        do throws(FileFormat.Problem) {
            while let word = rest.popFirst() {
                if word == "-c" || word == "--format" {
                    guard let text = rest.popFirst() else { throw FileFormat.Problem(text: "option requires an argument -- 'c'") }
                    format = try FileFormat(text, .stat(escapes: false))
                } else if word.hasPrefix("--format=") {
                    format = try FileFormat(String(word.dropFirst(9)), .stat(escapes: false))
                } else if word.hasPrefix("--printf=") {
                    format = try FileFormat(String(word.dropFirst(9)), .stat(escapes: true))
                    end = ""
                } else if word == "--" {
                    paths += rest
                    rest = []
                } else if word.hasPrefix("-"), word.count > 1 {
                    throw FileFormat.Problem(text: "the simulation does not know the option '\(word)'")
                } else {
                    paths.append(word)
                }
            }
            guard !paths.isEmpty else { throw FileFormat.Problem(text: "missing operand") }
            let usual = try FileFormat("  File: %n\n  Size: %s\tBlocks: %b\t%F\nModify: %y", .stat(escapes: false))
            let shown = format ?? usual
            let tree = DirectoryTree(disk)
            for path in paths {
                guard let entry = tree[path], let place = DirectoryTree.normalised(path) else {
                    result.complain("stat: cannot statx '\(path)': No such file or directory")
                    continue
                }
                result.print(shown.text(of: FileFacts(entry, at: place, shown: path, depth: 0, disk)) + end)
            }
        } catch {
            result.complain("stat: \(error.text)")
        }
        return result
    }
}
