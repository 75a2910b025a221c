#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension KubernetesAPI {
    /// One page of a collection.
    private struct Page<Item: Decodable>: Decodable {
        struct Metadata: Decodable { var `continue`: String? }
        var metadata: Metadata?
        /// Null in an empty list of some versions.
        var items: [Item]?
    }

    /// More pages than this are not read: 20,000 objects.
    private static var mostPages: Int { 40 }

    /// Reads a whole collection into a type, page by page. For small or rare objects.
    ///
    /// When the continue token expires in between, the list begins anew, once.
    func listAll<Item: Decodable>(_ path: APIPath, query: APIQuery = APIQuery(), as type: Item.Type) async throws -> [Item] {
        do {
            return try await pages(path, query, type)
        } catch let error as KubernetesError {
            guard case .expired = error.kind else { throw error }
            return try await pages(path, query, type)
        }
    }

    private func pages<Item: Decodable>(_ path: APIPath, _ query: APIQuery, _ type: Item.Type) async throws -> [Item] {
        var items: [Item] = []
        var token: String?
        for _ in 0..<Self.mostPages {
            let bytes = try await listPage(path, query: query, continue: token)
            let page: Page<Item>
            do {
                page = try JSONDecoder().decode(Page<Item>.self, from: Data(bytes))
            } catch {
                throw KubernetesError(
                    .decoding, request: "GET \(path)", status: 200, message: "the answer is not the list expected: \(Self.place(of: error))"
                )
            }
            items += page.items ?? []
            guard let next = page.metadata?.continue, !next.isEmpty else { return items }
            token = next
        }
        throw KubernetesError(
            .decoding, request: "GET \(path)", status: 200,
            message: "the list has more than \(Self.mostPages) pages of 500: too many to read")
    }
}
