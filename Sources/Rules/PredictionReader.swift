import AutomatonCore

/// Reads `predict: 10m`, or `predict: { within: 10m, window: 20m, observations: 12 }`.
struct PredictionReader {
    private static let keys = ["within", "window", "observations"]

    private let value: YAMLNode
    private let file: String
    private let place: Position
    private(set) var problems: [Problem] = []

    init(_ value: YAMLNode, file: String, place: Position) {
        self.value = value
        self.file = file
        self.place = place
    }

    mutating func read() -> Prediction? {
        if case .mapping = value.content { return readMapping() }
        do {
            return make(within: try ScalarReading.duration(value))
        } catch {
            report(value.isNull ? place : value.position, "predict: \(error.message)")
            return nil
        }
    }

    private mutating func readMapping() -> Prediction? {
        var fields = MappingReader(value, file: file, noun: "'predict'", known: Self.keys)
        let within = fields.required("within", "how far ahead (10m)").flatMap { fields.read($0, "within", ScalarReading.duration) }
        let window = fields.read("window", ScalarReading.duration)
        let observations = fields.read("observations") { node throws(ScalarReading.Failure) in try ScalarReading.whole(node, as: Int.self) }
        problems += fields.problems
        guard fields.problems.isEmpty, let within else { return nil }
        return make(within: within, window: window, observations: observations)
    }

    private mutating func make(within: Duration, window: Duration? = nil, observations: Int? = nil) -> Prediction? {
        var prediction = Prediction(within: within)
        if let window { prediction.window = window }
        if let observations { prediction.observations = observations }
        if !(Duration.seconds(1)...Duration.hours(24)).contains(prediction.within) {
            report(value.position, "predict: \(prediction.within.configured) ahead is not from 1s to 1d")
        }
        if !(Duration.seconds(5)...Duration.hours(24)).contains(prediction.window) {
            report(value.position, "predict: a window of \(prediction.window.configured) is not from 5s to 1d")
        }
        if !(4...60).contains(prediction.observations) {
            report(value.position, "predict: \(prediction.observations) observations are not from 4 to 60")
        }
        return problems.isEmpty ? prediction : nil
    }

    private mutating func report(_ position: Position, _ message: String) {
        problems.append(position.place(in: file).problem(message))
    }
}
