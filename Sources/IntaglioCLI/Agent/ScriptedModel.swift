internal import IntaglioFormat

/// A model that says what was written down beforehand: one turn after the other.
struct ScriptedModel: Model {
  let name: String
  private let turns: [ModelTurn]

  init(name: String = "scripted-1", _ turns: [ModelTurn]) {
    self.name = name
    self.turns = turns
  }

  func respond(to conversation: Conversation) async throws -> ModelTurn {
    // Every turn of the model before this one is in the conversation, and none is empty.
    var index = 0
    var isInTurn = false
    for item in conversation.items {
      switch item {
      case .assistant, .call:
        if !isInTurn { index += 1 }
        isInTurn = true
      case .user, .result: isInTurn = false
      }
    }
    guard index < turns.count else { throw ScriptEnded(model: name, turnCount: turns.count) }
    var turn = turns[index]
    turn.inputTokenCount = conversation.items.reduce(0) { $0 + $1.json.canonical.count / 4 }
    turn.outputTokenCount = turn.items.reduce(0) { $0 + $1.json.canonical.count / 4 }
    return turn
  }
}

/// A scripted model was asked for more than its script has.
struct ScriptEnded: Error, CustomStringConvertible {
  let model: String
  let turnCount: Int

  var description: String {
    "the script of \(model) has \(turnCount) turns, and another was asked for"
  }
}

extension ModelTurn {
  /// A turn that only says something.
  static func says(_ text: String) -> ModelTurn { ModelTurn(text: text) }

  /// A turn that calls tools, each with its arguments as JSON text; ids are made of `turn` and their order.
  static func calls(_ turn: String, _ calls: (name: String, arguments: String)...) -> ModelTurn {
    ModelTurn(
      calls: calls.enumerated().map { index, call in
        Call(id: "call-\(turn)-\(index + 1)", name: call.name, arguments: call.arguments)
      })
  }
}
