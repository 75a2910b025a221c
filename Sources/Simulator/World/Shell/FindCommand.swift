import AutomatonCore

/// `find PATH… -xdev -maxdepth N -type f -name GLOB -mtime +N -printf FORMAT` or `-delete`. Links are not followed.
struct FindCommand {
    private let expression: FindExpression
    private let tree: DirectoryTree
    private let now: Instant
    private var disk: PodDisk
    private var deleted: Set<String> = []
    private var result = CommandResult()

    /// Runs it; what it deletes is gone from the disk.
    static func run(_ arguments: [String], _ disk: inout PodDisk, at now: Instant) -> CommandResult {
        var rest = arguments[...]
        while let word = rest.first, ["-P", "--"].contains(word) { rest.removeFirst() }
        let paths = rest.prefix { !$0.hasPrefix("-") && $0 != "!" && $0 != "(" }
        do throws(FindExpression.Problem) {
            var command = FindCommand(
                expression: try FindExpression(rest.dropFirst(paths.count)), tree: DirectoryTree(disk), now: now, disk: disk)
            for path in paths.isEmpty ? ["."] : Array(paths) { command.search(path) }
            disk.files.removeAll { command.deleted.contains($0.path) }
            disk.directories.subtract(command.deleted)
            return command.result
        } catch {
            var result = CommandResult()
            result.complain("find: \(error.text)")
            return result
        }
    }

    private init(expression: FindExpression, tree: DirectoryTree, now: Instant, disk: PodDisk) {
        self.expression = expression
        self.tree = tree
        self.now = now
        self.disk = disk
    }

    private mutating func search(_ path: String) {
        guard let entry = tree[path], let place = DirectoryTree.normalised(path) else {
            result.complain("find: '\(path)': No such file or directory")
            return
        }
        visit(entry, at: place, shown: path, depth: 0, mount: disk.mount(of: place))
    }

    /// - Parameter shown: the path as `find` prints it: as it was given, and what was found below.
    private mutating func visit(_ entry: DirectoryTree.Entry, at place: String, shown: String, depth: Int, mount: PodDisk.Mount) {
        if !expression.isDepthFirst { evaluate(entry, at: place, shown: shown, depth: depth) }
        let isOnAnother = disk.mount(of: place) != mount
        if entry == .directory, depth < expression.mostDepth, !(expression.staysOnFileSystem && isOnAnother) {
            for child in tree.children(of: place) {
                guard let inner = tree[child] else { continue }
                let name = DirectoryTree.name(of: child)
                visit(inner, at: child, shown: shown.hasSuffix("/") ? shown + name : "\(shown)/\(name)", depth: depth + 1, mount: mount)
            }
        }
        if expression.isDepthFirst { evaluate(entry, at: place, shown: shown, depth: depth) }
    }

    private mutating func evaluate(_ entry: DirectoryTree.Entry, at place: String, shown: String, depth: Int) {
        guard depth >= expression.leastDepth, depth <= expression.mostDepth else { return }
        let facts = FileFacts(entry, at: place, shown: shown, depth: depth, disk)
        for step in expression.steps {
            guard holds(step, facts) else { return }
        }
    }

    private mutating func holds(_ step: FindExpression.Step, _ facts: FileFacts) -> Bool {
        switch step {
        case .type(let letters): return letters.contains(facts.entry.type)
        case .name(let pattern): return pattern.matches(DirectoryTree.name(of: facts.place))
        case .path(let pattern): return pattern.matches(facts.shown)
        case .age(let bound, let seconds):
            // Whole units, the rest cut off: +7 days begins at eight.
            return bound.holds((now - facts.modifiedAt).microseconds / 1_000_000 / seconds)
        case .size(let bound, let unit): return bound.holds((facts.bytes + unit - 1) / unit)
        case .not(let inner): return !holds(inner, facts)
        case .print(let separator):
            result.print(facts.shown + separator)
            return true
        case .format(let format):
            result.print(format.text(of: facts))
            return true
        case .delete: return delete(facts)
        }
    }

    private mutating func delete(_ facts: FileFacts) -> Bool {
        switch facts.entry {
        case .file(let file) where !file.isProtected:
            deleted.insert(facts.place)
            return true
        case .file:
            result.complain("find: cannot delete '\(facts.shown)': Permission denied")
        case .directory:
            guard tree.children(of: facts.place).allSatisfy({ deleted.contains($0) }) else {
                result.complain("find: cannot delete '\(facts.shown)': Directory not empty")
                return false
            }
            guard disk.directories.contains(facts.place), !disk.mounts.contains(where: { $0.path == facts.place }) else {
                result.complain("find: cannot delete '\(facts.shown)': Device or resource busy")
                return false
            }
            deleted.insert(facts.place)
            return true
        }
        return false
    }
}
