import AutomatonCore
import Testing

/// Subjects as people write them.
@Suite struct SubjectFilterTests {
    @Test(arguments: [
        ("deployment/email", SubjectFilter(kind: .deployment, name: "email")),
        ("shop/deployment/email", SubjectFilter(kind: .deployment, namespace: "shop", name: "email")),
        ("database/db-0:5432/orders", SubjectFilter(kind: .database, name: "db-0:5432/orders")),
        ("host/node-1:/var/log", SubjectFilter(kind: .host, name: "node-1:/var/log")),
    ])
    func isRead(_ text: String, _ expected: SubjectFilter) {
        #expect(SubjectFilter(text) == expected)
        #expect(SubjectFilter(expected.description) == expected)
    }

    @Test(arguments: ["", "email", "deployment/", "shop/deployment/", "pod/x/y/z", "shop/deployment/email/x", "cat/email", "a/b/c"])
    func isRefused(_ text: String) { #expect(SubjectFilter(text) == nil) }
}
