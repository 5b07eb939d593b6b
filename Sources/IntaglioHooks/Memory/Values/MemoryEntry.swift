public import IntaglioFormat

/// Something that an agent remembers, with where it comes from.
public struct MemoryEntry: Hashable, Sendable {
  /// The key: unique in the mission.
  public let key: String
  /// What is remembered.
  public let value: MemoryValue
  /// Its tags in the order of their bytes, each once.
  public let tags: [String]
  /// When it was remembered, by the wall clock.
  public let time: Timestamp
  /// Until when, if not for ever.
  public let expires: Timestamp?
  /// The run that remembered it.
  public let run: String
  /// The agent that worked in the run then.
  public let agent: String
  /// The turn of the model then; 0 before the first.
  public let turn: Int
  /// The number in its run of the call that it comes from, if that was said.
  public let call: Int?
  /// Whether the run had read what is not trusted.
  public let isTainted: Bool

  /// With the value's digest in the event.
  let salt: String
  /// What the policy took out of the value; nil if nothing.
  let removals: JSON?

  package init(
    key: String, value: MemoryValue, tags: [String] = [], time: Timestamp,
    expires: Timestamp? = nil, run: String, agent: String, turn: Int = 0, call: Int? = nil,
    isTainted: Bool = false, salt: String, removals: JSON? = nil
  ) {
    self.key = key
    self.value = value
    self.tags = tags
    self.time = time
    self.expires = expires
    self.run = run
    self.agent = agent
    self.turn = turn
    self.call = call
    self.isTainted = isTainted
    self.salt = salt
    self.removals = removals
  }

  /// Whether it is forgotten at `now`.
  package func isExpired(at now: Timestamp) -> Bool { expires.map { $0 <= now } ?? false }
}
