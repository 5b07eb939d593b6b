/// The beginning of a file, mapped for reading, or a copy of bytes that is used alike; unmapped or freed when the last
/// reference goes.
///
/// - Important: A mapped file must keep its length. A process that reads a page which another one has cut off the file is
///   killed by SIGBUS; read with `File.read` where files come from strangers.
@usableFromInline @safe package final class Mapping: Sendable {
  @usableFromInline package let byteCount: Int
  // Sound to share: the memory is never written for as long as the object lives.
  @usableFromInline nonisolated(unsafe) let address: UnsafeRawPointer
  /// What unmaps the memory; nil for a copy.
  private let system: (any FileSystem)?

  init(address: UnsafeRawPointer, byteCount: Int, system: any FileSystem) {
    unsafe self.address = unsafe address
    self.byteCount = byteCount
    self.system = system
  }

  /// A copy of `first` ‖ `second`.
  package init(copying first: RawSpan, _ second: RawSpan) {
    byteCount = first.byteCount + second.byteCount
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 8)
    unsafe first.withUnsafeBytes { unsafe memory.copyMemory(from: $0) }
    unsafe second.withUnsafeBytes {
      unsafe UnsafeMutableRawBufferPointer(rebasing: memory[first.byteCount...])
        .copyMemory(from: $0)
    }
    unsafe address = UnsafeRawPointer(memory.baseAddress!)
    system = nil
  }

  deinit {
    if let system {
      unsafe system.unmap(address, byteCount: byteCount)
    } else {
      unsafe address.deallocate()
    }
  }

  /// The mapped bytes.
  package var bytes: RawSpan {
    @_lifetime(borrow self)
    @inlinable get {
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
      // `init` has checked the range.
      let span = unsafe mapping.bytes.extracting(unchecked: range)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }
}
