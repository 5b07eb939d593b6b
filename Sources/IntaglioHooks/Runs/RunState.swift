internal import Intaglio

/// A live run as the governor's thread knows it.
final class RunState {
  let id: String
  let stream: LogStream
  let mission: StateSpace
  let missionName: String
  var policy: LoadedPolicy
  /// Policies that rule besides, after a rollback to a checkpoint of another one.
  var stricter: [LoadedPolicy] = []
  /// What the participants gave before the newest checkpoint; nil if there are none.
  var captured: [String: String]?
  var agent: String
  var turn = 0
  /// Whether the run has read what is not trusted.
  var isTainted: Bool
  /// Whether the policy has ended the run, so that only its end can still be told.
  var isAborted = false
  /// What the agents of the mission hold, as it was read last.
  var capabilities = KnownCapabilities.unread
  var calls: [CallState] = []
  /// The tools of the calls, by the ids that the model gave them.
  var tools: [String: ToolIdentity] = [:]
  /// The provider's tools that were withheld from the model in this run.
  var withheld: Set<ToolIdentity> = []
  /// What the run has reserved of limits and is not settled.
  var reserved: [CounterKey: LimitCount] = [:]
  /// The digests by which items of the model's input are named that the run has stored, by their text.
  var items: [String: String] = [:]

  init(
    id: String, stream: LogStream, mission: StateSpace, missionName: String, policy: LoadedPolicy,
    agent: String, isTainted: Bool
  ) {
    self.id = id
    self.stream = stream
    self.mission = mission
    self.missionName = missionName
    self.policy = policy
    self.agent = agent
    self.isTainted = isTainted
  }

  /// Whether the policy named `name` rules the run now.
  func isRuled(by name: String) -> Bool {
    policy.name == name || stricter.contains { $0.name == name }
  }

  var itemRedactor: ItemRedactor { ItemRedactor(policy: policy, tools: tools) }

  func checkNotAborted() throws(GovernorError) {
    guard !isAborted else {
      throw GovernorError(
        .aborted, "the policy has ended the run \(escaped(id)): no tool of it may run any more")
    }
  }
}

/// What a run knows of its mission's capabilities.
enum KnownCapabilities {
  case unread
  /// Nil if the mission restricts nobody.
  case known(Capabilities?)
}

/// How far a call of a live run has come.
struct CallState {
  enum Progress {
    /// Denied, or waiting for a review: its tool may not run.
    case refused
    case allowed
    case started
    case ended
  }

  let call: ToolCall
  /// The agent that asked.
  let agent: String
  let argumentsDigest: String
  var progress: Progress
  /// The ticket that was asked for, if the call was sent to review.
  var ticket: String?
  /// Whether the run ends if the review denies the call.
  var abortsIfDenied = false
}
