internal import Intaglio
internal import IntaglioFormat
package import IntaglioStorage
package import SystemPackage

/// The directory of a log in which people leave decisions for the process that writes it.
///
/// A file there is looked at once and removed. It counts for nothing by itself: what it says is held against its ticket.
package struct Inbox: Sendable {
  private let directory: Directory

  package static let name = "inbox"
  /// How many files are taken at a time, so that whoever floods the inbox does not hold up the runs.
  private static let fileLimit = 64

  package init(ofLog path: FilePath, in system: any FileSystem = SystemFileSystem()) {
    directory = Directory(path.appending(Self.name), in: system)
  }

  /// Leaves `vote` for the process that writes the log; gives the file's name.
  package func leave(_ vote: ReviewVote) throws(StorageError) -> String {
    _ = try directory.make()
    let name = RandomBytes.hex(words: 2) + Self.suffix
    let file = try directory.open(name + ".new", .createNew)
    try file.write(vote.fileContents, at: 0)
    try file.synchronizeData()
    try directory.rename(name + ".new", to: name)
    return name
  }

  private static let suffix = ".json"

  /// The files to look at, in no order that means anything.
  func names() throws(StorageError) -> [String] {
    guard try directory.status(of: ".") != nil else { return [] }
    return Array(try directory.names().filter { $0.hasSuffix(Self.suffix) }.prefix(Self.fileLimit))
  }

  /// What a file says, and whose it is; nil for the user where nothing could be opened.
  func read(_ name: String) -> (Result<ReviewVote, ReviewRefusal>, user: UInt32?) {
    do throws(StorageError) {
      let file = try directory.open(name, .readOnlyUntrusted)
      let status = try file.status()
      guard status.isRegularFile else {
        return (.failure(ReviewRefusal("the file is no regular file")), status.owner)
      }
      guard status.linkCount == 1 else {
        return (.failure(ReviewRefusal("the file has other names")), status.owner)
      }
      guard status.byteCount <= ReviewVote.fileByteLimit else {
        return (
          .failure(
            ReviewRefusal(
              "the file has \(status.byteCount) bytes, more than \(ReviewVote.fileByteLimit)")),
          status.owner
        )
      }
      return (
        ReviewVote.read(try file.read(byteCount: ReviewVote.fileByteLimit, at: 0)), status.owner
      )
    } catch {
      let why =
        error.errno == .tooManySymbolicLinkLevels ? "the file is a symbolic link" : "\(error)"
      return (.failure(ReviewRefusal(why)), nil)
    }
  }

  func remove(_ name: String) throws(StorageError) { try directory.remove(name) }
}

extension GovernorCore {
  /// Takes the decisions that lie in the inbox, and closes what has expired.
  func readInbox() throws(GovernorError) {
    if !tickets.isEmpty { try expireTickets() }
    let names: [String]
    do throws(StorageError) { names = try inbox.names() } catch { return try complain(error) }
    for name in names {
      let (contents, user) = inbox.read(name)
      let origin = VoteOrigin(user: user ?? .max, file: name)
      switch contents {
      case .success(let vote): _ = try take(vote, from: origin)
      case .failure(let refusal):
        try recordRefusal(
          refusal, ticket: nil, user.map { VoteOrigin(user: $0, file: name) }, stream: stream)
      }
      // Removed only when its record is safe: a crash before that finds it again, and a vote counts once.
      if let failure = synchronize() { throw failure }
      do throws(StorageError) { try inbox.remove(name) } catch { return try complain(error) }
    }
  }

  /// An inbox that cannot be read is said once; reviews go on by commands when no process writes the log.
  private func complain(_ error: StorageError) throws(GovernorError) {
    guard !hasComplained else { return }
    hasComplained = true
    try recordRefusal(
      ReviewRefusal("the inbox cannot be read: \(error)"), ticket: nil, nil, stream: stream)
  }
}
