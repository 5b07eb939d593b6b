extension Policy {
  /// What is kept out of the records: a value at a place, or whatever looks like something.
  public struct Redaction: Hashable, Sendable {
    /// What is taken out.
    package enum Target: Hashable, Sendable {
      /// The value there, in arguments and in results that are JSON.
      case pointer(JSONPointer)
      /// Whatever looks like it, anywhere in arguments and results.
      case pattern(BuiltInPattern)
    }

    /// Unique in the policy; stands in the record where the value would.
    public let id: String
    /// The tools whose arguments and results are meant; nil for all of all families.
    package let tools: [ToolPattern]?
    package let target: Target

    package init(id: String, tools: [ToolPattern]? = nil, target: Target) {
      self.id = id
      self.tools = tools
      self.target = target
    }
  }

  /// The redactions for a call of `tool`, in the order of the policy.
  ///
  /// One whose patterns cannot tell, because the name is not plain text, is among them.
  package func redactions(for tool: ToolIdentity) -> [Redaction] {
    redactions.filter { redaction in
      var effort = Effort()
      return redaction.tools.map { ToolPattern.truth($0, of: tool, &effort) != .fails } ?? true
    }
  }
}
