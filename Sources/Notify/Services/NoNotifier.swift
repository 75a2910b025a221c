/// Tells nobody: for a route that ends there.
public struct NoNotifier: Notifier {
    public static let kind = "none"
    public var pace: Duration { .zero }

    /// Makes one.
    public init() {}

    public func deliver(_ message: Message) async throws(DeliveryFailure) {}
}
