internal import IntaglioFormat

/// What is to be done, once a request was read and found to be one.
typealias Step = @Sendable (HostedGovernor) async throws -> JSON

/// Reads the members of a request.
typealias RequestReader = @Sendable (inout Members) throws(Failure) -> Step

/// A request that was read; nothing was done yet.
struct Request: Sendable {
  private let step: Step
  /// What the host captured of the participants, by name.
  private let captured: [String: String]

  /// Reads a JSON object with the member `do`.
  init(_ bytes: [UInt8]) throws(Failure) {
    var members = try Members(parsing: bytes, of: "request")
    let name = try members.text("do")
    guard let read = Self.readers[name] else {
      throw .invalid("there is no request \(escaped(name)): intaglio.h lists them")
    }
    members = members.renamed("request " + name)
    captured = try Self.checkpointing.contains(name) ? members.captured() : [:]
    step = try read(&members)
    try members.finish()
  }

  func perform(_ governor: HostedGovernor) async throws -> JSON {
    try governor.checkParticipants(captured.keys)
    guard !captured.isEmpty else { return try await step(governor) }
    return try await HostedParticipant.$captured.withValue(captured) { try await step(governor) }
  }

  /// Requests that may make a checkpoint, or that end what one would be made of.
  static let checkpointing: Set<String> = [
    "run.start", "run.end", "run.fail", "run.pause", "model.request", "tools.decide",
    "agent.handoff",
    "checkpoint",
  ]

  /// Every request by its name.
  static let readers: [String: RequestReader] = [
    "run.start": Requests.startRun, "run.end": Requests.endRun, "run.fail": Requests.failRun,
    "run.pause": Requests.pauseRun, "run.paused": Requests.pausedRun,
    "run.resume": Requests.resumeRun,
    "run.policy": Requests.useRunPolicy, "policy.use": Requests.usePolicy,
    "agent.start": Requests.startAgent, "agent.end": Requests.endAgent,
    "agent.handoff": Requests.handOff,
    "model.request": Requests.requestModel, "model.response": Requests.respond,
    "model.failed": Requests.failModel,
    "tools.decide": Requests.decide, "tool.start": Requests.startTool,
    "tool.end": Requests.endTool, "tool.hosted": Requests.hostedTool,
    "tools.withhold": Requests.withhold,
    "guardrail.tripped": Requests.guardrail, "approval.foreign": Requests.foreignApproval,
    "audit.gap": Requests.gap,
    "review.wait": Requests.waitForReview, "review.answer": Requests.reviewAnswer,
    "review.vote": Requests.vote, "tickets": Requests.tickets,
    "checkpoint": Requests.checkpoint, "checkpoints": Requests.checkpoints,
    "checkpoint.latest": Requests.latestCheckpoint, "checkpoint.start": Requests.startCheckpoint,
    "rollback.preview": Requests.previewRollback, "rollback.begin": Requests.beginRollback,
    "rollback.finish": Requests.finishRollback, "rollback.failed": Requests.failRollback,
    "rollback.pending": Requests.pendingRollbacks, "rollback.captured": Requests.lastCaptured,
    "state.change": Requests.changeState, "state.read": Requests.readState,
    "memory.remember": Requests.remember, "memory.recall": Requests.recall,
    "memory.forget": Requests.forget,
    "capability.grant": Requests.grant, "capability.revoke": Requests.revoke,
    "capability.list": Requests.capabilities,
    "governor.status": Requests.status,
  ]
}

/// The names of all requests, for tests that hold them against `intaglio.h`.
package var requestNames: Set<String> { Set(Request.readers.keys) }

/// The readers of all requests; each in the file of what it is about.
enum Requests {}

extension Members {
  fileprivate mutating func captured() throws(Failure) -> [String: String] {
    guard let value = value("captured") else { return [:] }
    guard case .object(let members) = value else { throw wrong("captured", "an object of texts") }
    var captured: [String: String] = [:]
    for member in members {
      guard let text = member.value.string else {
        throw wrong("captured", "an object of texts")
      }
      captured[member.name] = text
    }
    return captured
  }
}
