internal import AutomatonCore
internal import Engine

/// An exemplar as it was counted, with what was counted.
struct TakenExemplar: Sendable {
    private let exemplar: Exemplar
    let value: Double

    /// Takes the exemplar of what is counted now; nil when there is none.
    init?(_ value: Double) {
        guard let exemplar = Exemplar.current else { return nil }
        self.exemplar = exemplar
        self.value = value
    }

    /// `incident_id="…"`; nil when names and values would have more than the 128 characters that they may.
    var labels: String? {
        let (name, value) = ("incident_id", exemplar.incident.text)
        guard name.unicodeScalars.count + value.unicodeScalars.count <= 128 else { return nil }
        return "\(name)=\"\(ExpositionText.escaped(value, quotes: true))\""
    }

    /// Unix time, to the millisecond, which is what Prometheus keeps.
    var time: String {
        let milliseconds = exemplar.at.microseconds / 1000
        let fraction = String(milliseconds.magnitude % 1000)
        let sign = milliseconds < 0 ? "-" : ""
        return "\(sign)\(milliseconds.magnitude / 1000).\(String(repeating: "0", count: 3 - fraction.utf8.count))\(fraction)"
    }
}
