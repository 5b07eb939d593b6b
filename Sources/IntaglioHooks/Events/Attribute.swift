/// The names of an event's members: those of OpenTelemetry's conventions for generative AI where they exist.
///
/// Source: OpenTelemetry semantic conventions 1.38, "GenAI" (`gen_ai.*`), `error.type`; W3C Trace Context for
/// `trace_id`, `span_id` and `parent_span_id`. Everything else begins with `intaglio.`.
package enum Attribute {
  package static let event = "event"
  package static let version = "v"
  package static let traceID = "trace_id"
  package static let spanID = "span_id"
  package static let parentSpanID = "parent_span_id"
  package static let errorType = "error.type"

  package static let agentID = "gen_ai.agent.id"
  package static let agentName = "gen_ai.agent.name"
  package static let conversationID = "gen_ai.conversation.id"
  package static let operation = "gen_ai.operation.name"
  package static let provider = "gen_ai.provider.name"
  package static let requestModel = "gen_ai.request.model"
  package static let responseModel = "gen_ai.response.model"
  package static let responseID = "gen_ai.response.id"
  package static let finishReasons = "gen_ai.response.finish_reasons"
  package static let inputTokens = "gen_ai.usage.input_tokens"
  package static let outputTokens = "gen_ai.usage.output_tokens"
  package static let inputMessages = "gen_ai.input.messages"
  package static let outputMessages = "gen_ai.output.messages"
  package static let systemInstructions = "gen_ai.system_instructions"
  package static let toolName = "gen_ai.tool.name"
  package static let toolCallID = "gen_ai.tool.call.id"
  package static let toolArguments = "gen_ai.tool.call.arguments"
  package static let toolResult = "gen_ai.tool.call.result"

  package static let run = "intaglio.run.id"
  package static let mission = "intaglio.mission.id"
  package static let parentRun = "intaglio.parent_run.id"
  package static let turn = "intaglio.turn"
  /// The call's number in its run, from 0: call ids come from outside and may repeat.
  package static let call = "intaglio.call"
  /// The number of the first of the calls that were decided together.
  package static let batch = "intaglio.batch"
  package static let tool = "intaglio.tool"
  package static let argumentsDigest = "intaglio.arguments.digest"
  package static let salt = "intaglio.salt"
  package static let item = "intaglio.item"
  package static let frameworkTraceID = "intaglio.framework.trace_id"
  package static let frameworkGroupID = "intaglio.framework.group_id"
  package static let framework = "intaglio.framework.name"
  package static let redacted = "intaglio.redacted"

  package static let policy = "intaglio.policy.digest"
  package static let policyText = "intaglio.policy.text"
  package static let effect = "intaglio.effect"
  package static let rules = "intaglio.rules"
  package static let limits = "intaglio.limits"
  package static let isDefault = "intaglio.default"
  package static let tainted = "intaglio.tainted"
  package static let taints = "intaglio.taints"
  package static let effectClass = "intaglio.effect_class"
  package static let aborts = "intaglio.aborts"
  package static let message = "intaglio.message"
  package static let reason = "intaglio.reason"
  package static let status = "intaglio.status"
  package static let output = "intaglio.output"
  package static let guardrail = "intaglio.guardrail"
  package static let stage = "intaglio.stage"
  package static let label = "intaglio.label"
  package static let checkpoint = "intaglio.checkpoint"
  package static let fromAgent = "intaglio.from_agent"
  package static let toAgent = "intaglio.to_agent"
  package static let count = "intaglio.count"
  package static let ticket = "intaglio.ticket"
  package static let review = "intaglio.review"
  package static let clock = "intaglio.clock"
  package static let decision = "intaglio.decision"
  package static let identity = "intaglio.identity"
  package static let assurance = "intaglio.assurance"
  package static let signature = "intaglio.signature"
  /// The name of the file in the inbox that a decision came by.
  package static let inbox = "intaglio.inbox"
  /// A framework's own state of a paused run.
  package static let state = "intaglio.state"
  package static let by = "intaglio.by"
  /// The record of a state's change, or the first of its records.
  package static let change = "intaglio.change"
  package static let forced = "intaglio.forced"
  package static let participants = "intaglio.participants"
  /// What others had changed that a rollback took back, because it was forced.
  package static let changedByOthers = "intaglio.changed_by_others"
  /// What of a checkpoint was not captured, so that it cannot be rolled back to.
  package static let notCaptured = "intaglio.not_captured"
  /// The pattern that was granted or revoked, or that covers a call; `none` if none does.
  package static let capability = "intaglio.capability"
  /// What the agents of the mission are given at a run's start.
  package static let capabilities = "intaglio.capabilities"
  package static let byteCount = "intaglio.byte_count"

  package static let memoryKey = "intaglio.memory.key"
  package static let memoryTags = "intaglio.memory.tags"
  package static let memoryKind = "intaglio.memory.kind"
  package static let memoryDigest = "intaglio.memory.digest"
  /// Nanoseconds since 1970 in decimal digits, as a text: they do not fit a number of JSON.
  package static let expires = "intaglio.expires"
  package static let expired = "intaglio.expired"
  package static let replaces = "intaglio.replaces"
}
