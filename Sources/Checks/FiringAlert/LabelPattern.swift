/// A regular expression on a label's value, as Alertmanager reads it (RE2, the whole value has to match): matched in a time that is
/// bounded by the length of the value times the size of the pattern, whatever either holds, since it never goes back.
///
/// It knows letters, `.`, classes, groups, `|`, `*`, `+`, `?`, `{n,m}`, `^`, `$`, escapes and a leading `(?i)`; anything else is an error
/// that names it, never a pattern that means something else.
struct LabelPattern: Hashable, Sendable {
    /// How large a program may be: its steps, and the ranges of its characters. A step costs some nanoseconds a character of the value.
    static let mostSteps = 2000

    /// One step of the program. Addresses are places in it.
    enum Step: Hashable, Sendable {
        /// Takes a character of a set.
        case take(CharacterSet)
        /// Goes on at both.
        case split(Int, Int)
        case jump(Int)
        /// Goes on at the beginning only, or at the end only.
        case atStart
        case atEnd
        case match
    }

    /// Characters by their ranges, or all but those.
    struct CharacterSet: Hashable, Sendable {
        var ranges: [ClosedRange<UInt32>] = []
        var isInverted = false

        /// Whether it holds a character, by any of the ways to write that.
        func holds(_ variants: [UInt32]) -> Bool {
            ranges.contains { range in variants.contains { range.contains($0) } } != isInverted
        }

        func holds(_ scalar: UInt32) -> Bool { ranges.contains { $0.contains(scalar) } != isInverted }
    }

    /// What cannot be read, in words that go on after "has a pattern that".
    struct Flaw: Error, Hashable {
        var text: String
    }

    private let program: [Step]
    private let ignoresCase: Bool

    /// Reads a pattern.
    init(_ text: String) throws(Flaw) {
        var parser = LabelPatternParser(text)
        let tree = try parser.read()
        ignoresCase = parser.ignoresCase
        var compiler = LabelPatternCompiler()
        try compiler.add(tree)
        program = compiler.steps + [.match]
    }

    /// Whether the whole value is as the pattern says.
    func matches(_ value: String) -> Bool {
        var (now, next) = (Places(count: program.count), Places(count: program.count))
        var scalars = value.unicodeScalars.makeIterator()
        var scalar = scalars.next()
        follow(0, into: &now, isStart: true, isEnd: scalar == nil)
        while let current = scalar {
            scalar = scalars.next()
            let variants = ignoresCase ? current.caseVariants : []
            next.removeAll()
            for place in now.all {
                guard case .take(let set) = program[place], ignoresCase ? set.holds(variants) : set.holds(current.value) else { continue }
                follow(place + 1, into: &next, isStart: false, isEnd: scalar == nil)
            }
            swap(&now, &next)
            if now.all.isEmpty { return false }
        }
        return now.contains(program.count - 1)
    }

    /// Adds a place and all that is reached from it without a character; each is visited once.
    private func follow(_ place: Int, into places: inout Places, isStart: Bool, isEnd: Bool) {
        places.waiting.append(place)
        while let place = places.waiting.popLast() {
            guard places.insert(place) else { continue }
            switch program[place] {
            case .take, .match: break
            case .split(let one, let other):
                places.waiting.append(other)
                places.waiting.append(one)
            case .jump(let target): places.waiting.append(target)
            case .atStart: if isStart { places.waiting.append(place + 1) }
            case .atEnd: if isEnd { places.waiting.append(place + 1) }
            }
        }
    }

    /// Places in the program, each once.
    private struct Places {
        private(set) var all: [Int] = []
        private var isIn: [Bool]
        /// Those that are still to be followed.
        var waiting: [Int] = []

        init(count: Int) { isIn = Array(repeating: false, count: count) }

        func contains(_ place: Int) -> Bool { isIn[place] }

        mutating func insert(_ place: Int) -> Bool {
            if isIn[place] { return false }
            isIn[place] = true
            all.append(place)
            return true
        }

        mutating func removeAll() {
            for place in all { isIn[place] = false }
            all.removeAll(keepingCapacity: true)
        }
    }
}

extension Unicode.Scalar {
    /// Itself, and as it is written large and small, where that is one character.
    var caseVariants: [UInt32] {
        let upper = properties.uppercaseMapping.unicodeScalars
        let large = upper.count == 1 ? upper.first ?? self : self
        let lower = large.properties.lowercaseMapping.unicodeScalars
        let small = lower.count == 1 ? lower.first ?? self : self
        return [value, large.value, small.value]
    }
}

/// Turns what was read into steps.
struct LabelPatternCompiler {
    private(set) var steps: [LabelPattern.Step] = []
    private var size = 0

    mutating func add(_ tree: LabelPatternTree) throws(LabelPattern.Flaw) {
        switch tree {
        case .empty: break
        case .set(let set): try append(.take(set))
        case .start: try append(.atStart)
        case .end: try append(.atEnd)
        case .sequence(let parts): for part in parts { try add(part) }
        case .either(let parts):
            var jumps: [Int] = []
            for part in parts.dropLast() {
                let split = steps.count
                try append(.split(split + 1, 0))
                try add(part)
                jumps.append(steps.count)
                try append(.jump(0))
                steps[split] = .split(split + 1, steps.count)
            }
            if let last = parts.last { try add(last) }
            for jump in jumps { steps[jump] = .jump(steps.count) }
        case .repeated(let part, let least, let most):
            for _ in 0..<least {
                let before = steps.count
                try add(part)
                // What is nothing is nothing however often.
                if steps.count == before { break }
            }
            guard let most else {
                let split = steps.count
                try append(.split(split + 1, 0))
                try add(part)
                try append(.jump(split))
                steps[split] = .split(split + 1, steps.count)
                return
            }
            var splits: [Int] = []
            for _ in least..<most {
                splits.append(steps.count)
                try append(.split(steps.count + 1, 0))
                try add(part)
            }
            for split in splits { steps[split] = .split(split + 1, steps.count) }
        }
    }

    private mutating func append(_ step: LabelPattern.Step) throws(LabelPattern.Flaw) {
        if case .take(let set) = step { size += set.ranges.count }
        size += 1
        guard size <= LabelPattern.mostSteps else {
            throw LabelPattern.Flaw(text: "is too large: write several rules, or repeat less often")
        }
        steps.append(step)
    }
}
