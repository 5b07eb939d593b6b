internal import IntaglioFormat

/// Where an agent loop stands, as a paused run keeps it: all that another process needs to go on.
struct LoopState: Hashable, Sendable {
  var agent: String
  let input: String
  /// The conversation of the agent, with the turn that is not finished.
  var items: [Conversation.Item]
  var turnCount = 0
  /// The turn whose calls wait for people, if the loop is paused.
  var turn: OpenTurn?

  /// The beginning, before anybody has said anything but the user.
  init(agent: String, input: String) {
    (self.agent, self.input, items) = (agent, input, [.user(input)])
  }

  /// Reads what `text` wrote; nil if it is something else.
  init?(_ text: String) {
    guard let json = try? JSON.parse(Array(text.utf8)), let agent = json["agent"]?.string,
      let input = json["input"]?.string, let items = json["items"]?.array,
      let turnCount = json["turns"]?.integer
    else { return nil }
    self.init(agent: agent, input: input)
    self.items = items.compactMap(Conversation.Item.init)
    self.turnCount = Int(clamping: turnCount)
    if let calls = json["calls"]?.array {
      turn = OpenTurn(calls: calls.compactMap(OpenTurn.Call.init))
    }
    guard self.items.count == items.count, turn?.calls.count == json["calls"]?.array?.count else {
      return nil
    }
  }

  var text: String {
    var members: [JSON.Member] = [
      .init("agent", .string(agent)), .init("input", .string(input)),
      .init("items", .array(items.map(\.json))), .init("turns", .integer(turnCount)),
    ]
    if let turn { members.append(.init("calls", .array(turn.calls.map(\.json)))) }
    return String(decoding: JSON.object(members).canonical, as: UTF8.self)
  }
}

/// The calls of one turn, and what came of those that are done.
struct OpenTurn: Hashable, Sendable {
  struct Call: Hashable, Sendable {
    /// As the model named it.
    let id: String
    /// The call's number in its run.
    let number: Int
    /// What the model is told of it; nil while it waits.
    var text: String?
  }

  var calls: [Call]
}

extension OpenTurn.Call {
  init?(_ json: JSON) {
    guard let id = json["id"]?.string, let number = json["number"]?.integer else { return nil }
    self.init(id: id, number: Int(clamping: number), text: json["text"]?.string)
  }

  var json: JSON {
    var members: [JSON.Member] = [.init("id", .string(id)), .init("number", .integer(number))]
    if let text { members.append(.init("text", .string(text))) }
    return .object(members)
  }
}
