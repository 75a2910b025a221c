import AutomatonCore
import Foundation
import Testing

@testable import Rules

@Suite struct ThresholdFileTests {
    private func load(_ text: String) throws -> (values: Thresholds?, errors: [String]) {
        let mount = try Mount()
        try mount.write("file", text)
        do {
            return (try ThresholdLoader(path: mount.path + "/file").load(), [])
        } catch {
            return (nil, error.problems.map { $0.description.replacing(mount.path + "/", with: "") })
        }
    }

    @Test(arguments: [
        "KAFKA_LAG_THRESHOLD=20000\nMAX_MEMORY=4Gi\n", "# comment\n\nKAFKA_LAG_THRESHOLD=20000\r\nMAX_MEMORY=4Gi",
        "KAFKA_LAG_THRESHOLD: 20000\nMAX_MEMORY: 4Gi\n", "# comment\n{ KAFKA_LAG_THRESHOLD: '20000', MAX_MEMORY: \"4Gi\" }",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: thresholds\ndata:\n  KAFKA_LAG_THRESHOLD: \"20000\"\n  MAX_MEMORY: 4Gi\n",
    ]) func everyFormIsRead(_ text: String) throws {
        let (values, errors) = try load(text)
        #expect(errors.isEmpty)
        #expect(values?.kafkaLag == 20_000)
        #expect(values?.policy.maximumMemory == ByteQuantity(bytes: 4 << 30))
    }

    @Test(arguments: ["", "# nothing\n", "---\n", "kind: ConfigMap\n"]) func anEmptyFileMeansTheDefaults(_ text: String) throws {
        #expect(try load(text).errors.isEmpty)
    }

    @Test(arguments: [
        ("KAFKA_LAG_THRESHOLD=1\nCOOLDOWN=x\n", "file:2: COOLDOWN: 'x' is not a time span"),
        ("COOLDOWN=5m\nCOOLDOWN=6m\n", "file:2: COOLDOWN is set a second time; the first is on line 1"),
        ("COOLDOWN=5m\nnonsense\n", "file:2: 'nonsense' is not KEY=VALUE"),
        ("export COOLDOWN=5m\n", "file:1: 'export COOLDOWN' is not a key"),
        ("COOLDOWN = 5m\n", "file:1: 'COOLDOWN ' is not a key"), ("COOLDOWN='5m'\n", "file:1: COOLDOWN: ''5m'' is not a time span"),
        ("COOLDOWN: 5m\nCOLDOWN: 6m\n", "file:2:10: unknown threshold 'COLDOWN'; did you mean 'COOLDOWN'?"),
        ("COOLDOWN: 5m\nCOOLDOWN: 6m\n", "file:1:1: key 'COOLDOWN' is written more than once"),
        ("COOLDOWN: [5m]\n", "file:1:11: COOLDOWN must be a single value"), ("COOLDOWN:\n", "file:1:1: COOLDOWN: '' is not a time span"),
        ("- COOLDOWN\n", "file:1:1: thresholds are KEY=VALUE lines"), ("kind: Secret\ndata: {}\n", "file:1:7: a manifest here must be"),
        ("kind: ConfigMap\ndata: [a]\n", "file:2:7: data must be a mapping"),
        ("COOLDOWN: 5m\n---\nCOOLDOWN: 5m\n", "file:3:1: a second document"),
        ("COOLDOWN: \"5m\n", "file:2:17: not valid YAML: found unexpected end of stream"),
        ("KAFKA_LAG_THRESHOLD: 1e3\n", "file:1:22: KAFKA_LAG_THRESHOLD: '1e3' is not"),
    ]) func faultsHaveTheirLine(_ text: String, _ expected: String) throws {
        let errors = try load(text).errors
        #expect(errors.count == 1)
        #expect(errors.first?.hasPrefix(expected) == true, "\(errors)")
    }

    @Test func aFileThatIsNotTextIsAnError() throws {
        let mount = try Mount()
        try Data([0x43, 0x0A, 0xFF, 0xFE]).write(to: URL(fileURLWithPath: mount.path + "/COOLDOWN"))
        let error = #expect(throws: ConfigurationErrors.self) { try ThresholdLoader(path: mount.path).load() }
        #expect(error?.description == "\(mount.path)/COOLDOWN:2: this line is not UTF-8 text; save the file as UTF-8")
    }

    @Test func aMissingPathIsAnError() throws {
        let mount = try Mount()
        let error = #expect(throws: ConfigurationErrors.self) { try ThresholdLoader(path: mount.path + "/none").load() }
        #expect(
            error?.description
                == "\(mount.path)/none: cannot be read: No such file or directory; name a file or a directory of thresholds that is there")
    }

    @Test func theKubeletsLayoutIsRead() throws {
        let mount = try Mount()
        try mount.project(["COOLDOWN": "6m", "MAX_REPLICAS": "4\n"])
        let thresholds = try ThresholdLoader(path: mount.path).load()
        #expect(thresholds.policy.cooldown == .minutes(6))
        #expect(thresholds.origin(of: "COOLDOWN") == .file(mount.path + "/COOLDOWN"), "the mounted path, not the day's directory")
    }

    @Test func hiddenEntriesAreLeftAlone() throws {
        let mount = try Mount()
        try mount.write(".COOLDOWN.swp", "x")
        try mount.write("COOLDOWN", "6m")
        #expect(try ThresholdLoader(path: mount.path).load().policy.cooldown == .minutes(6))
    }

    @Test func whatIsNoFileIsAnError() throws {
        let mount = try Mount()
        try FileManager.default.createDirectory(atPath: mount.path + "/COOLDOWN", withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(atPath: mount.path + "/DRY_RUN", withDestinationPath: "gone")
        #expect(mkfifo(mount.path + "/MAX_MEMORY", 0o600) == 0)
        let error = try #require(throws: ConfigurationErrors.self) { try ThresholdLoader(path: mount.path).load() }
        let texts = error.problems.map { $0.description.replacing(mount.path + "/", with: "") }
        #expect(texts.count == 3)
        #expect(texts[0].hasPrefix("COOLDOWN: is not a file"))
        #expect(texts[1] == "DRY_RUN: cannot be read: No such file or directory")
        #expect(texts[2].hasPrefix("MAX_MEMORY: is not a file"))
    }

    @Test func thereAreBounds() throws {
        let mount = try Mount()
        try mount.write("COOLDOWN", String(repeating: "1", count: 1 << 20 + 1))
        let large = #expect(throws: ConfigurationErrors.self) { try ThresholdLoader(path: mount.path).load() }
        #expect(large?.description.contains("is larger (") == true)
        for index in 0...200 { try mount.write("KEY\(index)", "1") }
        let many = #expect(throws: ConfigurationErrors.self) { try ThresholdLoader(path: mount.path).load() }
        #expect(many?.description.contains("more than 200 files") == true)
    }
}
