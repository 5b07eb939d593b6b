internal import Intaglio
internal import IntaglioFormat
internal import IntaglioHooks

/// The airline's desk of the demo: two agents, their tools, and what they say, written down beforehand.
///
/// What the desk knows is in the governed state of the run's mission, so that it can be taken back.
struct Desk {
  static let mission = "desk-17"
  static let request = "Cancel my reservation NO6JO3 please, and what do I get for the delay?"
  static let policy = """
    version: 1
    default: deny
    limits:
      - {id: searches, tool: search_flights, per: run, most: 2}
    rules:
      - id: reads
        when: {tool: [get_reservation, search_flights]}
        effect: allow
      - id: small-certificates
        when: {tool: send_certificate, arguments: {/amount: {less_or_equal: 100}}}
        effect: allow
      - id: large-certificates
        when: {tool: send_certificate, arguments: {/amount: {greater: 100}}}
        effect: deny
        message: Certificates over 100 are not yours to give. Offer at most 100.
      - id: handover
        when: {tool: "handoff:billing"}
        effect: allow
      - id: cancellations
        when: {tool: cancel_reservation, agent: billing}
        effect: allow
        checkpoint: before

    """

  let run: GovernedRun

  /// Puts two reservations into the state, and lets the agents work; gives their last words.
  func work() async throws -> String {
    try await run.change { state throws(LogError) in
      try state.set(Array("booked by mia_li, 1 bag".utf8), "context", "NO6JO3")
      try state.set(Array("booked by noah_ito, 2 bags".utf8), "context", "ZFA04Y")
    }
    let loop = AgentLoop(agents: [concierge, billing], hooks: run)
    guard case .said(let words) = try await loop.run("concierge", input: Self.request) else {
      return ""
    }
    return words
  }

  private var concierge: Agent {
    Agent(
      name: "concierge", instructions: "Help the passenger. Money is for billing.",
      model: ScriptedModel([
        .calls("1", ("get_reservation", #"{"id":"NO6JO3"}"#)),
        .calls(
          "2", ("search_flights", #"{"from":"JFK","to":"SEA","day":20}"#),
          ("search_flights", #"{"from":"JFK","to":"SEA","day":21}"#),
          ("search_flights", #"{"from":"JFK","to":"SEA","day":22}"#)),
        .calls("3", ("send_certificate", #"{"to":"mia_li","amount":500}"#)),
        .calls("4", ("send_certificate", #"{"to":"mia_li","amount":100}"#)),
        .calls("5", ("transfer_to_billing", #"{"why":"cancel NO6JO3"}"#)),
      ]),
      tools: [
        getReservation,
        GovernedTool(ToolIdentity(name: "search_flights")) { _ in "2 flights, 1 seat left" },
        GovernedTool(ToolIdentity(name: "send_certificate")) { _ in "sent" },
      ],
      handoffs: ["billing"])
  }

  private var billing: Agent {
    Agent(
      name: "billing", instructions: "Cancel what the passenger asks for.",
      model: ScriptedModel([
        // The mistake: somebody else's reservation.
        .calls("1", ("cancel_reservation", #"{"id":"ZFA04Y"}"#)),
        .says("Your reservation is cancelled, and a certificate over 100 is on its way."),
      ]),
      tools: [getReservation, cancelReservation])
  }

  private var getReservation: GovernedTool {
    GovernedTool(ToolIdentity(name: "get_reservation")) { [run] arguments in
      let id = try Self.id(arguments)
      guard let value = try await run.value("context", id) else {
        throw ToolFailure(message: "there is no reservation \(id)")
      }
      return String(decoding: value, as: UTF8.self)
    }
  }

  private var cancelReservation: GovernedTool {
    GovernedTool(ToolIdentity(name: "cancel_reservation")) { [run] arguments in
      let id = try Self.id(arguments)
      try await run.change { state throws(LogError) in
        try state.remove("context", id)
        try state.set(Array("cancelled \(id) for mia_li".utf8), "memory", "last-action")
      }
      return "cancelled"
    }
  }

  private static func id(_ arguments: String) throws -> String {
    guard let id = try JSON.parse(Array(arguments.utf8))["id"]?.string else {
      throw ToolFailure(message: "the argument id is missing")
    }
    return id
  }
}
