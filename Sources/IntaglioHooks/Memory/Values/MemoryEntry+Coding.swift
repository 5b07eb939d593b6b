internal import Intaglio
internal import IntaglioFormat

// In the state an entry is one line of canonical JSON, a line feed, and the value's bytes. The article Memory has the members.

extension MemoryEntry {
  /// The version of the layout that this code writes.
  static let version: UInt64 = 1

  /// The value under the entry's key in the state.
  var encoded: [UInt8] { header.canonical + [UInt8(ascii: "\n")] + value.content }

  private var header: JSON {
    var members: [JSON.Member] = [
      .init("agent", .string(agent)), .init("kind", .string(value.kind.rawValue)),
      .init("run", .string(run)), .init("salt", .string(salt)),
      .init("time", .string(String(time.nanoseconds))), .init("turn", .integer(turn)),
      .init("v", .integer(Self.version)),
    ]
    if let call { members.append(.init("call", .integer(call))) }
    if let expires { members.append(.init("expires", .string(String(expires.nanoseconds)))) }
    if let removals { members.append(.init("redacted", removals)) }
    if !tags.isEmpty { members.append(.init("tags", .array(tags.map(JSON.string)))) }
    if isTainted { members.append(.init("tainted", .bool(true))) }
    return .object(members)
  }

  /// The entry that lies under `key` as `bytes`, or nil if that is none: a program may have set a value of its own there.
  ///
  /// - Throws: `unsupported` if a later version wrote it.
  init?(key: String, decoding bytes: [UInt8]) throws(LogError) {
    guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")),
      let header = try? JSON.parse(Array(bytes[..<end])), let version = header["v"]?.integer
    else { return nil }
    guard version == Self.version else {
      throw LogError(
        .unsupported,
        "what is remembered as \(key) has version \(version) of the layout, and this program reads \(Self.version): use a newer one"
      )
    }
    guard let kind = header["kind"]?.string.flatMap(MemoryValue.Kind.init(rawValue:)),
      let value = MemoryValue(kind, Array(bytes[(end + 1)...])),
      let time = header.timestamp("time"), let run = header["run"]?.string,
      let agent = header["agent"]?.string,
      let turn = header["turn"]?.integer.flatMap(Int.init(exactly:)),
      let salt = header["salt"]?.string
    else { return nil }
    self.init(
      key: key, value: value, tags: (header["tags"]?.array ?? []).compactMap(\.string), time: time,
      expires: header.timestamp("expires"), run: run, agent: agent, turn: turn,
      call: header["call"]?.integer.flatMap(Int.init(exactly:)),
      isTainted: header["tainted"] == .bool(true), salt: salt, removals: header["redacted"])
  }
}

extension JSON {
  /// The moment in the member `name`: nanoseconds in decimal digits, as a text because they do not fit a number of JSON.
  fileprivate func timestamp(_ name: String) -> Timestamp? {
    self[name]?.string.flatMap { UInt64($0) }.map { Timestamp(nanoseconds: $0) }
  }
}
