internal import Intaglio
internal import IntaglioFormat
internal import IntaglioHooks

/// The airline's desk of the demo: two agents, their tools, and what they say, written down beforehand.
///
/// What the desk knows is in the governed state of its mission, so that it can be taken back.
struct Desk {
  static let mission = "desk-17"
  static let request = "Cancel my reservation NO6JO3 please, and what do I get for the delay?"
  static let correction = "ZFA04Y stands again. Cancel NO6JO3, as mia_li has asked."
  static let others = "ZFA04Y"

  static func policy(approver key: String) -> String {
    """
    version: 1
    default: deny
    approvers: {ann: "\(key)"}
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
        effect: review
        effect_class: none
        reason: a seat is lost
        review: {approvers: [ann], expires: 1h}

    """
  }

  /// Puts two reservations into the mission's state.
  static func furnish(_ governor: Governor) async throws {
    try await governor.change(mission: mission, by: "demo") { state throws(LogError) in
      try state.set(Array("booked by mia_li, 1 bag".utf8), "context", "NO6JO3")
      try state.set(Array("booked by noah_ito, 2 bags".utf8), "context", others)
    }
  }

  let run: GovernedRun

  /// Whom the passenger asks first.
  var firstAgents: [Agent] {
    let words = "Your reservation is cancelled, and a certificate over 100 is on its way."
    return [concierge, billing(lookingAt: "NO6JO3", cancelling: "ZFA04Y", saying: words)]
  }

  /// Who puts right what went wrong.
  var secondAgents: [Agent] {
    let words = "NO6JO3 is cancelled, and ZFA04Y is as it was."
    return [billing(lookingAt: "ZFA04Y", cancelling: "NO6JO3", saying: words)]
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

  /// The agent that looks at one reservation and cancels another, which may be the wrong one.
  private func billing(
    lookingAt kept: String, cancelling cancelled: String, saying words: String
  ) -> Agent {
    Agent(
      name: "billing", instructions: "Cancel what the passenger asks for.",
      model: ScriptedModel([
        .calls("1", ("get_reservation", #"{"id":"\#(kept)"}"#)),
        .calls("2", ("cancel_reservation", #"{"id":"\#(cancelled)"}"#)),
        .says(words),
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
