internal import IntaglioFormat

/// What a run is, as its first record says it.
public struct RunDescription: Sendable {
  /// The agent that starts: 1 to 200 bytes of UTF-8 in the form NFC without control characters, as all names here.
  public var agent: String
  /// The run's own name, unique in its log; a new random one if nil.
  public var id: String?
  /// The governed state that the run works on; if nil the conversation's, and without one a new one for this run alone.
  public var mission: String?
  /// The framework's session or conversation, if it has one.
  public var conversation: String?
  /// The run beneath whose tool this one was started; it hands on its taint, and is taken for tainted if it is not in this log.
  public var parent: String?
  /// What the run may do; the governor's policy if nil.
  public var policy: Policy?
  /// Which tools the agents of the mission hold, by agent, as patterns that policies would write; nil changes nothing.
  ///
  /// A mission that was never given any lets every agent call every tool; from the first on an agent without an entry holds none,
  /// whatever rules say. What was revoked stays so: see `GovernedRun.grant`. A run with a `parent` and a mission of its own
  /// begins with what the parent's agents hold, unless it is given others.
  public var capabilities: [String: [String]]?
  /// The W3C trace that the run belongs to, as a `traceparent` header has it; a new one if nil.
  public var traceparent: String?
  /// The framework that runs the agent, and how it names this run in its own traces.
  public var framework: Framework?

  /// How a framework names a run.
  public struct Framework: Sendable {
    /// The framework's name.
    public var name: String
    /// Its id of the trace.
    public var traceID: String?
    /// Its id of the group of traces.
    public var groupID: String?

    /// A framework named `name`.
    public init(name: String, traceID: String? = nil, groupID: String? = nil) {
      self.name = name
      self.traceID = traceID
      self.groupID = groupID
    }
  }

  /// A run of `agent`; everything else as it is by default.
  public init(agent: String, mission: String? = nil) {
    self.agent = agent
    self.mission = mission
  }

  static let nameByteLimit = 200

  /// Refuses names that cannot be streams or keys.
  func validate() throws(GovernorError) {
    try Self.check(agent, "agent")
    if let capabilities { _ = try Capabilities(capabilities) }
    for (name, what) in [
      (id, "run"), (mission, "mission"), (conversation, "conversation"), (parent, "parent run"),
    ] {
      if let name { try Self.check(name, what) }
    }
  }

  /// Refuses who and why as no record could have them.
  static func checkProvenance(by: String, reason: String = "") throws(GovernorError) {
    try check(by, "person or program that does it")
    guard reason.utf8.count <= Limits.reasonByteCount else {
      throw GovernorError(.invalid, "a reason has at most \(Limits.reasonByteCount) bytes")
    }
  }

  static func check(_ name: String, _ what: String) throws(GovernorError) {
    guard isValidName(name), name.utf8.count <= nameByteLimit else {
      throw GovernorError(
        .invalid,
        "the name of the \(what) is \(name.isEmpty ? "empty" : "too long or has control characters"): it takes 1 to \(nameByteLimit) bytes of UTF-8 without control characters"
      )
    }
    // Names that Swift takes for the same would share counts of limits, and be two in the log.
    guard PlainText.isComposed(name) else {
      throw GovernorError(
        .invalid, "the name of the \(what) is not in Unicode's form NFC: normalize it")
    }
  }
}
