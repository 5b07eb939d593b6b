/// When a rule applies: all of what it names has to hold.
package struct Condition: Hashable, Sendable {
  /// One of these matches the tool; nil for all tools of all families.
  package var tools: [ToolPattern]?
  /// One of these matches the agent's name; nil for all agents.
  package var agents: [Glob]?
  /// Whether the run has read what is not to be trusted; nil if it makes no difference.
  package var isTainted: Bool?
  /// What the arguments have to be; nil if they make no difference.
  package var arguments: Predicate?

  package static let always = Condition()

  package init(
    tools: [ToolPattern]? = nil, agents: [Glob]? = nil, isTainted: Bool? = nil,
    arguments: Predicate? = nil
  ) {
    self.tools = tools
    self.agents = agents
    self.isTainted = isTainted
    self.arguments = arguments
  }

  func truth(of input: PolicyInput, _ effort: inout Effort) -> Truth {
    Truth.all(parts) { $0.truth(of: input, &effort) }
  }

  /// The conditions it is made of, the cheap ones first.
  var parts: [Part] {
    var parts: [Part] = []
    if let tools { parts.append(.tools(tools)) }
    if let agents { parts.append(.agents(agents)) }
    if let isTainted { parts.append(.tainted(isTainted)) }
    if let arguments { parts.append(.arguments(arguments)) }
    return parts
  }

  enum Part {
    case tools([ToolPattern])
    case agents([Glob])
    case tainted(Bool)
    case arguments(Predicate)

    func truth(of input: PolicyInput, _ effort: inout Effort) -> Truth {
      switch self {
      case .tools(let patterns): return ToolPattern.truth(patterns, of: input.tool, &effort)
      case .agents(let globs):
        if let fault = PlainText.fault(in: input.agent, &effort) {
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
