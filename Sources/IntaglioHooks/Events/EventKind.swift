public import IntaglioFormat

/// What a record of a run says happened: the name in its payload, and its number as a kind of record.
///
/// Numbers are never used again for something else. The article Events has each one's members and an example.
public enum EventKind: UInt16, CaseIterable, Hashable, Sendable {
  case runStart = 512
  case runEnd
  case runFailed
  case runPaused
  case runResumed
  case runOrphaned
  case agentStart = 520
  case agentEnd
  case agentHandoff
  case modelItem = 528
  case modelRequest
  case modelResponse
  case modelFailed
  case toolRequest = 536
  case toolStart
  case toolEnd
  case toolAbandoned
  case toolOrphaned
  case toolHosted
  case toolWithheld
  case policyLoaded = 544
  case policyDecision
  case approvalRequested = 552
  case approvalDecided
  case approvalGranted
  case approvalRejected
  case approvalRefused
  case approvalExpired
  case approvalVoided
  case approvalForeign
  case checkpointCreated = 560
  case rollbackDone = 568
  case rollbackBegun
  case rollbackFailed
  case guardrailTripped = 576
  case capabilityGranted = 584
  case capabilityRevoked
  case memoryRemembered = 592
  case memoryForgotten
  case auditGap = 600
  case missionChanged = 608

  /// The name in the payload's member `event`.
  public var name: String {
    switch self {
    case .runStart: "run.start"
    case .runEnd: "run.end"
    case .runFailed: "run.failed"
    case .runPaused: "run.paused"
    case .runResumed: "run.resumed"
    case .runOrphaned: "run.orphaned"
    case .agentStart: "agent.start"
    case .agentEnd: "agent.end"
    case .agentHandoff: "agent.handoff"
    case .modelItem: "model.item"
    case .modelRequest: "model.request"
    case .modelResponse: "model.response"
    case .modelFailed: "model.failed"
    case .toolRequest: "tool.request"
    case .toolStart: "tool.start"
    case .toolEnd: "tool.end"
    case .toolAbandoned: "tool.abandoned"
    case .toolOrphaned: "tool.orphaned"
    case .toolHosted: "tool.hosted"
    case .toolWithheld: "tool.withheld"
    case .policyLoaded: "policy.loaded"
    case .policyDecision: "policy.decision"
    case .approvalRequested: "approval.requested"
    case .approvalDecided: "approval.decided"
    case .approvalGranted: "approval.granted"
    case .approvalRejected: "approval.rejected"
    case .approvalRefused: "approval.refused"
    case .approvalExpired: "approval.expired"
    case .approvalVoided: "approval.voided"
    case .approvalForeign: "approval.foreign"
    case .checkpointCreated: "checkpoint.created"
    case .rollbackDone: "rollback.done"
    case .rollbackBegun: "rollback.begun"
    case .rollbackFailed: "rollback.failed"
    case .guardrailTripped: "guardrail.tripped"
    case .capabilityGranted: "capability.granted"
    case .capabilityRevoked: "capability.revoked"
    case .memoryRemembered: "memory.remembered"
    case .memoryForgotten: "memory.forgotten"
    case .auditGap: "audit.gap"
    case .missionChanged: "mission.changed"
    }
  }

  /// The kind of the records that say it.
  public var recordKind: RecordKind { RecordKind(rawValue) }

  /// The event that records of `kind` say, or nil if they are none.
  public init?(_ kind: RecordKind) { self.init(rawValue: kind.rawValue) }
}
