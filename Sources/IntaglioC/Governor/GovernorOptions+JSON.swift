internal import CIntaglio
internal import Intaglio
internal import IntaglioFormat
internal import IntaglioHooks
internal import IntaglioPolicyFile
internal import SystemPackage

extension GovernorOptions {
  /// The options that a host gives, which restores the participants of rollbacks itself.
  init(_ members: Members) throws(Failure) {
    var members = members
    self.init(policy: try members.optionalPolicy("policy"))
    if let choice = try members.optionalText("on_engine_error") {
      guard let choice = EngineErrorChoice(rawValue: choice) else {
        throw members.wrong("on_engine_error", "deny or allow_and_count")
      }
      onEngineError = choice
    }
    if let timeout = try members.optionalDuration("engine_timeout") { engineTimeout = timeout }
    let names = try members.optionalTexts("participants") ?? []
    guard Set(names).count == names.count else {
      throw .invalid("a participant is named twice")
    }
    participants = names.map(HostedParticipant.init)
    leavesRollbacks = true
    if let durability = try members.optionalDurability("durability") { log.durability = durability }
    try members.finish()
  }
}

extension Members {
  /// A policy: {"text": ...} or {"file": ...}; nil for null, and where there is none.
  mutating func optionalPolicy(_ name: String) throws(Failure) -> Policy? {
    guard var members = try optionalMembers(name) else { return nil }
    let text = try members.optionalText("text")
    let file = try members.optionalText("file")
    try members.finish()
    switch (text, file) {
    case (let text?, nil): return try Self.policy(Array(text.utf8), in: nil)
    case (nil, let file?):
      let path = FilePath(file)
      return try Self.policy(TextFile(path).bytes(), in: path)
    default: throw wrong(name, "{\"text\": ...} or {\"file\": ...}")
    }
  }

  private static func policy(_ text: [UInt8], in file: FilePath?) throws(Failure) -> Policy {
    do throws(PolicyError) { return try PolicyFile.read(text) } catch {
      guard let file else { throw Failure(error) }
      throw Failure(
        INTAGLIO_ERROR_POLICY, "policy",
        "\(escaped(file.string)):\(error.line):\(error.column): \(escaped(error.what))")
    }
  }

  /// How safe records are when they are acknowledged.
  mutating func optionalDurability(_ name: String) throws(Failure) -> Durability? {
    guard let value = value(name) else { return nil }
    switch value.string {
    case "synced": return .synced
    case "written": return .written
    case _?: throw wrong(name, "synced, written, or {\"milliseconds\": ..., \"bytes\": ...}")
    case nil: break
    }
    var members = try Members(value, of: "\(name) of the \(what)")
    let milliseconds = try members.count("milliseconds")
    let byteCount = try members.count("bytes")
    try members.finish()
    return .periodic(milliseconds: milliseconds, byteCount: byteCount)
  }
}

/// What a host captures and restores by itself.
struct HostedParticipant: RollbackParticipant {
  let name: String

  /// What the request that is being done brought, by participant.
  @TaskLocal static var captured: [String: String] = [:]

  func capture() async throws -> String {
    guard let text = Self.captured[name] else {
      throw Failure.invalid("\(escaped(name)) was not captured")
    }
    return text
  }

  /// Never called: the host restores between the beginning of a rollback and its end.
  func restore(_ captured: String) async throws {
    throw Failure.invalid("\(escaped(name)) is restored by the host")
  }
}
