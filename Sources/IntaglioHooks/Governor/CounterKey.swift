internal import IntaglioFormat

/// What a limit counts for: one run, one mission, one agent, or the whole log.
struct CounterKey: Hashable, Sendable {
  let limit: String
  let scope: Policy.Limit.Scope
  /// The run, mission or agent; empty for the log.
  let subject: String

  /// The key under which the count stands in the governor's state.
  var stateKey: [UInt8] { Array("\(limit)\n\(scope.rawValue)\n\(subject)".utf8) }
}
