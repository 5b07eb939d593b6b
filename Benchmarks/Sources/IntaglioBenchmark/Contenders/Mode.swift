/// What an acknowledgement means, and how many records get one together.
///
/// Unlike things are not compared: a contender that lacks a mode shows a dash there.
enum Mode: String, Codable, Sendable, CaseIterable {
  /// Acknowledged when ordered, before anything is written: what is buffered is lost with the process.
  case buffered
  /// Each record acknowledged alone, when it survives `kill -9`; no sync.
  case written
  /// 1,000 records acknowledged together, when they survive `kill -9`; no sync.
  case writtenBatches
  /// Each record acknowledged alone, after the sync: it survives the loss of power.
  case synced
  /// 1,000 records acknowledged together, after the sync; the next batch begins then.
  case syncedBatches
  /// As `syncedBatches`, but the next batch begins at once: acknowledgements come later.
  case syncedPipelined

  static let batchCount = 1000

  var isBatched: Bool { [.writtenBatches, .syncedBatches, .syncedPipelined].contains(self) }
  var isSynced: Bool { [.synced, .syncedBatches, .syncedPipelined].contains(self) }

  var explanation: String {
    switch self {
    case .buffered:
      "acknowledged when ordered, before the write; what is buffered is lost with the process"
    case .written: "one by one, acknowledged when it survives kill -9; no sync"
    case .writtenBatches: "batches of 1,000, acknowledged when they survive kill -9; no sync"
    case .synced: "one by one, acknowledged after the sync; survives power loss"
    case .syncedBatches:
      "batches of 1,000, each acknowledged after its sync before the next; survives power loss"
    case .syncedPipelined:
      "batches of 1,000, acknowledged after the sync while later ones are built; survives power loss"
    }
  }
}
