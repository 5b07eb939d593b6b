internal import IntaglioFormat

extension Report {
  /// The report as canonical JSON (RFC 8785), for programs; text from the log is escaped as for printing.
  public var json: [UInt8] {
    var members: [JSON.Member] = [
      .init("verdict", .string(verdict.rawValue)),
      .init("exitCode", .integer(exitCode)),
      .init("isLive", .bool(isLive)),
      .init("log", logID.map { .string($0.description) } ?? .null),
      .init("origin", origin.map { .string(escaped($0)) } ?? .null),
      .init("validCount", .integer(validCount)),
      .init("committedCount", .integer(committedCount)),
      .init("provenCount", .integer(provenCount)),
      .init("chain", chain.map { .string($0.hex) } ?? .null),
      .init("byteCount", .integer(byteCount)),
      .init("segmentCount", .integer(segmentCount)),
      .init("streamCount", .integer(streamCount)),
      .init("states", states?.value ?? .null),
      .init("findingCount", .integer(findingCount)),
      .init("findings", .array(findings.map(\.value))),
    ]
    members.append(
      .init(
        "goodRanges",
        .array(
          goodRanges.map { range in
            .object([
              .init("first", .integer(range.lowerBound.rawValue)),
              .init("last", .integer(range.upperBound.rawValue - 1)),
            ])
          })))
    members.append(.init("residue", residue?.value ?? .null))
    return JSON.object(members).canonical
  }
}

extension StateSummary {
  fileprivate var value: JSON {
    .object([
      .init("spaceCount", .integer(spaceCount)),
      .init("checkpointCount", .integer(checkpointCount)),
    ])
  }
}

extension Finding {
  fileprivate var value: JSON {
    .object([
      .init("kind", .string(kind.rawValue)), .init("file", .string(file)),
      .init("offset", .integer(offset)),
      .init("sequence", sequence.map { .integer($0) } ?? .null), .init("text", .string(text)),
    ])
  }
}

extension Residue {
  fileprivate var value: JSON {
    .object([
      .init("file", .string(file)), .init("offset", .integer(offset)),
      .init("byteCount", .integer(byteCount)),
    ])
  }
}
