import AutomatonCore

/// What `find` is told after its paths, as far as the simulation understands it: tests and actions in a row, all of which must hold.
struct FindExpression: Sendable {
    /// A complaint of `find`, without its name.
    struct Problem: Error {
        var text: String
    }

    /// A number with a sign: more than, less than, exactly.
    enum Bound: Sendable {
        case more(Int64), less(Int64), exactly(Int64)

        init?(_ text: String) {
            guard let number = Int64(text.drop { $0 == "+" || $0 == "-" }), number >= 0 else { return nil }
            switch text.first {
            case "+": self = .more(number)
            case "-": self = .less(number)
            default: self = .exactly(number)
            }
        }

        func holds(_ number: Int64) -> Bool {
            switch self {
            case .more(let bound): number > bound
            case .less(let bound): number < bound
            case .exactly(let bound): number == bound
            }
        }
    }

    indirect enum Step: Sendable {
        case type(Set<Character>)
        case name(GlobPattern)
        case path(GlobPattern)
        /// Whole units of so many seconds since the last change.
        case age(Bound, seconds: Int64)
        /// Rounded up to units of so many bytes.
        case size(Bound, unit: Int64)
        case not(Step)
        case print(separator: String)
        case format(FileFormat)
        case delete
    }

    private(set) var steps: [Step] = []
    private(set) var leastDepth = 0
    private(set) var mostDepth = Int.max
    private(set) var staysOnFileSystem = false
    /// Whether a directory comes after what it holds.
    private(set) var isDepthFirst = false

    init(_ arguments: ArraySlice<String>) throws(Problem) {
        var rest = arguments
        var hasAction = false
        while let word = rest.popFirst() {
            if word == "-a" || word == "-and" || word == "-noleaf" || word == "-ignore_readdir_race" { continue }
            if try readOption(word, &rest) { continue }
            var isNegated = false
            var name = word
            while name == "!" || name == "-not" {
                isNegated.toggle()
                guard let next = rest.popFirst() else { throw Problem(text: "expected an expression after '\(name)'") }
                name = next
            }
            let step = try Self.step(name, &rest)
            switch step {
            case .print, .format: hasAction = true
            case .delete:
                hasAction = true
                isDepthFirst = true
            default: break
            }
            steps.append(isNegated ? .not(step) : step)
        }
        if !hasAction { steps.append(.print(separator: "\n")) }
    }

    private mutating func readOption(_ word: String, _ rest: inout ArraySlice<String>) throws(Problem) -> Bool {
        switch word {
        case "-xdev", "-mount": staysOnFileSystem = true
        case "-depth", "-d": isDepthFirst = true
        case "-maxdepth", "-mindepth":
            let text = try Self.argument(of: word, &rest)
            guard let depth = Int(text), depth >= 0 else {
                throw Problem(text: "Expected a positive decimal integer argument to \(word), but got '\(text)'")
            }
            if word == "-maxdepth" { mostDepth = depth } else { leastDepth = depth }
        default: return false
        }
        return true
    }

    private static func argument(of word: String, _ rest: inout ArraySlice<String>) throws(Problem) -> String {
        guard let argument = rest.popFirst() else { throw Problem(text: "missing argument to `\(word)'") }
        return argument
    }

    private static func bound(of word: String, _ rest: inout ArraySlice<String>) throws(Problem) -> Bound {
        let text = try argument(of: word, &rest)
        guard let bound = Bound(text) else { throw Problem(text: "invalid argument `\(text)' to `\(word)'") }
        return bound
    }

    private static func step(_ word: String, _ rest: inout ArraySlice<String>) throws(Problem) -> Step {
        switch word {
        case "-type":
            let letters = try argument(of: word, &rest).split(separator: ",", omittingEmptySubsequences: false)
            guard letters.allSatisfy({ $0.count == 1 && "fdl".contains($0) }) else {
                throw Problem(text: "Unknown argument to -type: \(letters.joined(separator: ","))")
            }
            return .type(Set(letters.compactMap(\.first)))
        case "-name": return .name(GlobPattern(try argument(of: word, &rest)))
        case "-path", "-wholename": return .path(GlobPattern(try argument(of: word, &rest)))
        case "-mtime": return .age(try bound(of: word, &rest), seconds: 86_400)
        case "-mmin": return .age(try bound(of: word, &rest), seconds: 60)
        case "-size":
            let text = try argument(of: word, &rest)
            let units: [Character: Int64] = ["c": 1, "w": 2, "b": 512, "k": 1 << 10, "M": 1 << 20, "G": 1 << 30]
            let unit = text.last.flatMap { units[$0] }
            guard let bound = Bound(unit == nil ? text : String(text.dropLast())) else {
                throw Problem(text: "Invalid argument `\(text)' to -size")
            }
            return .size(bound, unit: unit ?? 512)
        case "-print": return .print(separator: "\n")
        case "-print0": return .print(separator: "\0")
        case "-printf":
            do { return .format(try FileFormat(try argument(of: word, &rest), .find)) } catch let error as FileFormat.Problem {
                throw Problem(text: error.text)
            } catch { throw Problem(text: "missing argument to `\(word)'") }
        case "-delete": return .delete
        default:
            throw Problem(text: word.hasPrefix("-") ? "unknown predicate `\(word)'" : "paths must precede expression: `\(word)'")
        }
    }
}
