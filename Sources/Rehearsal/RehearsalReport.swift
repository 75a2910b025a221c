import Rules

/// What came of rehearsed cases.
public struct RehearsalReport: Hashable, Codable, Sendable {
    /// A file of cases.
    public struct File: Hashable, Codable, Sendable {
        /// Its path.
        public var file: String
        /// Its cases, in order; none when the file, its rules or its thresholds are wrong.
        public var cases: [Case] = []
        /// What is wrong with them, a line each.
        public var problems: [String]

        init(file: String, problems: [Problem] = []) {
            self.file = file
            self.problems = problems.map(\.description)
        }

        /// Whether every case came out as expected.
        public var passed: Bool { problems.isEmpty && cases.allSatisfy(\.passed) }
    }

    /// One case.
    public struct Case: Hashable, Codable, Sendable {
        /// What it is called.
        public var name: String
        /// Where it begins in its file.
        public var line: Int
        /// Whether it came out as expected.
        public var passed: Bool
        /// What did not.
        public var failures: [Failure]
    }

    /// An expectation that was not met, or something that was done and that nothing expects.
    public struct Failure: Hashable, Codable, Sendable {
        /// The line of the expectation; of the case for something that nothing expects.
        public var line: Int
        /// The time in the case, as one writes it: `15m`.
        public var at: String
        /// What was expected; nil when nothing was.
        public var expected: String?
        /// What was decided instead, and why.
        public var instead: String
    }

    /// The files.
    public var files: [File]
    /// Cases that came out as expected.
    public var passed: Int
    /// Cases that did not.
    public var failed: Int
    /// Files that could not be played.
    public var broken: Int

    /// Counts.
    public init(_ files: [File]) {
        self.files = files
        let cases = files.flatMap(\.cases)
        passed = cases.count { $0.passed }
        failed = cases.count { !$0.passed }
        broken = files.count { !$0.problems.isEmpty }
    }

    /// Whether everything came out as expected.
    public var isGood: Bool { failed == 0 && broken == 0 }
}
