import IntaglioFormat
import IntaglioHooks
import Testing

@Suite struct GovernorItemRedactionTests {
  private static let policy = #"""
    {"version": 1, "default": "allow", "redact": [
      {"id": "pin", "tool": "login", "at": "/pin"},
      {"id": "remote", "tool": "mcp:bank/login", "at": "/pin"}]}
    """#
  private static let secret = #"{\"pin\":\"Q7361Q\"}"#

  /// Items that hold the arguments of a call, or its result, in the words of several interfaces.
  private static let conversations: [[String]] = [
    [#"{"type":"custom_tool_call","call_id":"c","name":"login","input":"\#(secret)"}"#],
    [#"{"type":"tool_use","id":"c","name":"login","input":{"pin":"Q7361Q"}}"#],
    [#"{"function":{"name":"login","arguments":{"pin":"Q7361Q"}},"id":"c"}"#],
    [
      #"{"type":"function_call","call_id":"c","name":"login","arguments":"{}"}"#,
      #"{"type":"function_call_output","call_id":"c","output":"\#(secret)"}"#,
    ],
    [
      #"{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"login","input":{}}]}"#,
      #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":[{"type":"text","text":"\#(secret)"}]}]}"#,
    ],
    [
      #"{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"login","arguments":"{}"}}]}"#,
      #"{"role":"tool","tool_call_id":"c","content":[{"type":"text","text":"\#(secret)"}]}"#,
    ],
    [
      #"{"type":"mcp_call","id":"m","server_label":"bank","name":"login","arguments":"{}","output":"\#(secret)"}"#
    ],
  ]

  @Test(arguments: conversations)
  func `arguments and results of a tool are redacted in every shape that models give them`(
    items: [String]
  ) async throws {
    let store = try TestStore()
    let governor = try await store.open(policy: Self.policy)
    let run = try await governor.start(RunDescription(agent: "a"))
    // As the history of a session, of whose calls this run has seen none.
    try await run.modelRequested(ModelRequest(input: items))
    try await run.modelResponded(ModelResponse(output: items))
    try await run.end()
    await governor.close()
    for event in try store.events(ofRun: run.id) {
      let text = String(decoding: event.contents.canonical, as: UTF8.self)
      if text.contains("Q7361Q") { Issue.record("the secret is in \(text)") }
    }
  }

  @Test func `a tool of a server that a chat names by itself is redacted as the server's`()
    async throws
  {
    let store = try TestStore()
    let governor = try await store.open(policy: Self.policy)
    let run = try await governor.start(RunDescription(agent: "a"))
    let tool = ToolIdentity(.mcp, server: "bank", name: "login")
    _ = try await run.decide([ToolCall(tool, arguments: #"{"pin":"Q7361Q"}"#, id: "c")])
    try await run.modelRequested(
      ModelRequest(input: [
        #"{"tool_calls":[{"id":"c","function":{"name":"login","arguments":"\#(Self.secret)"}}]}"#
      ]))
    try await run.end()
    await governor.close()
    for event in try store.events(ofRun: run.id) {
      let text = String(decoding: event.contents.canonical, as: UTF8.self)
      if text.contains("Q7361Q") { Issue.record("the secret is in \(text)") }
    }
  }
}
