package import IntaglioFormat

/// A pointer to something outside the log, such as a file by its digest or a sandbox by its snapshot's id.
///
/// The bytes stay where they are. A rollback takes the pointer back, and never what it points to: whoever needs that names
/// something that does not change.
public struct MemoryReference: Hashable, Sendable {
  /// What it points to: `file`, `sandbox`, or whatever the program knows.
  public var kind: String
  /// Which one: a digest, or an id.
  public var id: String
  /// Where it was, if that is known: a path or a URL.
  public var location: String?

  /// A pointer to `id`.
  public init(kind: String, id: String, location: String? = nil) {
    self.kind = kind
    self.id = id
    self.location = location
  }

  package var json: JSON {
    var members = [JSON.Member("id", .string(id)), JSON.Member("kind", .string(kind))]
    if let location { members.append(JSON.Member("location", .string(location))) }
    return .object(members)
  }

  init?(_ json: JSON) {
    guard let kind = json["kind"]?.string, let id = json["id"]?.string else { return nil }
    self.init(kind: kind, id: id, location: json["location"]?.string)
  }
}
