public import AutomatonCore

/// Puts fixes into the manifests of workloads: changes the text of the scalars that are meant, and nothing else, so that comments, quotes,
/// order and line ends stay as they are. A value that is higher there stays.
public struct ManifestPatch {
    /// The file as it is.
    private let text: String
    private let file: String
    private var diff: LineDiff
    /// By line from 0: where its text became longer, and by how much.
    private var shifts: [Int: [(column: Int, by: Int)]] = [:]
    /// Fixes whose workload the file has.
    public private(set) var found: [Fix] = []
    /// What is higher there, or the same, for people.
    public private(set) var remarks: [String] = []

    /// Reads a file.
    /// - Throws: why it cannot be changed: it is a template, has anchors, or is no YAML.
    public init(_ text: String, file: String, fixes: [Fix]) throws(ConfigurationErrors) {
        self.text = text
        self.file = file
        diff = LineDiff(text)
        if let line = diff.lines.firstIndex(where: Self.hasOtherBreaks) {
            throw ConfigurationErrors([
                Problem(
                    file: file, line: line + 1,
                    message:
                        "has a character that YAML takes for the end of a line and 'git apply' does not (U+0085, U+2028, U+2029, or a CR "
                        + "alone): take it out")
            ])
        }
        if let line = diff.lines.firstIndex(where: { $0.contains("{{") }) {
            throw ConfigurationErrors([
                Problem(
                    file: file, line: line + 1,
                    message: "is a template ({{): what it makes cannot be told from its text; change the values that it is made with")
            ])
        }
        let documents: [YAMLNode]
        do { documents = try YAMLNode.documents(in: text, file: file) } catch { throw ConfigurationErrors([error]) }
        var problems: [Problem] = []
        for fix in fixes {
            for document in documents where Self.names(document, fix.key.subject) {
                found.append(fix)
                do throws(Problem) { try put(fix, into: document) } catch { problems.append(error) }
            }
        }
        guard problems.isEmpty else { throw ConfigurationErrors(problems) }
        try check(documents)
    }

    /// The difference as `git apply` and `patch -p1` take it; empty where nothing changes.
    public func unified(path: String) -> String { diff.unified(path: path) }

    /// The text with the fixes.
    public var patched: String { diff.text }

    /// The document without the values that were to be changed has to be the same after it: else the text was not what it seemed.
    private func check(_ before: [YAMLNode]) throws(ConfigurationErrors) {
        guard !diff.isEmpty else { return }
        let isWhole = (try? YAMLNode.documents(in: diff.text, file: file)).map { after in
            after.count == before.count && zip(before, after).allSatisfy { $0.isContained(in: $1) }
        }
        guard isWhole == true else {
            throw ConfigurationErrors([Problem(file: file, message: "is written in a way that cannot be changed safely: change it by hand")]
            )
        }
    }

    /// Then lines are counted in two ways, and the wrong one would be changed.
    private static func hasOtherBreaks(_ line: some StringProtocol) -> Bool {
        var scalars = Array(line.unicodeScalars)
        while scalars.last == "\n" { scalars.removeLast() }
        if scalars.last == "\r" { scalars.removeLast() }
        return scalars.contains { $0 == "\r" || $0 == "\u{85}" || $0 == "\u{2028}" || $0 == "\u{2029}" }
    }

    /// Whether a document is the manifest of a subject. One without a namespace is that of any.
    private static func names(_ document: YAMLNode, _ subject: Subject) -> Bool {
        guard let kind = subject.kind.manifest, document["kind"]?.text == kind.kind, document["metadata"]?["name"]?.text == subject.name
        else { return false }
        return document["metadata"]?["namespace"]?.text.map { $0 == subject.namespace } ?? true
    }

    private mutating func put(_ fix: Fix, into document: YAMLNode) throws(Problem) {
        switch fix.value {
        case .replicas(let count): try put("\(count)", count, ["spec", "replicas"], in: document, fix) { Int($0) }
        case .storage(let size):
            try put("\(size)", size, ["spec", "resources", "requests", "storage"], in: document, fix) { ByteQuantity($0) }
        case .memory(let limit, let request):
            guard let list = document["spec"]?["template"]?["spec"]?["containers"], case .sequence(let containers) = list.content,
                let container = containers.first(where: { $0["name"]?.text == fix.key.container })
            else {
                throw document.place(in: file).problem(
                    "\(fix.key.subject) has no container \(fix.key.container ?? "") in its template here")
            }
            // What is put at one place comes before what was put there: so the request first.
            guard let resources = container["resources"], !resources.isNull, resources.content.isFilled else {
                var block = ["limits:", "  memory: \(limit)"]
                if let request { block += ["requests:", "  memory: \(request)"] }
                let isThere = container["resources"] != nil
                return try add(
                    isThere ? block : ["resources:"] + block.map { "  " + $0 }, under: isThere ? ["resources"] : [], in: container)
            }
            if let request {
                try put("\(request)", request, ["resources", "requests", "memory"], in: container, fix) { ByteQuantity($0) }
            }
            try put("\(limit)", limit, ["resources", "limits", "memory"], in: container, fix) { ByteQuantity($0) }
        }
    }

    /// Sets one value, unless a higher one is there.
    private mutating func put<Amount: Comparable>(
        _ new: String, _ amount: Amount, _ path: [String], in root: YAMLNode, _ fix: Fix, _ read: (String) -> Amount?
    ) throws(Problem) {
        let name = path.joined(separator: ".")
        var node = root
        for (depth, key) in path.enumerated() {
            guard let next = node[key] else {
                let block = path[depth...].enumerated().map { level, key in
                    String(repeating: "  ", count: level) + key + (depth + level == path.count - 1 ? ": \(new)" : ":")
                }
                return try add(block, under: Array(path.prefix(depth)), in: root)
            }
            node = next
        }
        guard case .scalar(let text, let style) = node.content, !node.isNull else {
            throw node.place(in: file).problem("\(name) must be a single value, not \(node.kind)")
        }
        guard let present = read(text) else {
            throw node.place(in: file).problem("\(name) is \(text.quoted), which is no amount: write one such as \(new)")
        }
        guard present < amount else {
            remarks.append("\(node.place(in: file)): \(name) of \(fix.key.subject) is \(text): it stays")
            return
        }
        try replace(node, text, style, by: new)
    }

    /// Changes a scalar's text where it stands, in the quotes that it has.
    private mutating func replace(_ node: YAMLNode, _ text: String, _ style: YAMLNode.Style, by new: String) throws(Problem) {
        let index = node.position.line - 1
        var scalars = Array(diff.line(index).unicodeScalars)
        let start = (shifts[index] ?? []).reduce(node.position.column - 1) { $1.column < node.position.column ? $0 + $1.by : $0 }
        let quoted = scalars.indices.contains(start) && ["\"", "'"].contains(scalars[start]) ? 1 : 0
        let old = Array(text.unicodeScalars)
        let (from, end) = (start + quoted, start + quoted + old.count)
        guard (style == .quoted) == (quoted == 1), end <= scalars.count, Array(scalars[from..<end]) == old else {
            throw node.place(in: file).problem("\(text.quoted) is written in a way that cannot be changed in place: change it by hand")
        }
        scalars.replaceSubrange(from..<end, with: new.unicodeScalars)
        shifts[index, default: []].append((node.position.column, new.unicodeScalars.count - old.count))
        var line = String.UnicodeScalarView()
        line.append(contentsOf: scalars)
        diff.replace(index, by: String(line))
    }

    /// Puts lines below a key, before what stands there.
    private mutating func add(_ block: [String], under path: [String], in root: YAMLNode) throws(Problem) {
        var parent = root
        var head: Position?
        for key in path {
            guard case .mapping(let pairs) = parent.content, let pair = pairs.first(where: { $0.key == key }) else { return }
            (parent, head) = (pair.value, pair.position)
        }
        if case .mapping(let pairs) = parent.content, let first = pairs.first {
            try requireBlock(first.position)
            let index = first.position.line - 1
            let lines = block.map { indent(first.position.column - 1) + $0 }
            if let head, head.line < first.position.line { return diff.add(lines, after: first.position.line - 2) }
            // The first key stands behind the dash of a list: after it, when it takes one line.
            guard case .scalar(let text, _) = first.value.content, !text.contains("\n"), first.value.position.line == first.position.line,
                pairs.count == 1 || pairs[1].position.line == first.position.line + 1
            else { throw first.position.place(in: file).problem("\(block[0]) cannot be put here safely: change it by hand") }
            return diff.add(lines, after: index)
        }
        // The key is there, and holds nothing, or {}.
        guard let head else { throw parent.place(in: file).problem("must be a mapping, not \(parent.kind)") }
        try requireBlock(head)
        let index = head.line - 1
        if case .mapping = parent.content {
            guard parent.position.line == head.line, let braces = diff.line(index).firstRange(of: " {}") else {
                throw parent.place(in: file).problem("is written in braces: change it by hand")
            }
            var line = diff.line(index)
            line.removeSubrange(braces)
            diff.replace(index, by: line)
        }
        diff.add(block.map { indent(head.column + 1) + $0 }, after: index)
    }

    private func indent(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }

    /// Lines can only be put where a key begins its line, or follows the dash of a list.
    private func requireBlock(_ position: Position) throws(Problem) {
        let before = diff.lines[position.line - 1].unicodeScalars.prefix(position.column - 1)
        guard before.allSatisfy({ $0 == " " || $0 == "-" }) else {
            throw position.place(in: file).problem("is written in braces: nothing can be put there in lines of its own; change it by hand")
        }
    }
}

extension YAMLNode.Content {
    /// Whether there is a key in it.
    fileprivate var isFilled: Bool { if case .mapping(let pairs) = self { !pairs.isEmpty } else { true } }
}

extension YAMLNode {
    /// The value under a key of a mapping.
    package subscript(_ key: String) -> YAMLNode? {
        guard case .mapping(let pairs) = content else { return nil }
        return pairs.first { $0.key == key }?.value
    }

    /// The text of a scalar.
    package var text: String? { if case .scalar(let text, _) = content, !isNull { text } else { nil } }

    /// Whether the other one has all keys of this one, and lists of the same length. Single values may differ: they are what changes.
    fileprivate func isContained(in other: YAMLNode) -> Bool {
        switch (content, other.content) {
        case (.mapping(let left), .mapping(let right)):
            left.allSatisfy { pair in right.contains { $0.key == pair.key && pair.value.isContained(in: $0.value) } }
        case (.sequence(let left), .sequence(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.isContained(in: $1) }
        case (.scalar(_, let left), .scalar(_, let right)): left == right
        // What held nothing may hold something.
        case (.scalar, .mapping): isNull
        default: false
        }
    }
}

extension Subject.Kind {
    /// How manifests call it.
    package var manifest: (version: String, kind: String)? {
        switch self {
        case .deployment: ("apps/v1", "Deployment")
        case .statefulSet: ("apps/v1", "StatefulSet")
        case .daemonSet: ("apps/v1", "DaemonSet")
        case .volume: ("v1", "PersistentVolumeClaim")
        default: nil
        }
    }
}
