internal import IntaglioFormat

/// A language model, as the agent loop asks it.
protocol Model: Sendable {
  var name: String { get }

  /// The model's next turn in `conversation`.
  func respond(to conversation: Conversation) async throws -> ModelTurn
}

/// What was said so far, oldest first, as the agent whose turn it is sees it.
struct Conversation: Sendable {
  let instructions: String
  var items: [Item] = []

  enum Item: Sendable {
    case user(String)
    case assistant(String)
    case call(id: String, name: String, arguments: String)
    case result(id: String, text: String)

    /// The item as records have it.
    var json: JSON {
      switch self {
      case .user(let text): Self.message("user", text)
      case .assistant(let text): Self.message("assistant", text)
      case .call(let id, let name, let arguments):
        .object([
          .init("arguments", .string(arguments)), .init("call_id", .string(id)),
          .init("name", .string(name)), .init("type", .string("function_call")),
        ])
      case .result(let id, let text):
        .object([
          .init("call_id", .string(id)), .init("output", .string(text)),
          .init("type", .string("function_call_output")),
        ])
      }
    }

    private static func message(_ role: String, _ text: String) -> JSON {
      .object([.init("content", .string(text)), .init("role", .string(role))])
    }
  }
}

/// What a model says in one turn: a text, calls of tools, or both.
struct ModelTurn: Sendable {
  struct Call: Sendable {
    let id: String
    let name: String
    let arguments: String
  }

  var text: String?
  var calls: [Call] = []
  var inputTokenCount = 0
  var outputTokenCount = 0

  /// What the turn adds to the conversation.
  var items: [Conversation.Item] {
    (text.map { [.assistant($0)] } ?? [])
      + calls.map { .call(id: $0.id, name: $0.name, arguments: $0.arguments) }
  }
}
