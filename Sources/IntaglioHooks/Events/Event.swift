package import IntaglioFormat

/// One event, before it is a record: its kind and its members, each at most once.
///
/// The payload is one RFC 8785 object whose members `event` and `v` name the kind and the version of the schema.
package struct Event: Sendable {
  /// The version of the schema that this code writes.
  package static let version = 1

  package let kind: EventKind
  /// In the order of canonical JSON, which is cheapest where they are set in it.
  private var members: [JSON.Member]

  package init(_ kind: EventKind) {
    self.kind = kind
    members = []
    members.reserveCapacity(16)
    set(Attribute.event, kind.name)
    set(Attribute.version, Self.version)
  }

  /// Adds a member; nothing is added for a value that is not there.
  package mutating func set(_ name: String, _ value: JSON?) {
    if let value { members.insert(inOrder: JSON.Member(name, value)) }
  }

  package mutating func set(_ name: String, _ value: String?) { set(name, value.map(JSON.string)) }

  package mutating func set(_ name: String, _ value: Int?) { set(name, value.map { .integer($0) }) }

  /// Adds the member only where it is true: what is not said is false.
  package mutating func set(_ name: String, if value: Bool) { if value { set(name, .bool(true)) } }

  package var payload: [UInt8] { JSON.object(members).canonical }
}
