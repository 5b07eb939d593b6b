/// The beginning of a file, mapped for reading; unmapped when the last reference goes.
///
/// - Important: The file must keep its length. A process that reads a page which another one has cut off the file is
///   killed by SIGBUS; read with `File.read` where files come from strangers.
@safe package final class Mapping: Sendable {
  package let byteCount: Int
  // Sound to share: the memory is mapped read-only for as long as the object lives.
  nonisolated(unsafe) private let address: UnsafeRawPointer
  private let system: any FileSystem

  init(address: UnsafeRawPointer, byteCount: Int, system: any FileSystem) {
    unsafe self.address = unsafe address
    self.byteCount = byteCount
    self.system = system
  }

  deinit { unsafe system.unmap(address, byteCount: byteCount) }

  /// The mapped bytes.
  package var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      let span = unsafe RawSpan(_unsafeStart: address, byteCount: byteCount)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }
}

/// A range of a mapping that keeps the mapping alive: what a record of a reader holds.
package struct MappedBytes: Sendable {
  private let mapping: Mapping
  private let range: Range<Int>

  package init(_ mapping: Mapping, _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= mapping.byteCount)
    self.mapping = mapping
    self.range = range
  }

  /// The part of these bytes at `part`.
  package func slice(_ part: Range<Int>) -> MappedBytes {
    precondition(part.lowerBound >= 0 && part.upperBound <= range.count)
    return MappedBytes(
      mapping, range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound)
  }

  package var span: RawSpan {
    @_lifetime(borrow self)
    get {
      let span = mapping.bytes.extracting(range)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }
}
