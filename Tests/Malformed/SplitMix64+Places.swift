public import SeededRandom

extension SplitMix64 {
    /// One of several.
    public mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

    /// A place in so many bytes, or at their end.
    public mutating func place(in bytes: [UInt8]) -> Int { below(bytes.count + 1) }
}
