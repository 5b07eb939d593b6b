internal import Crypto
internal import FoundationEssentials
package import IntaglioFormat

/// A person's private key for decisions on reviews: Ed25519 (RFC 8032).
package struct SigningKey {
  private let key: Curve25519.Signing.PrivateKey

  private static let filePrefix = "intaglio-approver-key:"
  private static let publicPrefix = "ed25519:"

  /// A new key.
  package init() { key = Curve25519.Signing.PrivateKey() }

  /// The key in the text of a key file; nil if it is none.
  package init?(fileContents text: String) {
    let text = text.hasSuffix("\n") ? String(text.dropLast()) : text
    guard text.hasPrefix(Self.filePrefix),
      let data = Data(base64Encoded: String(text.dropFirst(Self.filePrefix.count))),
      let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: data)
    else { return nil }
    self.key = key
  }

  /// The text of the file that keeps the key; whoever has it decides in its owner's name.
  package var fileContents: String {
    Self.filePrefix + key.rawRepresentation.base64EncodedString() + "\n"
  }

  /// The public key, as a policy's `approvers` has it.
  package var publicKey: String {
    Self.publicPrefix + key.publicKey.rawRepresentation.base64EncodedString()
  }

  /// The 32 bytes of the public key.
  package var publicKeyBytes: [UInt8] { [UInt8](key.publicKey.rawRepresentation) }

  /// Signs a decision for the log `log`, in the name of `approver`.
  package func sign(_ vote: ReviewVote, log: LogID, as approver: String) throws -> ReviewVote {
    var vote = vote
    let signature = try key.signature(for: vote.signedBytes(log: log))
    vote.signature = ReviewVote.Signature(
      approver: approver, base64: signature.base64EncodedString())
    return vote
  }
}

extension Approver {
  /// Whether the vote was signed by this approver's key for the log `log`.
  func hasSigned(_ vote: ReviewVote, log: LogID) -> Bool {
    guard let signature = vote.signature, let data = Data(base64Encoded: signature.base64),
      let key = try? Curve25519.Signing.PublicKey(rawRepresentation: self.key)
    else { return false }
    return key.isValidSignature(data, for: vote.signedBytes(log: log))
  }
}
