import CurlHTTP
import Testing

@testable import KubernetesClient

/// Bodies as kube-apiserver 1.36 and the servers in front of it write them.
struct KubernetesErrorTests {
    private static func error(
        _ code: Int, _ body: String, headers: [HTTPField] = [], request: String = "PATCH /apis/apps/v1/namespaces/shop/deployments/web",
        isChange: Bool = true
    ) -> KubernetesError {
        KubernetesError(
            HTTPResponse(head: HTTPResponseHead(status: code, headers: headers), body: Array(body.utf8)), request: request,
            isChange: isChange)
    }

    private static func status(_ code: Int, _ reason: String, _ message: String, details: String = "{}", metadata: String = "{}") -> String
    {
        let escaped = message.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
        return
            #"{"kind":"Status","apiVersion":"v1","metadata":\#(metadata),"status":"Failure","message":"\#(escaped)","reason":"\#(reason)","details":\#(details),"code":\#(code)}"#
    }

    private static func denial(_ message: String, details: String = "{}") -> Denial? {
        if case .forbidden(let denial) = error(403, status(403, "Forbidden", message, details: details)).kind { denial } else { nil }
    }

    @Test func namesTheMissingPermission() throws {
        let user = "system:serviceaccount:shop:automaton"
        let scale = try #require(
            Self.denial(
                #"deployments.apps "web" is forbidden: User "\#(user)" cannot patch resource "deployments/scale" in API group "apps" in the namespace "shop""#
            ))
        #expect(scale.cause == .rbac)
        #expect(
            (scale.verb, scale.resource, scale.group, scale.namespace, scale.user) == ("patch", "deployments/scale", "apps", "shop", user))
        #expect(
            scale.description
                == "\(user) may not patch deployments/scale in namespace shop: grant verb patch on resource deployments/scale of apiGroup \"apps\""
        )
        let nodes = try #require(
            Self.denial(#"nodes is forbidden: User "\#(user)" cannot list resource "nodes" in API group "" at the cluster scope"#))
        #expect((nodes.verb, nodes.resource, nodes.group, nodes.namespace) == ("list", "nodes", "", nil))
        #expect(nodes.description.contains("in the whole cluster"))
        let path = try #require(Self.denial(#"forbidden: User "system:anonymous" cannot get path "/apis""#))
        #expect((path.cause, path.verb, path.resource, path.group) == (.rbac, "get", "/apis", nil))
    }

    @Test(arguments: [
        (
            #"pods "x" is forbidden: exceeded quota: mem, requested: limits.memory=2Gi, used: limits.memory=3Gi, limited: limits.memory=4Gi"#,
            Denial.Cause.quota
        ),
        (#"pods "x" is forbidden: failed quota: mem: must specify limits.memory for: app"#, .quota),
        (#"pods "x" is forbidden: maximum memory usage per Container is 1Gi, but limit is 2Gi"#, .limitRange),
        (
            #"pods "x" is forbidden: [minimum memory usage per Pod is 1Gi, but request is 2Mi, cpu max limit to request ratio per Container is 2]"#,
            .limitRange
        ),
        (
            #"configmaps "late" is forbidden: unable to create new content in namespace going because it is being terminated"#,
            .namespaceTerminating
        ),
        (
            #"pods "x" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "a" must set it)"#,
            .podSecurity
        ),
        (#"pods "sa" is forbidden: error looking up service account shop/nope: serviceaccount "nope" not found"#, .admission),
        (#"persistentvolumeclaims "b" is forbidden: only dynamically provisioned pvc can be resized"#, .admission),
    ])
    func tellsTheOtherDenialsApart(message: String, cause: Denial.Cause) {
        #expect(Self.denial(message)?.cause == cause)
    }

    @Test func readsTheKindOfEachAnswer() throws {
        #expect(Self.error(401, Self.status(401, "Unauthorized", "Unauthorized")).kind == .unauthorized)
        #expect(Self.error(404, Self.status(404, "NotFound", "pods \"x\" not found")).kind == .notFound)
        #expect(Self.error(404, "404 page not found\n").kind == .notFound)
        #expect(Self.error(409, Self.status(409, "Conflict", "the object has been modified")).kind == .conflict)
        #expect(Self.error(409, Self.status(409, "AlreadyExists", "deployments.apps \"web\" already exists")).kind == .alreadyExists)
        #expect(
            Self.error(410, Self.status(410, "Expired", "old", metadata: #"{"continue":"abc"}"#)).kind == .expired(freshContinue: "abc"))
        #expect(Self.error(410, Self.status(410, "Expired", "old")).kind == .expired(freshContinue: nil))
        #expect(Self.error(413, Self.status(413, "RequestEntityTooLarge", "limit is 3145728")).kind == .rejected)
        #expect(Self.error(500, "boom").kind == .serverError(retryAfter: nil))
        #expect(Self.error(503, "no endpoints", headers: [HTTPField("Retry-After", "7")]).kind == .serverError(retryAfter: .seconds(7)))
        #expect(Self.error(504, "gateway", isChange: true).kind == .outcomeUnknown)
        #expect(Self.error(504, "gateway", isChange: false).kind == .timeout)
        #expect(Self.error(502, "<html>", isChange: true).kind == .outcomeUnknown)
    }

    @Test func readsBothKindsOf429() {
        let throttled = Self.error(429, "Too many requests, please try again later.", headers: [HTTPField("Retry-After", "1")])
        #expect(throttled.kind == .tooManyRequests(retryAfter: .seconds(1), disruptionBudget: nil))
        #expect(throttled.isTransient && throttled.retryAfter == .seconds(1))
        let budget = "The disruption budget web needs 2 healthy pods and has 2 currently"
        let evicted = Self.error(
            429,
            Self.status(
                429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.",
                details: #"{"causes":[{"reason":"DisruptionBudget","message":"\#(budget)"}]}"#))
        #expect(evicted.kind == .tooManyRequests(retryAfter: nil, disruptionBudget: budget))
        #expect(!evicted.isTransient)
    }

    @Test func namesInvalidFields() {
        let cause =
            #"{"reason":"FieldValueInvalid","message":"Invalid value: \"512Mi\": must be less than or equal to memory limit of 256Mi","field":"spec.template.spec.containers[0].resources.requests"}"#
        let error = Self.error(422, Self.status(422, "Invalid", "Deployment.apps \"web\" is invalid", details: #"{"causes":[\#(cause)]}"#))
        guard case .invalid(let fields) = error.kind else { return #expect(Bool(false), "\(error.kind)") }
        #expect(fields.map(\.field) == ["spec.template.spec.containers[0].resources.requests"])
        #expect(
            error.description.contains(
                "containers[0].resources.requests: Invalid value: \"512Mi\": must be less than or equal to memory limit of 256Mi"))
        let test = Self.error(422, Self.status(422, "Invalid", "the server rejected our request due to an error in our request"))
        #expect(test.kind == .invalid([]))
    }

    /// What the server quotes of an object never reaches a log, however it is dressed.
    @Test(arguments: [
        #" "" is invalid: patch: Invalid value: "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"data\":{\"password\":\"aHVudGVyMg==\"}}": json: cannot unmarshal string"#,
        #" "" is invalid: patch: Invalid value: "map[data:map[password:aHVudGVyMg==] kind:Secret]": quantities must match"#,
        #"Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 4, error found in #10 byte of ...|"aHVudGVyMg=="|..., bigger context ...|{"data":{"password":"aHVudGVyMg=="|..."#,
        #"map: map[env:map[value:aHVudGVyMg==]] does not contain declared merge key: name"#,
        #"spec.selector: Invalid value: {"matchLabels":{"app":"aHVudGVyMg=="}}: field is immutable"#,
        #"unterminated {"data":"aHVudGVyMg=="#,
        #"unterminated "aHVudGVyMg== and on"#,
        #"&bitmap[password:aHVudGVyMg==]"#,
    ])
    func scrubsWhatTheServerQuotes(message: String) {
        let details =
            #"{"causes":[{"reason":"FieldValueInvalid","field":"patch","message":"\#(message.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))"}]}"#
        for code in [400, 403, 409, 422, 500] {
            let error = Self.error(code, Self.status(code, "Invalid", message, details: details))
            for text in ["\(error)", error.message, "\(error.kind)", String(reflecting: error)] {
                #expect(!text.contains("aHVudGVyMg"), "\(text)")
            }
        }
        let line = "PATCH /api/v1/namespaces/shop/secrets/tls"
        #expect(
            !Self.error(422, Self.status(422, "Invalid", "value hunter2", details: details), request: line).description.contains("hunter2"))
    }

    @Test func boundsWhatItKeeps() {
        let long = (0..<5000).map { "word\($0)" }.joined(separator: " ")
        let error = Self.error(500, Self.status(500, "", long))
        #expect(error.message.count == MessageScrubber.maximumLength)
        #expect(MessageScrubber.scrub("line one\nline two\u{7}") == "line one line two ")
        #expect(MessageScrubber.scrub(String(repeating: "A", count: 150)) == "…")
        #expect(MessageScrubber.scrub(#"pods "web-0" not found"#) == #"pods "web-0" not found"#)
    }
}
