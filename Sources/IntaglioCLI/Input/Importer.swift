internal import Intaglio
internal import IntaglioFormat
internal import IntaglioVerifier

/// Appends the lines of a file to a log, each to its stream: first `check`, which changes nothing, then `append`.
struct Importer {
  /// Which stream a line belongs to.
  enum Route {
    case stream(String)
    /// That named by the member of this name.
    case member(String)
  }

  let route: Route
  /// The most that goes in one batch; tests choose less.
  var batchByteCount = Limits.batchByteCount

  /// What was appended.
  struct Summary {
    var recordCount = 0
    var streamCount = 0
    var head: (sequence: SequenceNumber, chain: Digest)?

    var text: String {
      guard let head else { return "recorded nothing: the input has no lines" }
      let records = recordCount == 1 ? "1 record" : "\(recordCount) records"
      let streams = streamCount == 1 ? "1 stream" : "\(streamCount) streams"
      return "recorded \(records) in \(streams); the head is \(head.sequence):\(head.chain)"
    }
  }

  /// Reads all lines, and throws at the first that cannot be recorded.
  func check(_ file: borrowing LineFile) throws {
    var lines = LineReader()
    while let line = try lines.next(in: file) { _ = try streamName(of: line, lines.number, file) }
  }

  /// Appends all lines, in batches as large as may be, and waits until they are synced.
  func append(_ file: borrowing LineFile, to log: Log) throws -> Summary {
    var summary = Summary()
    var streams: [String: LogStream] = [:]
    var batch = log.batch()
    var lines = LineReader()
    do {
      while let line = try lines.next(in: file) {
        let name = try streamName(of: line, lines.number, file)
        if batch.byteCount + Self.largestFrame(line.count) > batchByteCount {
          try append(&batch, to: log, &summary)
        }
        let stream = try streams[name] ?? log.stream(named: name)
        streams[name] = stream
        try batch.append(line, to: stream)
      }
      if !batch.isEmpty { try append(&batch, to: log, &summary) }
    } catch let error as LogError where summary.recordCount > 0 {
      throw CommandError(error, "; of \(file.name), \(summary.recordCount) records are in the log")
    }
    summary.streamCount = streams.count
    return summary
  }

  private func append(_ batch: inout Batch, to log: Log, _ summary: inout Summary) throws(LogError)
  {
    let receipt = try log.append(batch)
    try receipt.wait()
    summary.recordCount += batch.count
    summary.head = (receipt.sequence, receipt.chain)
    batch.removeAll()
  }

  /// The stream that `line` belongs to; throws if it is not JSON or names none.
  private func streamName(
    of line: [UInt8], _ number: Int, _ file: borrowing LineFile
  ) throws(CommandError) -> String {
    let json: JSON
    do throws(JSONError) { json = try JSON.parse(line) } catch {
      throw refusal("is not JSON (\(error))", number, file)
    }
    switch route {
    case .stream(let name): return name
    case .member(let key):
      guard let name = json[key]?.string else {
        throw refusal("has no member \"\(key)\" that is a string", number, file)
      }
      guard isValidName(name) else {
        throw refusal(
          "has a \"\(key)\" that cannot name a stream (1 to 255 bytes, no control characters)",
          number, file)
      }
      return name
    }
  }

  private func refusal(
    _ what: String, _ number: Int, _ file: borrowing LineFile
  ) -> CommandError {
    CommandError(
      "line \(number) of \(file.name) \(what); nothing was recorded: correct the line and try again"
    )
  }

  private static func largestFrame(_ payloadByteCount: Int) -> Int { payloadByteCount + 136 }
}
