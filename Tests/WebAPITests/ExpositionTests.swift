import AutomatonCore
import CoreMetrics
import Engine
import Testing

@testable import WebAPI

@Suite("Text exposition")
struct ExpositionTests {
    @Test(
        "Numbers look as Go writes them",
        arguments: [
            (0.0, "0"), (-0.0, "0"), (1, "1"), (-1, "-1"), (0.1, "0.1"), (2.5, "2.5"), (300, "300"), (123_456, "123456"),
            (999_999.5, "999999.5"), (1_000_000, "1e+06"), (1_234_567, "1.234567e+06"), (1_763_704_800.25, "1.76370480025e+09"),
            (0.0001, "0.0001"), (0.00012, "0.00012"), (0.00001, "1e-05"), (0.0000125, "1.25e-05"), (1e21, "1e+21"), (1.5e300, "1.5e+300"),
            (.leastNonzeroMagnitude, "5e-324"), (-0.005, "-0.005"), (9_007_199_254_740_992, "9.007199254740992e+15"), (1e100, "1e+100"),
            (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
        ] as [(Double, String)])
    func numbers(value: Double, text: String) {
        #expect(PrometheusNumber.text(value) == text)
    }

    @Test("Every number reads back as itself")
    func numbersReadBack() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            let value = Double(bitPattern: generator.next())
            guard value.isFinite else { continue }
            #expect(Double(PrometheusNumber.text(value)) == value)
        }
    }

    @Test(
        "Names keep to the allowed characters",
        arguments: [
            ("http.server.requests", "http_server_requests"), ("a:b", "a:b"), ("9lives", "_9lives"), ("", "_"), ("größe", "gr__e"),
            ("ok_total", "ok_total"),
        ])
    func metricNames(label: String, name: String) {
        #expect(ExpositionText.metricName(label) == name)
    }

    @Test(
        "Label names that the format keeps are renamed",
        arguments: [("le", "exported_le"), ("quantile", "exported_quantile"), ("__name__", "exported_name__"), ("a:b", "a_b"), ("x", "x")])
    func labelNames(label: String, name: String) {
        #expect(ExpositionText.labelName(label) == name)
    }

    @Test("Labels are sorted, escaped, and of two with one name the last counts")
    func labels() {
        #expect(ExpositionText.labels([("b", "say \"hi\"\n\\"), ("a", "ü"), ("b", "2\\n\"")]) == #"a="ü",b="2\\n\"""#)
        #expect(ExpositionText.labels([("path", "a\nb\\c\"d")]) == #"path="a\nb\\c\"d""#)
    }

    @Test("Counters, gauges and histograms as a scrape shows them")
    func golden() {
        let registry = PrometheusRegistry(
            descriptors: [
                MetricDescriptor("b_total", .counter, "Things\nwith \\.", labels: [.init("ok", values: ["true", "false"])]),
                MetricDescriptor("a_seconds", .histogram(buckets: [0.5, 1, 10]), "Time.", labels: [.init("rule")]),
                MetricDescriptor("c", .gauge, "Level."),
                MetricDescriptor("never_seen", .gauge, "No series.", labels: [.init("rule")]),
            ], processMetrics: false)
        Counter(label: "b_total", dimensions: [("ok", "true")], factory: registry).increment(by: 41)
        FloatingPointCounter(label: "b_total", dimensions: [("ok", "true")], factory: registry).increment(by: 1.5)
        Meter(label: "c", factory: registry).set(-2.25)
        let timer = Timer(label: "a_seconds", dimensions: [("rule", "oom")], factory: registry)
        for milliseconds in [500, 750, 3000, 20_000] { timer.recordMilliseconds(milliseconds) }
        #expect(
            registry.string == """
                # HELP a_seconds Time.
                # TYPE a_seconds histogram
                a_seconds_bucket{rule="oom",le="0.5"} 1
                a_seconds_bucket{rule="oom",le="1"} 2
                a_seconds_bucket{rule="oom",le="10"} 3
                a_seconds_bucket{rule="oom",le="+Inf"} 4
                a_seconds_sum{rule="oom"} 24.25
                a_seconds_count{rule="oom"} 4
                # HELP b_total Things\\nwith \\\\.
                # TYPE b_total counter
                b_total{ok="false"} 0
                b_total{ok="true"} 42.5
                # HELP c Level.
                # TYPE c gauge
                c -2.25
                # HELP healing_metrics_series_dropped_total Series that were not made since their metric has too many or is of another type.
                # TYPE healing_metrics_series_dropped_total counter
                healing_metrics_series_dropped_total 0

                """)
    }

    @Test("What no descriptor names comes out too, by the rules of naming")
    func undescribed() {
        let registry = PrometheusRegistry(descriptors: [], processMetrics: false)
        Counter(label: "hb.requests", dimensions: [("le", "x")], factory: registry).increment()
        Recorder(label: "queue-depth", dimensions: [], aggregate: false, factory: registry).record(7)
        Recorder(label: "sizes", dimensions: [], aggregate: true, factory: registry).record(3)
        #expect(registry.string.contains("# TYPE hb_requests_total counter\nhb_requests_total{exported_le=\"x\"} 1\n"))
        #expect(registry.string.contains("# TYPE queue_depth gauge\nqueue_depth 7\n"))
        #expect(registry.string.contains("sizes_bucket{le=\"2.5\"} 0\nsizes_bucket{le=\"5\"} 1\n"))
    }

    @Test("Counters take no step back; histograms no NaN")
    func senseless() {
        let registry = PrometheusRegistry(descriptors: [], processMetrics: false)
        let counter = registry.makeFloatingPointCounter(label: "x_total", dimensions: [])
        for amount in [1.5, -1, .nan, .infinity, 0] { counter.increment(by: amount) }
        registry.makeCounter(label: "x_total", dimensions: []).increment(by: -5)
        registry.makeRecorder(label: "y", dimensions: [], aggregate: true).record(Double.nan)
        #expect(registry.value("x_total") == "1.5")
        #expect(registry.value("y_count") == "0")
    }

    @Test("A metric with too many series drops the rest and counts them")
    func cardinality() {
        let registry = PrometheusRegistry(descriptors: [], seriesPerFamily: 10, processMetrics: false)
        for pod in 0..<25 { Counter(label: "x_total", dimensions: [("pod", "p\(pod)")], factory: registry).increment() }
        #expect(registry.string.split(separator: "\n").count { $0.hasPrefix("x_total{") } == 10)
        #expect(registry.value("healing_metrics_series_dropped_total") == "15")
        for name in 0..<25 { Meter(label: "gauge\(name)", factory: registry).set(1) }
        #expect(registry.string.split(separator: "\n").count { $0.hasPrefix("gauge") } == 8)
    }

    @Test("A metric asked for with another type keeps its own")
    func otherType() {
        let registry = PrometheusRegistry(descriptors: [MetricDescriptor("x_total", .counter, "X.")], processMetrics: false)
        Meter(label: "x_total", factory: registry).set(99)
        #expect(registry.value("x_total") == "0")
        #expect(registry.value("healing_metrics_series_dropped_total") == "1")
    }

    @Test("A series that was destroyed is gone, and begins anew")
    func destroyed() {
        let registry = PrometheusRegistry(descriptors: [], processMetrics: false)
        let meter = Meter(label: "x", dimensions: [("rule", "a")], factory: registry)
        meter.set(5)
        meter.destroy()
        #expect(registry.value("x{rule=\"a\"}") == nil)
        let again = Meter(label: "x", dimensions: [("rule", "a")], factory: registry)
        meter.destroy()
        again.increment()
        #expect(registry.value("x{rule=\"a\"}") == "1")
    }

    @Test("Nothing that is counted at once by many is lost")
    func concurrency() async {
        let registry = PrometheusRegistry(descriptors: [], processMetrics: false)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<16 {
                group.addTask {
                    let counter = Counter(label: "n_total", dimensions: [("half", "\(task % 2)")], factory: registry)
                    let fractions = FloatingPointCounter(label: "f_total", factory: registry)
                    let meter = Meter(label: "m", factory: registry)
                    let recorder = Recorder(label: "h", factory: registry)
                    for index in 0..<2000 {
                        counter.increment()
                        fractions.increment(by: 0.5)
                        meter.increment(by: 2)
                        meter.decrement(by: 1)
                        recorder.record(index % 20)
                    }
                }
            }
            for _ in 0..<50 { _ = registry.text() }
        }
        #expect(registry.value("n_total{half=\"0\"}") == "16000")
        #expect(registry.value("n_total{half=\"1\"}") == "16000")
        #expect(registry.value("f_total") == "16000")
        #expect(registry.value("m") == "32000")
        #expect(registry.value("h_count") == "32000")
        #expect(registry.value("h_sum") == "304000")
        #expect(registry.value("h_bucket{le=\"+Inf\"}") == "32000")
    }

    @Test("A scrape tells of the process itself")
    func process() throws {
        let registry = PrometheusRegistry(descriptors: [])
        func value(_ name: String) throws -> Double { try #require(registry.value(name).flatMap(Double.init), "\(name) is missing") }
        #expect(try value("process_cpu_seconds_total") > 0)
        #expect(try value("process_resident_memory_bytes") > 1_000_000)
        #expect(try value("process_open_fds") >= 3)
        #expect(try value("process_max_fds") >= value("process_open_fds"))
        let age = WallClock.read().secondsSinceEpoch - (try value("process_start_time_seconds"))
        #expect(age > -2 && age < 3600)
    }
}

extension PrometheusRegistry {
    var string: String { String(decoding: text(), as: UTF8.self) }

    /// The value of a sample, by name and labels as the exposition shows them.
    func value(_ sample: String) -> String? {
        for line in string.split(separator: "\n") where line.hasPrefix(sample + " ") { return String(line.dropFirst(sample.count + 1)) }
        return nil
    }
}
