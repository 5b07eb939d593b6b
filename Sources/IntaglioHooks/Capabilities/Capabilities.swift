internal import IntaglioFormat

/// Which tools the agents of a mission hold, where the mission says so: an agent that has no entry holds none.
struct Capabilities: Sendable {
  /// By agents' names in bytes: texts that Unicode calls equivalent are two names.
  private var patterns: [[UInt8]: [ToolPattern]] = [:]

  init() {}

  /// What a program gives at a run's start.
  init(_ given: [String: [String]]) throws(GovernorError) {
    var count = 0
    for (agent, written) in given {
      try RunDescription.check(agent, "agent that holds capabilities")
      patterns[Array(agent.utf8)] = []
      for pattern in written { add(try Self.pattern(pattern), to: agent) }
      count += written.count
    }
    guard count <= Self.countLimit else {
      throw GovernorError(
        .invalid, "a run begins with at most \(Self.countLimit) capabilities: use patterns")
    }
  }

  static let patternByteLimit = 512
  static let countLimit = 1000

  /// Reads a pattern as policies have them; refuses what no tool's name could match, or no key could keep.
  static func pattern(_ written: String) throws(GovernorError) -> ToolPattern {
    do throws(PatternError) {
      let pattern = try ToolPattern(written)
      guard pattern.text.utf8.count <= patternByteLimit else {
        throw PatternError("it has more than \(patternByteLimit) bytes")
      }
      if !isValidName(pattern.text) { throw PatternError("it has control characters") }
      if let fault = PlainText.fault(in: pattern.text) { throw PatternError("it \(fault)") }
      return pattern
    } catch {
      throw GovernorError(
        .invalid, "\(escaped(written)) is no pattern of tools: \(escaped(error.what))")
    }
  }

  /// The pattern that is to be granted or revoked; refuses also names that no key could keep.
  static func checked(
    _ written: String, agent: String, by: String
  ) throws(GovernorError) -> ToolPattern {
    try RunDescription.check(agent, "agent")
    try RunDescription.checkProvenance(by: by)
    return try pattern(written)
  }

  mutating func add(_ pattern: ToolPattern, to agent: String) {
    let key = Array(agent.utf8)
    guard patterns[key]?.contains(pattern) != true else { return }
    patterns[key, default: []].append(pattern)
  }

  /// What `agent` holds.
  func held(by agent: String) -> [ToolPattern] { patterns[Array(agent.utf8)] ?? [] }

  /// Whether `agent` may call `tool`, and by which pattern.
  func cover(_ tool: ToolIdentity, by agent: String) -> CapabilityCover {
    var effort = Effort()
    let pattern = held(by: agent).first {
      // A name that is not plain text matches no pattern but `*:*`.
      ToolPattern.truth([$0], of: tool, &effort) == .holds
    }
    return pattern.map { .covered(by: $0.text) } ?? .missing(agent: agent)
  }

  /// What `agent` holds, as programs write it, in the order of the texts.
  func texts(of agent: String) -> [String] { held(by: agent).map(\.text).sorted() }

  /// By agent, as programs write them, in the order of their texts.
  var texts: [String: [String]] {
    var texts: [String: [String]] = [:]
    for (agent, patterns) in patterns {
      texts[String(decoding: agent, as: UTF8.self)] = patterns.map(\.text).sorted()
    }
    return texts
  }

  /// As an event has them.
  var json: JSON {
    .object(
      texts.sorted { $0.key < $1.key }.map {
        .init($0.key, .array($0.value.map(JSON.string)))
      })
  }

  /// Every agent with each of its patterns.
  var all: [(agent: String, pattern: ToolPattern)] {
    patterns.flatMap { agent, patterns in
      patterns.map { (String(decoding: agent, as: UTF8.self), $0) }
    }
  }
}

/// What the capabilities of a mission say to one call.
enum CapabilityCover: Hashable, Sendable {
  /// The mission has none: every agent holds every tool.
  case unrestricted
  case covered(by: String)
  case missing(agent: String)

  /// How an event says it; nil where there is nothing to say.
  var attribute: String? {
    switch self {
    case .unrestricted: nil
    case .covered(let pattern): pattern
    case .missing: Self.none
    }
  }

  /// No pattern reads so: they all name a family.
  static let none = "none"
  /// What is named as having decided.
  static let decider = "capability"
}

extension Capabilities? {
  func cover(_ tool: ToolIdentity, by agent: String) -> CapabilityCover {
    self?.cover(tool, by: agent) ?? .unrestricted
  }
}
