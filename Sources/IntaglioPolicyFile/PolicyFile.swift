public import IntaglioHooks

/// A policy as people write it: a text in YAML, of which JSON is a part.
///
/// A strict part of YAML 1.1: one document of maps, lists and scalars. Anchors, aliases, tags, merge keys, and plain
/// scalars that readers understand differently (`yes`, `0x10`, `1_000`, `010`) are errors.
public enum PolicyFile {
  /// Reads a policy.
  ///
  /// - Throws: `PolicyError` for the first thing that is wrong, with its line and column.
  public static func read(_ text: [UInt8]) throws(PolicyError) -> Policy {
    try Policy(reading: node(text))
  }

  /// Reads a policy.
  ///
  /// - Throws: `PolicyError` for the first thing that is wrong, with its line and column.
  public static func read(_ text: String) throws(PolicyError) -> Policy {
    try read(Array(text.utf8))
  }

  /// The values of a text, which need not be a policy, with their places.
  package static func node(_ text: [UInt8]) throws(PolicyError) -> PolicyNode {
    // JSON is read as JSON: YAML's readers do not take all of its escapes.
    if let node = try? PolicyNode(json: text) { return node }
    return try YAMLText(text).node()
  }
}
