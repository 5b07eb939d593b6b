/// Whether an absolute path lies within directories, by its text alone: links are not followed, nothing is looked up.
package struct PathTest: Hashable, Sendable {
  /// Without `.`, empty components and a slash at the end.
  package let directories: [String]
  private let components: [[String]]

  /// Directories that `directory(_:)` made.
  package init(within directories: [String]) {
    self.directories = directories
    components = directories.map { directory in
      directory.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
    }
  }

  /// The directory `written`, in one way for all that mean the same.
  package static func directory(_ written: String) throws(PatternError) -> String {
    do { return "/" + (try components(of: written)).joined(separator: "/") } catch {
      throw PatternError("it \(error.what)")
    }
  }

  func truth(of text: String, _ effort: inout Effort) -> Truth {
    effort.spend(text.utf8.count)
    let path: [String]
    do { path = try Self.components(of: text) } catch {
      return .errs("is a path that \(error.what)")
    }
    effort.spend(directories.reduce(0) { $0 + $1.utf8.count })
    return Truth(
      components.contains { directory in
        path.count >= directory.count && zip(directory, path).allSatisfy { $0.isSame(as: $1) }
      })
  }

  /// The names on the way from the root; `.` and empty components say nothing and are left out.
  private static func components(of path: String) throws(PatternError) -> [String] {
    guard path.utf8.first == UInt8(ascii: "/") else { throw PatternError("is not absolute") }
    guard !path.utf8.contains(0) else { throw PatternError("has a zero byte") }
    guard !path.utf8.contains(UInt8(ascii: "\\")) else { throw PatternError("has a backslash") }
    let names = path.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
    guard !names.contains("..") else { throw PatternError("has a component ..") }
    return names.filter { $0 != "." }
  }
}
