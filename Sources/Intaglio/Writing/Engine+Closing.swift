internal import IntaglioFormat
internal import IntaglioStorage

extension Engine {
  /// Waits until nobody commits or changes the segment, and keeps others from it.
  private func becomeCommitter() throws(LogError) {
    while true {
      let (isMine, ticket, failure) = writer.withLock { writer in
        let isMine = !writer.isCommitting
        if isMine { writer.isCommitting = true }
        return (isMine, spaceEvents.ticket, writer.failure)
      }
      if let failure { throw failure }
      if isMine { return }
      spaceEvents.wait(after: ticket)
    }
  }

  /// Commits and syncs everything, marks HEAD as clean, ends the threads and gives the lock back.
  func close() throws(LogError) {
    try checkFork()
    let wasClosed = writer.withLock { writer in
      defer { writer.isClosed = true }
      return writer.isClosed
    }
    if wasClosed { return }
    spaceEvents.notifyAll()
    var failure: LogError?
    do throws(LogError) {
      try synchronizeAll()
      try becomeCommitter()
      try storing { () throws(StorageError) in
        try head.write { $0.isClean = true }
        try head.synchronize()
        try directory.segments.remove(FileName.nextSegment)
        // Everything in it is synced. After a failure it stays, for the next opening.
        if staging.withLock({ $0 != nil }) { try directory.root.remove(FileName.staging) }
      }
    } catch {
      failure = error
    }
    writer.withLock { $0.isFinished = true }
    committerEvents.notifyAll()
    housekeeping.stop()
    let threads = threads.withLock { threads in
      defer { threads = [] }
      return threads
    }
    for thread in threads { thread.join() }
    lock.withLock { $0 = nil }
    wakeFollowers()
    if let failure { throw failure }
  }
}
