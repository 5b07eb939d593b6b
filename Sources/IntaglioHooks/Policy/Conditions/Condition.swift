/// When a rule applies: all of what it names has to hold.
package struct Condition: Hashable, Sendable {
  /// One of these matches the tool; nil for all tools of all families.
  package let tools: [ToolPattern]?
  /// One of these matches the agent's name; nil for all agents.
  package let agents: [Glob]?
  /// Whether the run has read what is not to be trusted; nil if it makes no difference.
  package let isTainted: Bool?
  /// What the arguments have to be; nil if they make no difference.
  package let arguments: Predicate?
  /// The conditions it is made of, the cheap ones first.
  let parts: [Part]

  package static let always = Condition()

  package init(
    tools: [ToolPattern]? = nil, agents: [Glob]? = nil, isTainted: Bool? = nil,
    arguments: Predicate? = nil
  ) {
    self.tools = tools
    self.agents = agents
    self.isTainted = isTainted
    self.arguments = arguments
    parts = [
      tools.map(Part.tools), agents.map(Part.agents), isTainted.map(Part.tainted),
      arguments.map(Part.arguments),
    ].compactMap { $0 }
  }

  func truth(of input: PolicyInput, _ effort: inout Effort) -> Truth {
    Truth.all(parts) { $0.truth(of: input, &effort) }
  }

  enum Part: Hashable {
    case tools([ToolPattern])
    case agents([Glob])
    case tainted(Bool)
    case arguments(Predicate)

    func truth(of input: PolicyInput, _ effort: inout Effort) -> Truth {
      switch self {
      case .tools(let patterns): return ToolPattern.truth(patterns, of: input, &effort)
      case .agents(let globs):
        if let fault = input.agentFault {
          return .errs("the agent's name \(fault)")
        }
        return Truth.any(globs) { Truth($0.matches(input.agent, &effort)) }
      case .tainted(let isTainted): return Truth(input.isTainted == isTainted)
      case .arguments(let predicate):
        switch input.arguments {
        case .success(let json): return predicate.truth(of: json, &effort)
        case .failure(let error): return .errs(PolicyInput.invalidArguments(error))
        }
      }
    }
  }
}
