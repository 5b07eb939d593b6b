/// What a call is a call of: a family, the server or framework it comes from if the family has one, and a name.
///
/// Written `function:NAME`, `mcp:SERVER/NAME`, `agent:NAME`, `handoff:NAME` and `hosted:NAME`, so that one server's
/// `read_file` is not another's.
public struct ToolIdentity: Hashable, Sendable {
  /// Where tools come from.
  public enum Family: String, CaseIterable, Hashable, Sendable {
    /// A function of the program.
    case function
    /// A tool of a server that speaks the Model Context Protocol.
    case mcp
    /// An agent that is called as a tool.
    case agent
    /// Another agent that takes over.
    case handoff
    /// A tool that the model's provider runs.
    case hosted
  }

  /// Where the tool comes from.
  public let family: Family
  /// The server, in the family `mcp`; else empty.
  public let server: String
  /// The name that the model calls it by.
  public let name: String

  /// The tool `name` of `family`.
  ///
  /// - Parameter server: the name of the server in the family `mcp`, without `/`; empty in all others.
  public init(_ family: Family = .function, server: String = "", name: String) {
    self.family = family
    self.server = server
    self.name = name
  }
}

extension ToolIdentity: CustomStringConvertible {
  /// The identity as policies write it, with the family always named.
  public var description: String {
    family == .mcp ? "mcp:\(server)/\(name)" : "\(family.rawValue):\(name)"
  }
}
