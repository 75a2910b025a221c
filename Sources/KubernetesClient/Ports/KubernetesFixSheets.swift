public import AutomatonCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Fixes in a ConfigMap, under the key `fixes.yaml`, where people read and edit them.
///
/// It is changed by a JSON merge patch that carries the version read, and never made: so no right is needed that has no name in it. What
/// this program wrote last is told by an annotation in the same patch: so what people changed since is told from what they left alone.
public struct KubernetesFixSheets: FixSheets {
    /// What it needs to be allowed, for the one ConfigMap.
    public static func permissions(named name: String) -> [Permission] {
        [Permission(["get", "patch"], "configmaps", named: name)]
    }

    /// The key in the ConfigMap.
    public static let key = "fixes.yaml"
    /// Tells what was written last.
    static let annotation = "self-healing-automaton/fixes-written"

    private let api: KubernetesAPI
    private let namespace: String
    private let configMap: String

    /// Makes the port.
    public init(_ api: KubernetesAPI, configMap: String, namespace: String) {
        (self.api, self.configMap, self.namespace) = (api, configMap, namespace)
    }

    public var name: String { "ConfigMap \(namespace)/\(configMap)" }

    private var path: APIPath { APIPath(namespace: namespace, resource: "configmaps", name: configMap) }

    public func read() async throws(PortError) -> FixSheet? {
        do {
            let object = try JSONDecoder().decode(ConfigMapObject.self, from: Data(try await api.get(path)))
            return FixSheet(
                text: object.data?[Self.key], mark: object.metadata.annotations?[Self.annotation], version: object.metadata.resourceVersion)
        } catch let error as KubernetesError where error.kind == .notFound {
            return nil
        } catch let error as DecodingError {
            throw .unavailable("GET \(path): the answer is not a ConfigMap: \(KubernetesAPI.place(of: error))", retryAfter: nil)
        } catch {
            throw PortError(error, isChange: false)
        }
    }

    public func write(_ sheet: FixSheet) async throws(PortError) {
        guard !sheet.version.isEmpty else { throw .refused("\(name): a write must carry the resourceVersion that was read, this has none") }
        var json = JSONText()
        json.append(raw: "{\"metadata\":{\"resourceVersion\":")
        json.append(string: sheet.version)
        json.append(raw: ",\"annotations\":{")
        json.append(string: Self.annotation)
        json.append(raw: ":")
        json.append(string: sheet.mark ?? "")
        json.append(raw: "}},\"data\":{")
        json.append(string: Self.key)
        json.append(raw: ":")
        json.append(string: sheet.text ?? "")
        json.append(raw: "}}")
        do {
            _ = try await api.patch(path, .merge, body: json.bytes, fieldManager: KubernetesWorkloads.fieldManager)
        } catch {
            throw PortError(error, isChange: true)
        }
    }
}

/// What is read of a ConfigMap.
private struct ConfigMapObject: Decodable {
    struct Metadata: Decodable {
        var resourceVersion: String
        var annotations: [String: String]?
    }
    var metadata: Metadata
    var data: [String: String]?
}
