/// When a rule fires ahead of its threshold: the trend of the figure, over the check's own observations, crosses it within a time.
public struct Prediction: Hashable, Sendable {
    /// Crosses within this time from now.
    public var within: Duration
    /// The observations that the trend is taken over.
    public var window: Duration
    /// Never on fewer observations than this.
    public var observations: Int

    /// Makes a prediction.
    public init(within: Duration, window: Duration = .minutes(15), observations: Int = 8) {
        self.within = within
        self.window = window
        self.observations = observations
    }
}
