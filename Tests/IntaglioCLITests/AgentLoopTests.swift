import Glibc
import Intaglio
import IntaglioHooks
import IntaglioTestSupport
import Synchronization
import SystemPackage
import Testing

@testable import IntaglioCLI

/// The loop that runs agents, where people are asked.
@Suite struct AgentLoopTests {
  private let bench: Bench
  private var store: FilePath { bench.directory.path.appending("store") }

  init() throws { bench = try Bench() }

  private static func policy(_ terms: String, onDeny: String = "refuse") -> String {
    #"""
    {"version": 1, "default": "allow", "rules": [
      {"id": "pays", "when": {"tool": "pay"}, "effect": "review", "on_deny": "\#(onDeny)",
       "review": {\#(terms)}},
      {"id": "sends", "when": {"tool": "send"}, "effect": "review"},
      {"id": "hands", "when": {"tool": "handoff:boss"}, "effect": "review"}]}
    """#
  }

  private func open(_ policy: String) async throws -> Governor {
    try await Governor.open(at: store, options: try governorOptions(policy))
  }

  /// A clerk that pays, sends and reads in one turn and then says what came of it, and a boss.
  private func loop(_ governor: Governor, _ ran: Names, handsOver: Bool = false) -> GovernedLoop {
    let tools = ["pay", "send", "read"].map { name in
      governor.tool(name) { _ in
        ran.note(name)
        return "\(name) done"
      }
    }
    let first: ModelTurn =
      handsOver
      ? .calls("1", ("transfer_to_boss", "{}"), ("pay", "{}"))
      : .calls("1", ("pay", "{}"), ("read", "{}"), ("send", "{}"))
    let clerk = Agent(
      name: "clerk", instructions: "", model: EchoModel(first: first), tools: tools,
      handoffs: ["boss"])
    let boss = Agent(name: "boss", instructions: "", model: ScriptedModel([.says("I am the boss")]))
    return GovernedLoop(governor: governor) { _ in [clerk, boss] }
  }

  private static func run(_ loop: GovernedLoop) async throws -> GovernedLoop.Ending {
    var description = RunDescription(agent: "clerk", mission: "m")
    description.id = "r"
    return try await loop.run(description, input: "go")
  }

  /// Decides on all that waits for the tools `names`.
  private func decide(
    _ governor: Governor, _ decision: ReviewVote.Decision, _ names: String...
  ) async throws {
    for ticket in try await governor.tickets()
    where ticket.state == .open && names.contains(String(ticket.tool.split(separator: ":")[1])) {
      _ = try await governor.take(
        ReviewVote(ticket: ticket.id.hex, decision: decision), user: getuid())
    }
  }

  private func untilTickets(_ count: Int, _ governor: Governor) async throws {
    while try await governor.tickets().count < count {
      try await Task.sleep(for: .milliseconds(1))
    }
  }

  @Test func aCallThatWaitsHoldsUpNoOther() async throws {
    let governor = try await open(Self.policy(""))
    let ran = Names()
    let first = loop(governor, ran)
    let ending = Task { try await Self.run(first) }
    try await untilTickets(2, governor)
    while ran.all != ["read"] { try await Task.sleep(for: .milliseconds(1)) }
    try await decide(governor, .approve, "pay")
    try await decide(governor, .reject, "send")
    guard case .said(let words) = try await ending.value else {
      Issue.record("it was paused")
      return
    }
    #expect(words.hasPrefix("pay done|read done|The call of send was not approved"), "\(words)")
    #expect(ran.all == ["read", "pay"])
    await governor.close()
  }

  @Test func aPausedLoopGoesOnInAnotherProcessWithWhatWasDecided() async throws {
    let policy = Self.policy(#""mode": "pause""#)
    let ran = Names()
    var governor = try await open(policy)
    #expect(try await Self.run(loop(governor, ran)) == .paused)
    // What needs nobody has run; what waits, also what would have waited by itself, has not.
    #expect(ran.all == ["read"])
    await governor.close()
    // Too early: it is paused again, and nothing runs twice.
    governor = try await open(policy)
    #expect(try await loop(governor, ran).resume("r") == .paused)
    #expect(ran.all == ["read"])
    try await decide(governor, .approve, "pay")
    await governor.close()
    governor = try await open(policy)
    let last = loop(governor, ran)
    let ending = Task { try await last.resume("r") }
    // The one that waits by itself does so now.
    while ran.all != ["read", "pay"] { try await Task.sleep(for: .milliseconds(1)) }
    try await decide(governor, .approve, "send")
    #expect(try await ending.value == .said("pay done|read done|send done"))
    #expect(ran.all == ["read", "pay", "send"])
    #expect(await code { _ = try await last.resume("r") } == .notPaused)
    await governor.close()
  }

  @Test func nobodyTakesOverFromAnAgentWhoseCallWaits() async throws {
    let policy = Self.policy(#""mode": "pause""#)
    let ran = Names()
    let governor = try await open(policy)
    #expect(try await Self.run(loop(governor, ran, handsOver: true)) == .paused)
    try await decide(governor, .approve, "pay", "boss")
    // The handoff was sent to review as well, and both were approved.
    #expect(try await loop(governor, ran, handsOver: true).resume("r") == .said("I am the boss"))
    #expect(ran.all == ["pay"])
    await governor.close()
  }

  @Test(arguments: ["wait", "pause"])
  func aDeniedReviewEndsTheRunWhereItsRuleSaysSo(mode: String) async throws {
    let governor = try await open(Self.policy(#""mode": "\#(mode)""#, onDeny: "abort"))
    let ran = Names()
    let loop = loop(governor, ran)
    let first = Task { try await Self.run(loop) }
    try await untilTickets(2, governor)
    if mode == "pause" { #expect(try await first.value == .paused) }
    try await decide(governor, .reject, "pay")
    try await decide(governor, .approve, "send")
    await #expect(throws: ReviewDenied.self) {
      _ = mode == "pause" ? try await loop.resume("r") : try await first.value
    }
    await governor.close()
    let reader = try StoreReader(at: store)
    let part = try #require(reader.parts.first)
    let stream = try #require(try part.run("r"))
    var kinds: [EventKind] = []
    try part.forEachEvent(of: stream) { kinds.append($0.kind) }
    #expect(kinds.last == .runFailed)
    #expect(!ran.all.contains("pay"))
  }

  @Test func aStateIsReadAsItWasWritten() throws {
    var state = LoopState(agent: "clerk", input: "go \u{202E}\"")
    state.items += [
      .assistant("hm"), .call(id: "1", name: "pay", arguments: "{"), .result(id: "1", text: ""),
    ]
    state.turnCount = 3
    state.turn = OpenTurn(calls: [
      .init(id: "1", number: 4), .init(id: "", number: 5, text: "done"),
    ])
    #expect(LoopState(state.text) == state)
    state.turn = nil
    #expect(LoopState(state.text) == state)
    for text in [
      "", "{}", "[]", state.text.replacingFirst("function_call", "other"),
      state.text.replacingFirst("user", "system"),
    ] {
      #expect(LoopState(text) == nil, "\(text)")
    }
  }
}

/// Makes the calls of its first turn, then says what came of them.
private struct EchoModel: Model {
  let name = "echo"
  let first: ModelTurn

  func respond(to conversation: Conversation) -> ModelTurn {
    let results = conversation.items.compactMap { item in
      if case .result(_, let text) = item { text } else { nil }
    }
    return results.isEmpty ? first : .says(results.joined(separator: "|"))
  }
}

/// Names in the order in which they were noted.
private final class Names: Sendable {
  private let names = Mutex<[String]>([])
  var all: [String] { names.withLock { $0 } }
  func note(_ name: String) { names.withLock { $0.append(name) } }
}

/// The code of the error that `body` throws, or nil.
private func code(_ body: () async throws -> Void) async -> GovernorError.Code? {
  do {
    try await body()
    return nil
  } catch { return (error as? GovernorError)?.code }
}

extension String {
  fileprivate func replacingFirst(_ text: String, _ other: String) -> String {
    guard let range = firstRange(of: text) else { return self }
    return String(self[..<range.lowerBound]) + other + String(self[range.upperBound...])
  }
}
