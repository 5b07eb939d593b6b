package import IntaglioFormat

/// Who else has changed, or may have, what a mission's rollback takes back: a rollback over it has to be forced.
public enum OthersChange: Hashable, Sendable {
  /// A run of another mission has used the same conversation since the checkpoint.
  case conversation(String, mission: String)
  /// A participant says that what it governs was changed by others, or cannot tell.
  case participant(String)

  /// As an event has it.
  package var json: JSON {
    switch self {
    case .conversation(let name, let mission):
      .object([.init("conversation", .string(name)), .init("mission", .string(mission))])
    case .participant(let name): .object([.init("participant", .string(name))])
    }
  }
}

extension OthersChange: CustomStringConvertible {
  /// What was changed and by whom, safe to print.
  public var description: String {
    switch self {
    case .conversation(let name, let mission):
      "the conversation \(escaped(name)) was used by the mission \(escaped(mission)) since"
    case .participant(let name):
      "what \(escaped(name)) governs was changed by others, or it cannot tell"
    }
  }
}
