import AutomatonCore
import Synchronization

/// Container memory as the test wants it.
final class FakeMemories: ContainerMemories {
    private let readings: Result<[ContainerMemoryReading], PortError>
    private let selections = Mutex<[PodSelection]>([])

    init(_ readings: [ContainerMemoryReading]) { self.readings = .success(readings) }
    init(failing error: PortError) { readings = .failure(error) }

    /// What was asked for.
    var asked: [PodSelection] { selections.withLock { $0 } }

    func read(_ selection: PodSelection) async throws(PortError) -> [ContainerMemoryReading] {
        selections.withLock { $0.append(selection) }
        return try readings.get()
    }
}

/// What a container of a pod uses, in mebibytes, measured so many seconds before the start.
func memory(
    _ pod: PodRow, _ mebibytes: Int64?, of limit: Int64?, container: String = "main", age: Int = 10
) -> ContainerMemoryReading {
    let measurement = mebibytes.map { ContainerMemoryReading.Measurement(bytes: $0 << 20, at: start - .seconds(age)) }
    return ContainerMemoryReading(
        pod: pod, container: container, workingSet: measurement.map { .known($0) } ?? .unknown("nothing was measured"),
        limit: limit.map { $0 << 20 })
}
