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

  enum Item: Hashable, Sendable {
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

    /// The item as one JSON text.
    var text: String { String(decoding: json.canonical, as: UTF8.self) }

    /// The item as `json` has it; nil if that is none.
    init?(_ json: JSON) {
      switch (json["type"]?.string, json["role"]?.string) {
      case ("function_call", _):
        guard let id = json["call_id"]?.string, let name = json["name"]?.string,
          let arguments = json["arguments"]?.string
        else { return nil }
        self = .call(id: id, name: name, arguments: arguments)
      case ("function_call_output", _):
        guard let id = json["call_id"]?.string, let text = json["output"]?.string else {
          return nil
        }
        self = .result(id: id, text: text)
      case (nil, "user"):
        guard let text = json["content"]?.string else { return nil }
        self = .user(text)
      case (nil, "assistant"):
        guard let text = json["content"]?.string else { return nil }
        self = .assistant(text)
      default: return nil
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
