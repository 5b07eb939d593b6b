package import IntaglioFormat

/// The digests by which events name content: SHA-256(tag ‖ salt ‖ content), the salt in the one record that has the content.
///
/// Once that record is erased, the digests elsewhere betray nothing that could be guessed.
package enum SaltedDigest {
  /// Of a call's arguments, as the model wrote them.
  package static func ofArguments(_ text: String, salt: String) -> Digest {
    digest("intaglio/v1 arguments\n", salt, text)
  }

  /// Of an item of a model's input.
  package static func ofItem(_ text: String, salt: String) -> Digest {
    digest("intaglio/v1 item\n", salt, text)
  }

  /// Of the value of a memory, as it lies in the mission's state; the salt stands beside it there.
  package static func ofMemory(_ content: [UInt8], salt: String) -> Digest {
    digest("intaglio/v1 memory\n", salt, content)
  }

  private static func digest(_ tag: String, _ salt: String, _ text: String) -> Digest {
    digest(tag, salt, Array(text.utf8))
  }

  private static func digest(_ tag: String, _ salt: String, _ content: [UInt8]) -> Digest {
    SHA256.hash(Array((tag + salt + "\n").utf8).rawSpan, content.rawSpan)
  }
}
