internal import IntaglioFormat

/// The right to run one tool once, with the arguments that were decided on.
///
/// It is lent by `Governor.perform` after request, decision and start are as safe as the log makes them. It cannot be copied,
/// and a tool's body cannot be had without one: `GovernedTool` consumes it.
public struct ToolPermit: ~Copyable, Sendable {
  /// The call that was decided on.
  public let call: ToolCall
  private let use: PermitUse

  init(_ call: ToolCall, _ use: PermitUse) {
    self.call = call
    self.use = use
  }

  /// Gives the arguments for the one use of the permit by `tool`.
  ///
  /// For tools that are not `GovernedTool`s, of a framework, say: what runs with these arguments is the run's one use.
  /// - Throws: `not_permitted` if the permit is another tool's; `used` if what it was lent to has returned.
  public consuming func arguments(for tool: ToolIdentity) throws(GovernorError) -> String {
    guard tool == call.tool else {
      throw GovernorError(
        .notPermitted,
        "a permit for \(escaped(call.tool.description)) was shown to \(escaped(tool.description)): the tool was not run"
      )
    }
    guard use.markFirst() else {
      throw GovernorError(
        .used,
        "a permit for \(escaped(call.tool.description)) was kept, and used after its call had ended: the tool was not run"
      )
    }
    return call.arguments
  }
}
