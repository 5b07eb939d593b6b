internal import IntaglioFormat

/// What the gate answered for one call; an allowed one runs its tool once, by `Governor.perform`.
public struct ToolDecision: Sendable {
  /// The call that was asked for.
  public let call: ToolCall
  /// The call's number in its run, from 0.
  public let number: Int
  /// Allow, review or deny.
  public let effect: Effect
  /// For the model, where the call was not allowed: what the policy says, or that it was denied; empty where it was allowed.
  public let message: String
  /// For people: why it was not allowed; may be empty.
  public let reason: String
  /// The rules and limits that decided, in the policy's order.
  public let deciders: [String]
  /// Whether the run ends with this denial.
  public let abortsRun: Bool
  /// Whether the decision is in the log: false only where the engine failed and that was chosen to be counted.
  public let isRecorded: Bool
  /// The ticket of a call that was sent to review, as it was when this was decided; nil for others, and once it is closed.
  public let ticket: Ticket?
  /// The run that asked; nil without a governor.
  let run: GovernedRun?
  /// What the run does while the call waits for people; nil if it does not wait.
  ///
  /// Who runs the agent acts by it: `wait` is `GovernedRun.waitForReview`, `pause` is `GovernedRun.pause` with what it takes to go on, and
  /// `Governor.resume`, in this process or another, once people have decided.
  public var reviewMode: ReviewTerms.Mode? { effect == .review ? ticket?.terms.mode : nil }

  /// Whether it was used, also where the log cannot tell.
  private let use = PermitUse()

  init(_ answer: GovernorCore.Answered, of run: GovernedRun?) {
    call = answer.call
    number = answer.number
    effect = answer.effect
    message = answer.message
    reason = answer.reason
    deciders = answer.deciders
    abortsRun = answer.abortsRun
    isRecorded = true
    ticket = answer.ticket
    self.run = run
  }

  /// What `policy` says of a call that cannot be recorded.
  init(
    unrecorded call: ToolCall, _ policy: LoadedPolicy, _ capabilities: Capabilities? = nil,
    agent: String, of run: GovernedRun?
  ) {
    // What the run has read nobody can tell now: the stricter of both holds.
    let evaluation = [true, false].compactMap { isTainted in
      policy.policy?.evaluate(
        PolicyInput(
          tool: call.tool, agent: agent, argumentText: call.arguments, isTainted: isTainted))
    }.max { $0.effect < $1.effect }
    self.call = call
    number = -1
    let isCovered =
      if case .missing = capabilities.cover(call.tool, by: agent) { false } else { true }
    effect = isCovered ? evaluation?.effect ?? .allow : .deny
    message =
      effect == .allow ? "" : "The call of \(call.tool.name) was denied. Do not try it again."
    reason = evaluation?.reasons.joined(separator: " ") ?? ""
    deciders = isCovered ? evaluation?.deciders ?? [] : [CapabilityCover.decider]
    abortsRun = isCovered && effect == .deny && evaluation?.onDeny == .abort
    isRecorded = false
    ticket = nil
    self.run = run
  }

  /// Notes that the decision is used, before anybody can record it; false if it was used before.
  func markUse() -> Bool { use.markFirst() }

  /// Refuses a use that is not in the log unless the decision allows it, and it is the first.
  func checkUnrecorded(isFirst: Bool) throws(GovernorError) {
    guard effect == .allow else {
      throw GovernorError(
        .notPermitted, "\(escaped(call.tool.description)) was not allowed: its tool may not run")
    }
    guard isFirst else {
      throw GovernorError(
        .used,
        "the decision on \(escaped(call.tool.description)) was used before: ask again for another run of the tool"
      )
    }
  }
}
