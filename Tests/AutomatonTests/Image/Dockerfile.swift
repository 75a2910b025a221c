/// A Dockerfile, read as far as the tests ask: its stages, and the instructions of each.
struct Dockerfile {
    struct Stage {
        let base: String
        let name: String?
        fileprivate(set) var instructions: [(word: String, rest: String)] = []

        /// What follows an instruction's word, for each time that it is there.
        func all(_ word: String) -> [String] { instructions.filter { $0.word == word }.map(\.rest) }
    }

    struct Malformed: Error {
        let line: String
    }

    private(set) var stages: [Stage] = []
    /// The defaults of the arguments before the first stage.
    private(set) var arguments: [(key: String, value: String)] = []

    init(_ text: String) throws {
        var line = ""
        for part in text.split(separator: "\n", omittingEmptySubsequences: true) where part.first != "#" {
            if part.last == "\\" {
                line += part.dropLast()
                continue
            }
            line += part
            let words = line.split(separator: " ").map(String.init)
            guard let word = words.first, word.allSatisfy(\.isUppercase) else { throw Malformed(line: line) }
            line = ""
            let rest = words.dropFirst().joined(separator: " ")
            switch (word, stages.isEmpty) {
            case ("FROM", _):
                guard words.count == 2 || (words.count == 4 && words[2] == "AS") else { throw Malformed(line: rest) }
                stages.append(Stage(base: words[1], name: words.count == 4 ? words[3] : nil))
            case ("ARG", true):
                let pair = rest.split(separator: "=", maxSplits: 1).map(String.init)
                guard pair.count == 2 else { throw Malformed(line: rest) }
                arguments.append((pair[0], pair[1]))
            case (_, true): throw Malformed(line: rest)
            case (_, false): stages[stages.count - 1].instructions.append((word, rest))
            }
        }
    }
}
