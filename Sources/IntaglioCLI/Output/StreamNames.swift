internal import Intaglio

/// The names of a log's streams, each looked up once.
struct StreamNames {
  private var names: [StreamNumber: String] = [:]

  /// The name as it was declared: escape it before printing.
  mutating func name(
    of number: StreamNumber, in snapshot: Snapshot
  ) throws(LogError) -> String {
    if let name = names[number] { return name }
    let name = try snapshot.stream(number)?.name ?? "(undeclared \(number))"
    names[number] = name
    return name
  }
}
