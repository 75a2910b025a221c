/// Cuts the answer to a list into its items as the bytes arrive, so that a page never sits whole in memory.
///
/// An item that lies whole in one chunk is handed over in place; one that crosses chunks is collected first. `metadata` is kept for its
/// resourceVersion and continue token; everything else at the top is skipped. `"items": null`, as of an empty
/// PartialObjectMetadataList, is no items.
struct ListSplitter {
    private enum State {
        case start
        case keyOrEnd
        case key
        case colon
        case value
        case inValue
        case itemOrEnd
        case inItem
        case commaOrEnd
        case end
    }

    /// The largest object that is accepted. etcd refuses objects above 1.5 MiB by default.
    let maximumItemBytes: Int
    private var state = State.start
    private var skipper = ValueSkipper()
    private var key: [UInt8] = []
    /// What has arrived of an item that crosses chunks.
    private var partialItem: [UInt8] = []
    private(set) var metadata: [UInt8] = []

    init(maximumItemBytes: Int = 8 << 20) {
        self.maximumItemBytes = maximumItemBytes
    }

    /// Whether the whole list has arrived.
    var isComplete: Bool {
        if case .end = state { true } else { false }
    }

    private var isMetadata: Bool { key.elementsEqual("metadata".utf8) }
    private var isItems: Bool { key.elementsEqual("items".utf8) }

    /// Takes the next chunk and hands over each item that it completes; the span is only valid during the call.
    /// - Throws: `FramingError` when this is no list, and what `onItem` throws.
    mutating func consume(_ bytes: Span<UInt8>, onItem: (Span<UInt8>) throws -> Void) throws {
        var index = 0
        while index < bytes.count {
            switch state {
            case .inValue: index = try continueValue(bytes, index)
            case .inItem: index = try continueItem(bytes, index, onItem)
            case .key: index = try continueKey(bytes, index)
            default:
                let byte = bytes[index]
                if byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
                    index += 1
                } else {
                    index += try structural(byte)
                }
            }
        }
    }

    /// Takes one structural byte; returns how many bytes that used: 0 when a value starts with it.
    private mutating func structural(_ byte: UInt8) throws -> Int {
        switch (state, byte) {
        case (.start, UInt8(ascii: "{")): state = .keyOrEnd
        case (.keyOrEnd, UInt8(ascii: "\"")):
            key.removeAll(keepingCapacity: true)
            state = .key
        case (.keyOrEnd, UInt8(ascii: "}")), (.commaOrEnd, UInt8(ascii: "}")): state = .end
        case (.commaOrEnd, UInt8(ascii: ",")): state = .keyOrEnd
        case (.colon, UInt8(ascii: ":")): state = .value
        case (.value, UInt8(ascii: "[")) where isItems: state = .itemOrEnd
        case (.value, _):
            if isMetadata { metadata.removeAll() }
            skipper = ValueSkipper()
            state = .inValue
            return 0
        case (.itemOrEnd, UInt8(ascii: ",")): break
        case (.itemOrEnd, UInt8(ascii: "]")): state = .commaOrEnd
        case (.itemOrEnd, UInt8(ascii: "{")):
            skipper = ValueSkipper()
            partialItem.removeAll(keepingCapacity: true)
            state = .inItem
            return 0
        default: throw FramingError("the answer is not a list of objects in JSON")
        }
        return 1
    }

    private mutating func continueKey(_ bytes: Span<UInt8>, _ start: Int) throws -> Int {
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "\"") {
                state = .colon
                return index
            }
            key.append(byte)
            guard key.count <= 256 else { throw FramingError("the list has a key of more than 256 bytes") }
        }
        return index
    }

    private mutating func continueValue(_ bytes: Span<UInt8>, _ start: Int) throws -> Int {
        let end = skipper.advance(bytes, from: start)
        if isMetadata {
            bytes.extracting(start..<(end ?? bytes.count)).withUnsafeBufferPointer { metadata.append(contentsOf: $0) }
            guard metadata.count <= 1 << 20 else { throw FramingError("the list's metadata is larger than 1 MiB") }
        }
        if end != nil { state = .commaOrEnd }
        return end ?? bytes.count
    }

    private mutating func continueItem(_ bytes: Span<UInt8>, _ start: Int, _ onItem: (Span<UInt8>) throws -> Void) throws -> Int {
        let end = skipper.advance(bytes, from: start)
        let piece = bytes.extracting(start..<(end ?? bytes.count))
        guard partialItem.count + piece.count <= maximumItemBytes else {
            throw FramingError("an object of the list is larger than \(maximumItemBytes) bytes")
        }
        if end != nil { state = .itemOrEnd }
        if end != nil, partialItem.isEmpty {
            try onItem(piece)
        } else {
            piece.withUnsafeBufferPointer { partialItem.append(contentsOf: $0) }
            if end != nil { try onItem(partialItem.span) }
        }
        return end ?? bytes.count
    }
}
