package import IntaglioFormat

/// A call as rules and limits see it.
package struct PolicyInput: Sendable {
  package let tool: ToolIdentity
  /// The name of the agent that calls.
  package let agent: String
  /// The arguments as they were read, once for rules, limits and redaction.
  package let arguments: Result<JSON, JSONError>
  /// Whether the run has read what is not to be trusted.
  package let isTainted: Bool
  /// What is wrong with the names of the tool and the agent, found once for all rules; nil if nothing is.
  let toolFault: String?
  let agentFault: String?

  package init(
    tool: ToolIdentity, agent: String = "", arguments: Result<JSON, JSONError>,
    isTainted: Bool = false
  ) {
    self.tool = tool
    self.agent = agent
    self.arguments = arguments
    self.isTainted = isTainted
    var effort = Effort()
    toolFault = tool.fault(&effort)
    agentFault = PlainText.fault(in: agent, &effort)
  }

  /// Reads the raw argument text as the model wrote it; no text at all is what models write where there are no arguments, and
  /// stands for `{}`, as frameworks take it.
  package init(
    tool: ToolIdentity, agent: String = "", argumentText: [UInt8], isTainted: Bool = false
  ) {
    let arguments = Result { () throws(JSONError) in
      argumentText.isEmpty ? .object([]) : try JSON.parse(argumentText)
    }
    self.init(tool: tool, agent: agent, arguments: arguments, isTainted: isTainted)
  }

  package init(
    tool: ToolIdentity, agent: String = "", argumentText: String, isTainted: Bool = false
  ) {
    self.init(
      tool: tool, agent: agent, argumentText: Array(argumentText.utf8), isTainted: isTainted)
  }

  /// Why arguments cannot be read, without the names in quotes that the reader repeats: they may be secret.
  static func invalidArguments(_ error: JSONError) -> String {
    var what = error.what
    if let first = what.firstIndex(of: "\""), let last = what.lastIndex(of: "\""), first < last {
      what.replaceSubrange(first...last, with: "…")
    }
    return "the arguments cannot be read: \(what) at byte \(error.offset)"
  }
}
