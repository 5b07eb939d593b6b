/// A call that a model asks for.
public struct ToolCall: Hashable, Sendable {
  /// What is called.
  public let tool: ToolIdentity
  /// The arguments as the model wrote them, never parsed and written again: what is digested, judged and handed on.
  public let arguments: String
  /// The model's id of the call; it may repeat, and nothing depends on it.
  public let id: String

  /// A call of `tool` with the raw text `arguments`.
  public init(_ tool: ToolIdentity, arguments: String, id: String = "") {
    self.tool = tool
    self.arguments = arguments
    self.id = id
  }

  /// A call of the function `name` with the raw text `arguments`.
  public init(function name: String, arguments: String, id: String = "") {
    self.init(ToolIdentity(name: name), arguments: arguments, id: id)
  }
}
