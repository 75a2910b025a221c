/// What is wrong with the shape of a list or of a watch's lines, apart from the objects in it.
struct FramingError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
