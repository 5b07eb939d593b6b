internal import Intaglio
public import IntaglioFormat
internal import IntaglioStorage

/// A call that waits for people, or that they have decided on.
///
/// A ticket is named by the chain value of the record that asked for it, which commits to the run, the call, the digest of its
/// raw arguments and the policy: an approval cannot be for anything else.
public struct Ticket: Sendable {
  /// How far it has come.
  public enum State: String, Hashable, Sendable {
    /// It waits for decisions.
    case open
    /// Enough have approved, and its tool has not started.
    case approved
    /// Somebody has rejected it.
    case rejected
    /// Nobody decided in time, or the tool did not start in time.
    case expired
    /// Its run ended, its policy was replaced, or its mission was taken back.
    case voided
    /// Its tool has started.
    case used
  }

  /// What one person decided.
  public struct Vote: Hashable, Sendable {
    /// Who: `uid:1000`, or `key:alice` with the name that the policy gives the key.
    public let identity: String
    /// Whether they approve.
    public let approves: Bool
    /// Why, in their words.
    public let reason: String
    /// When the approval ends by itself, in nanoseconds since 1970; nil if with the ticket.
    public let expiry: UInt64?
  }

  /// The chain value of the record that asked.
  public let id: Digest
  /// The run that asked, and its mission.
  public let run: String
  /// The mission of the run.
  public let mission: String
  /// The call's number in the run.
  public let call: Int
  /// What is to be called.
  public let tool: String
  /// The digest of the raw arguments, 64 hexadecimal digits.
  public let argumentsDigest: String
  /// The digest of the policy that asked.
  public let policy: String
  /// Why, as the policy's rules say it.
  public let reason: String
  /// What it takes.
  public let terms: ReviewTerms
  /// When it was asked for.
  public let time: Timestamp
  /// How far it has come.
  public internal(set) var state = State.open
  /// Who decided what, in order.
  public internal(set) var votes: [Vote] = []
  /// The moment at which it was asked for, by both clocks.
  let moment: Moment
  let stream: LogStream

  /// How many have approved.
  public var approvalCount: Int { votes.count { $0.approves } }

  /// Whether its time is over now, by this machine's clocks.
  package var hasExpired: Bool {
    hasExpired(
      at: Moment(
        wall: SystemClock.system.wall(), boot: SystemClock.system.boot(),
        bootID: BootID.current.hex))
  }

  /// Whether nobody may decide on it, or use it, any more at `now`.
  func hasExpired(at now: Moment) -> Bool {
    if let seconds = terms.expirySeconds, now.isLater(than: moment, bySeconds: seconds) {
      return true
    }
    return votes.contains { vote in vote.approves && vote.expiry.map { now.wall >= $0 } ?? false }
  }
}
