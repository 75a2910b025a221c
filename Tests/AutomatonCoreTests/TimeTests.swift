import AutomatonCore
import Testing

/// Instants, durations, byte quantities: what they read and how they are written.
@Suite struct TimeTests {
    static let times: [(String, Int64)] = [
        ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59.999999Z", -1), ("2000-02-29T12:00:00Z", 951_825_600_000_000),
        ("2026-03-01T12:00:00Z", 1_772_366_400_000_000), ("2026-03-01t12:00:00z", 1_772_366_400_000_000),
        ("2026-03-01T14:00:00+02:00", 1_772_366_400_000_000), ("2026-03-01T06:30:00-05:30", 1_772_366_400_000_000),
        ("2026-03-01T12:00:00-00:00", 1_772_366_400_000_000), ("2026-03-01T12:00:00.5Z", 1_772_366_400_500_000),
        ("2026-03-01T12:00:00.123456789Z", 1_772_366_400_123_456), ("2016-12-31T23:59:60Z", 1_483_228_800_000_000),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000_000), ("0001-01-01T00:00:00Z", -62_135_596_800_000_000),
        ("9999-12-31T23:59:59Z", 253_402_300_799_000_000),
    ]

    @Test(arguments: times) func readsRFC3339(text: String, microseconds: Int64) {
        #expect(Instant(rfc3339: text)?.microseconds == microseconds)
    }

    @Test(arguments: [
        "", "2026", "2026-03-01", "2026-03-01T12:00:00", "2026-03-01 12:00:00Z", "2026-13-01T12:00:00Z", "2026-00-01T12:00:00Z",
        "2026-02-29T12:00:00Z", "1900-02-29T12:00:00Z", "2026-04-31T12:00:00Z", "2026-03-00T12:00:00Z", "2026-03-01T24:00:00Z",
        "2026-03-01T12:60:00Z", "2026-03-01T12:00:61Z", "2026-03-01T12:00:00.Z", "2026-03-01T12:00:00+0200", "2026-03-01T12:00:00+24:00",
        "2026-03-01T12:00:00Zx", "2026-3-1T12:00:00Z", "+026-03-01T12:00:00Z", "2026-03-01T12:00:00+02:60",
    ]) func refusesWhatIsNotRFC3339(text: String) {
        #expect(Instant(rfc3339: text) == nil)
    }

    @Test func everyDayOfFourCenturiesGoesThereAndBack() {
        for day in stride(from: Int64(-80_000), to: 66_000, by: 37) {
            let instant = Instant(seconds: day * 86_400 + day % 1000 + 500)
            #expect(Instant(rfc3339: instant.rfc3339) == instant)
        }
    }

    @Test func writesTimes() {
        let instant = Instant(microseconds: 1_772_366_403_012_345)
        #expect(instant.rfc3339 == "2026-03-01T12:00:03Z")
        #expect(instant.rfc3339Milli == "2026-03-01T12:00:03.012Z")
        #expect(instant.rfc3339Micro == "2026-03-01T12:00:03.012345Z")
        #expect(instant.timeOfDay == "12:00:03Z")
        #expect(Instant(microseconds: -1).rfc3339Micro == "1969-12-31T23:59:59.999999Z")
        #expect(Instant(microseconds: .min).rfc3339.hasSuffix("Z") && Instant(microseconds: .max).rfc3339.hasSuffix("Z"))
    }

    @Test func saturates() {
        let (first, last) = (Instant(microseconds: .min), Instant(microseconds: .max))
        #expect(last + .hours(1) == last && first - .hours(1) == first && first + .hours(-1) == first && last - .hours(-1) == last)
        #expect(last - first == .microseconds(Int64.max) && first - last == .microseconds(Int64.min))
        #expect(Instant(seconds: .max) == last && Instant(seconds: .min) == first)
    }

    static let readables: [(Duration, String)] = [
        (Duration.zero, "0 s"), (.microseconds(40), "40 µs"), (.milliseconds(40), "40 ms"), (.milliseconds(1500), "1.5 s"),
        (.seconds(9), "9 s"), (.milliseconds(12_900), "12 s"), (.seconds(192), "3 min 12 s"), (.seconds(300), "5 min"),
        (.seconds(7500), "2 h 5 min"), (.seconds(3659), "1 h"), (.seconds(86_400 * 3 + 7200), "3 d 2 h"), (.seconds(-192), "-3 min 12 s"),
    ]

    @Test(arguments: readables) func readable(duration: Duration, text: String) {
        #expect(duration.readable == text)
    }

    static let durations: [(String, Duration)] = [
        ("300", Duration.seconds(300)), ("0", .zero), ("5m", .minutes(5)), ("1h30m", .minutes(90)), ("250ms", .milliseconds(250)),
        ("2d", .hours(48)), ("90s", .seconds(90)),
    ]

    @Test(arguments: durations) func readsConfiguredDurations(text: String, duration: Duration) {
        #expect(Duration(configured: text) == duration)
    }

    @Test(arguments: [
        "", "-5", "-5m", "5x", "5 m", "m", "5m30", "1.5h", "99999999999999999999", "9999999999d", "4000d", " 5", "5m ", "٥",
    ])
    func refusesOtherDurations(text: String) { #expect(Duration(configured: text) == nil) }

    static let quantities: [(String, Int64)] = [
        ("0", 0), ("1", 1), ("1Ki", 1024), ("512Mi", 512 << 20), ("1Gi", 1 << 30), ("1.5Gi", 3 << 29), ("0.5Gi", 1 << 29),
        (".5Gi", 1 << 29),
        ("1k", 1000), ("1500M", 1_500_000_000), ("1e9", 1_000_000_000), ("1E9", 1_000_000_000), ("1e+9", 1_000_000_000), ("15e-1", 2),
        ("1E", 1_000_000_000_000_000_000), ("1Ei", 1 << 60), ("128974848", 128_974_848), ("129e6", 129_000_000), ("129M", 129_000_000),
        ("128974848000m", 128_974_848), ("123Mi", 123 << 20), ("1m", 1), ("1001m", 2), ("1n", 1), ("1u", 1), ("+5", 5), ("0.1", 1),
        ("1.2345678901Gi", 1_325_607_179), ("9223372036854775807", .max), ("9223372036854775807m", 9_223_372_036_854_776),
    ]

    @Test(arguments: quantities) func readsQuantities(text: String, bytes: Int64) {
        #expect(ByteQuantity(text)?.bytes == bytes)
    }

    @Test(arguments: [
        "", "-1", "Gi", "1gi", "1KI", "1 Gi", "1Gi ", "1e", "1e19", "8Ei", "9223372036854775808", "1e-9223372036854775808", "1.2.3", "0x10",
        "1K", "ten",
    ]) func refusesOtherQuantities(text: String) {
        #expect(ByteQuantity(text) == nil)
    }

    static let written: [(Int64, String)] = [
        (Int64(0), "0"), (1000, "1000"), (1024, "1Ki"), (1 << 30, "1Gi"), (3 << 29, "1536Mi"), (1 << 60, "1Ei"), (1025, "1025"),
    ]

    @Test(arguments: written) func writesQuantities(bytes: Int64, text: String) {
        #expect(ByteQuantity(bytes: bytes).description == text)
        #expect(ByteQuantity(text)?.bytes == bytes)
    }
}
