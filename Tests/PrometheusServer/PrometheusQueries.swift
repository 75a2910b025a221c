import Foundation

extension PrometheusServer {
    /// What a query gave.
    public struct Answer: Decodable, Sendable {
        struct Contents: Decodable {
            var result: [Series]
        }
        /// A series, with its samples, oldest first.
        public struct Series: Decodable, Sendable {
            /// Its labels.
            public var metric: [String: String]
            private var values: [Sample]

            /// The values of its samples.
            public var texts: [String] { values.map(\.text) }
        }
        /// `[time, "text"]`.
        private struct Sample: Decodable {
            var text: String
            init(from decoder: any Decoder) throws {
                var container = try decoder.unkeyedContainer()
                _ = try container.decode(Double.self)
                text = try container.decode(String.self)
            }
        }
        /// `success` or `error`.
        public var status: String
        /// What is wrong with the query.
        public var error: String?
        var data: Contents?

        /// Whether there is no series.
        public var isEmpty: Bool { data?.result.isEmpty ?? true }

        /// The last value of each series.
        public var values: [String] { data?.result.compactMap(\.texts.last) ?? [] }

        /// Series with at least one number.
        public var withNumbers: [Series] { data?.result.filter { $0.texts.contains { $0 != "NaN" } } ?? [] }
    }

    /// An example of what was counted.
    public struct Exemplar: Decodable, Sendable {
        /// Such as `incident_id`.
        public var labels: [String: String]
        /// As it was told.
        public var value: String
    }

    /// Asks for how it is now.
    public func now(_ expression: String) async throws -> Answer { try await last(0, expression) }

    /// Asks for the last seconds up to now, one sample each.
    public func last(_ seconds: Double, _ expression: String) async throws -> Answer {
        let now = Date().timeIntervalSince1970
        return try await get("query_range", ["query": expression, "start": "\(now - seconds)", "end": "\(now)", "step": "1"])
    }

    /// The values of a label.
    public func labelValues(_ label: String, of selector: String) async throws -> [String] {
        struct Values: Decodable { var data: [String] }
        let values: Values = try await get("label/\(label)/values", ["match[]": selector])
        return values.data
    }

    /// Exemplars of a metric between two times.
    public func exemplars(of metric: String, from start: Int, to end: Int) async throws -> [Exemplar] {
        struct Series: Decodable { var exemplars: [Exemplar] }
        struct Found: Decodable { var data: [Series] }
        let found: Found = try await get("query_exemplars", ["query": metric, "start": "\(start)", "end": "\(end)"])
        return found.data.flatMap(\.exemplars)
    }
}
