/// Which tools are meant: `FAMILY:GLOB`, `mcp:SERVERGLOB/NAMEGLOB`, a bare `GLOB` for functions, or `*:*` for every tool.
package struct ToolPattern: Hashable, Sendable {
  private enum Meaning: Hashable, Sendable {
    case everyTool
    case tools(ToolIdentity.Family, server: Glob?, name: Glob)
  }

  /// With the family named, one way for all that mean the same.
  package let text: String
  private let meaning: Meaning

  package init(_ written: String) throws(PatternError) {
    guard written != "*:*" else {
      (text, meaning) = (written, .everyTool)
      return
    }
    guard let (family, rest) = Self.split(written, at: ":") else {
      (text, meaning) = (
        "function:" + written, .tools(.function, server: nil, name: try Glob(written))
      )
      return
    }
    guard let family = ToolIdentity.Family(rawValue: family) else {
      let families = ToolIdentity.Family.allCases.map(\.rawValue)
      let hint =
        family == "*" ? "only *:* names every family" : Spelling.hint(family, among: families)
      throw PatternError("\(Spelling.quoted(family)) is no family of tools; \(hint)")
    }
    guard !rest.isEmpty else { throw PatternError("there is no name after \(family):") }
    text = written
    guard family == .mcp else {
      meaning = .tools(family, server: nil, name: try Glob(rest))
      return
    }
    guard let (server, name) = Self.split(rest, at: "/"), !server.isEmpty, !name.isEmpty else {
      throw PatternError(
        "a tool of a server is written mcp:SERVER/NAME, each with * where any will do")
    }
    meaning = .tools(.mcp, server: try Glob(server), name: try Glob(name))
  }

  /// Whether one of `patterns` matches `tool`; errs if that depends on a name that is not plain text.
  package static func truth(
    _ patterns: [ToolPattern], of tool: ToolIdentity, _ effort: inout Effort
  ) -> Truth {
    let fault = tool.fault(&effort)
    return Truth.any(patterns) { $0.truth(of: tool, fault, &effort) }
  }

  /// As `truth(_:of:_:)` of the tool that is called.
  static func truth(
    _ patterns: [ToolPattern], of input: PolicyInput, _ effort: inout Effort
  ) -> Truth {
    Truth.any(patterns) { $0.truth(of: input.tool, input.toolFault, &effort) }
  }

  /// - Parameter fault: what is wrong with the tool's name.
  private func truth(of tool: ToolIdentity, _ fault: String?, _ effort: inout Effort) -> Truth {
    guard case .tools(let family, let server, let name) = meaning else { return .holds }
    guard family == tool.family else { return .fails }
    if let fault { return .errs("the tool's name \(fault)") }
    return Truth(
      server?.matches(tool.server, &effort) ?? true && name.matches(tool.name, &effort))
  }

  /// The text before and after the first `separator` that no backslash precedes.
  private static func split(_ text: String, at separator: Unicode.Scalar) -> (String, String)? {
    let scalars = text.unicodeScalars
    var isEscaped = false
    for index in scalars.indices {
      if scalars[index] == separator, !isEscaped {
        return (String(scalars[..<index]), String(scalars[scalars.index(after: index)...]))
      }
      isEscaped = scalars[index] == "\\" && !isEscaped
    }
    return nil
  }
}

extension ToolIdentity {
  /// What is wrong with the names in it, to be read after "the tool's name"; nil if nothing is.
  func fault(_ effort: inout Effort) -> String? {
    PlainText.fault(in: server, &effort) ?? PlainText.fault(in: name, &effort)
  }
}
