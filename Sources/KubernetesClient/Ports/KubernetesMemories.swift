public import AutomatonCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The memory that containers use: what metrics-server measured, joined with the limits of the pods.
///
/// Two lists a reading: the metrics, which come in one answer of a few hundred bytes a pod, and the pods in pages, each of which is scanned
/// and let go before the next is asked for.
public struct KubernetesMemories: ContainerMemories {
    private let api: KubernetesAPI
    private let namespace: String?
    private let pageSize: Int

    /// A list that expired so often is asked for in one answer.
    private static let expiriesBeforeWhole = 2
    private static let metricsGroup = "metrics.k8s.io"

    /// Makes the port.
    /// - Parameters:
    ///   - namespace: Where selections look that name none; nil for all namespaces.
    ///   - pageSize: Pods a page.
    public init(_ api: KubernetesAPI, namespace: String? = nil, pageSize: Int = 500) {
        self.api = api
        self.namespace = namespace
        self.pageSize = pageSize
    }

    /// Reads the running containers of the selected pods. A container of which nothing was measured is unknown in itself.
    public func read(_ selection: PodSelection) async throws(PortError) -> [ContainerMemoryReading] {
        var selection = selection
        if selection.namespace == nil { selection.namespace = namespace }
        let usages = try await usages(selection)
        for attempt in 0...Self.expiriesBeforeWhole {
            do {
                return try await readings(selection, usages, limit: attempt < Self.expiriesBeforeWhole ? pageSize : nil)
            } catch let error as KubernetesError where attempt < Self.expiriesBeforeWhole {
                guard case .expired = error.kind else { throw PortError(error, isChange: false) }
            } catch {
                throw PortError(error, isChange: false)
            }
        }
        throw .unavailable("the list of pods keeps expiring before it is complete", retryAfter: nil)
    }

    private func query(_ selection: PodSelection) -> APIQuery {
        var query = APIQuery()
        if !selection.labelSelector.isEmpty { query["labelSelector"] = selection.labelSelector }
        return query
    }

    // MARK: Metrics

    private struct PodKey: Hashable {
        var namespace: String
        var name: String
    }

    private func usages(_ selection: PodSelection) async throws(PortError) -> [PodKey: ContainerMemoryScanner.PodUsage] {
        let path = APIPath(group: Self.metricsGroup, version: "v1beta1", namespace: selection.namespace, resource: "pods")
        var usages: [PodKey: ContainerMemoryScanner.PodUsage] = [:]
        do {
            let bytes = try await api.get(path, query: query(selection))
            var splitter = ListSplitter()
            try splitter.consume(bytes.span) { item in
                let usage = try ContainerMemoryScanner.usage(item)
                usages[PodKey(namespace: usage.namespace, name: usage.name)] = usage
            }
            guard splitter.isComplete else { throw FramingError("the list of metrics is cut off") }
        } catch let error as KubernetesError where error.kind == .notFound {
            throw .refused("the metrics API (\(Self.metricsGroup)) is not there: install metrics-server, which measures the pods' memory")
        } catch let error as KubernetesError where error.status == 503 {
            throw .unavailable(
                "the metrics API (\(Self.metricsGroup)) is registered but does not answer: look at metrics-server, and at "
                    + "'kubectl get apiservice v1beta1.\(Self.metricsGroup)'", retryAfter: error.retryAfter)
        } catch {
            throw PortError(error, isChange: false)
        }
        return usages
    }

    // MARK: Pods

    private struct ListMetadata: Decodable {
        var `continue`: String?
    }

    private func readings(
        _ selection: PodSelection, _ usages: [PodKey: ContainerMemoryScanner.PodUsage], limit: Int?
    ) async throws -> [ContainerMemoryReading] {
        let path = APIPath(namespace: selection.namespace, resource: "pods")
        var readings: [ContainerMemoryReading] = []
        var token: String?
        repeat {
            var query = query(selection)
            query["limit"] = limit.map { String($0) }
            query["continue"] = token
            let bytes = try await api.get(path, query: query)
            var splitter = ListSplitter()
            try splitter.consume(bytes.span) { item in
                let row = try PodScanner.pod(item).row
                let limits = try ContainerMemoryScanner.limits(item)
                let usage = usages[PodKey(namespace: row.namespace, name: row.name)]
                for container in row.containers {
                    guard case .running = container.state else { continue }
                    readings.append(
                        ContainerMemoryReading(
                            pod: row, container: container.name, workingSet: Self.workingSet(of: container.name, in: usage),
                            limit: limits[container.name]))
                }
            }
            let metadata = try? JSONDecoder().decode(ListMetadata.self, from: Data(splitter.metadata))
            let next = metadata?.continue.flatMap { $0.isEmpty ? nil : $0 }
            guard splitter.isComplete, next == nil || next != token else {
                throw PortError.unavailable("GET \(path): the list of pods is cut off or does not go on", retryAfter: nil)
            }
            token = next
        } while token != nil
        return readings
    }

    private static func workingSet(
        of container: String, in usage: ContainerMemoryScanner.PodUsage?
    ) -> Reading<ContainerMemoryReading.Measurement> {
        guard let usage else { return .unknown("metrics-server has measured nothing of the pod yet") }
        guard let bytes = usage.workingSets[container]?.bytes else {
            return .unknown("metrics-server has measured other containers of the pod, but not this one")
        }
        guard let at = usage.measuredAt else { return .unknown("metrics-server does not say when it measured") }
        return .known(.init(bytes: bytes, at: at))
    }
}
