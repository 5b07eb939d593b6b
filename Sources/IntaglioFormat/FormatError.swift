/// Why bytes are not what the format says.
package enum FormatError: Error, Hashable, Sendable {
  /// The version is newer than this program knows.
  case unsupportedVersion(UInt32)
  /// The bytes are not what they should be; the text says what was expected.
  case invalid(String)
}

extension FormatError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unsupportedVersion(let version):
      "version \(version) is not supported; this program reads version \(Format.version)"
    case .invalid(let what): what
    }
  }
}

package enum Format {
  package static let version: UInt32 = 1

  /// Refuses versions that are newer, and zero, which is none.
  package static func checkVersion(_ version: UInt32) throws(FormatError) {
    if version > Self.version { throw .unsupportedVersion(version) }
    if version == 0 { throw .invalid("the version is 0") }
  }
}
