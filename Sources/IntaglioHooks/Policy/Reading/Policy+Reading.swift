extension Policy {
  /// Reads a policy written in JSON, strictly.
  ///
  /// - Throws: `PolicyError` for the first thing that is wrong, with its place.
  public init(json text: [UInt8]) throws(PolicyError) {
    try self.init(reading: PolicyNode(json: text))
  }

  package init(reading node: PolicyNode) throws(PolicyError) {
    throw PolicyError("policies cannot be read yet", at: node.place)
  }
}
