internal import IntaglioFormat

extension StateProof {
  /// The proof as bytes, for files and messages.
  ///
  /// FileFormat, "State tree".
  public var encoded: [UInt8] {
    var bytes = [UInt8(identities.count)]
    for identity in identities {
      bytes.append(integer: UInt32(identity.count))
      bytes.append(contentsOf: identity)
    }
    return bytes
  }

  /// The proof that `encoded` gave as `bytes`.
  ///
  /// - Throws: if the bytes are not a proof, or more or less than one. Whether it holds is for `check` to say.
  public init(decoding bytes: [UInt8]) throws(StateProofError) {
    guard let count = bytes.first, (1...Self.nodeCountLimit).contains(Int(count)) else {
      throw StateProofError("a proof has 1 to \(Self.nodeCountLimit) nodes")
    }
    var identities: [[UInt8]] = []
    var rest = bytes.dropFirst()
    for index in 0..<count {
      guard rest.count >= 4 else { throw StateProofError("the proof ends before node \(index)") }
      let byteCount = Int(bytes.rawSpan.integer(at: rest.startIndex, as: UInt32.self))
      rest = rest.dropFirst(4)
      guard (NodeLimits.headerByteCount...NodeLimits.identityByteCount).contains(byteCount),
        byteCount <= rest.count
      else { throw StateProofError("node \(index) cannot have \(byteCount) bytes here") }
      identities.append(Array(rest.prefix(byteCount)))
      rest = rest.dropFirst(byteCount)
    }
    guard rest.isEmpty else { throw StateProofError("\(rest.count) bytes follow the proof") }
    self.init(identities: identities)
  }

  private static let nodeCountLimit = NodeLimits.level + 1
}
