/// Looks for one text in others in time linear in both (Knuth, Morris, Pratt 1977).
///
/// Over bytes: a well-formed text occurs in another as bytes only where it does as scalars.
package struct TextSearch: Sendable {
  private let needle: [UInt8]
  /// For each beginning of the needle, how long the longest shorter beginning is that it ends with.
  private let borders: [Int]

  package init(for text: String) {
    needle = Array(text.utf8)
    var borders = [Int](repeating: 0, count: needle.count)
    var length = 0
    for index in needle.indices.dropFirst() {
      while length > 0, needle[index] != needle[length] { length = borders[length - 1] }
      if needle[index] == needle[length] { length += 1 }
      borders[index] = length
    }
    self.borders = borders
  }

  package func occurs(in text: String, _ effort: inout Effort) -> Bool {
    guard !needle.isEmpty else { return true }
    var length = 0
    for byte in text.utf8 {
      effort.spend()
      while length > 0, byte != needle[length] {
        effort.spend()
        length = borders[length - 1]
      }
      if byte == needle[length] { length += 1 }
      if length == needle.count { return true }
    }
    return false
  }
}
