internal import Glibc

/// Random words of the system, fetched many at a time: each by itself would be a system call, and a tool call takes eleven.
///
/// No word is given twice: a forked child fetches each by itself, so that it neither repeats its parent's nor waits for a
/// lock of a thread that is gone.
package enum RandomWords {
  private static let pool = Locked<[UInt64]>([])
  /// 256 bytes, as many as getentropy(3) gives at once.
  private static let poolCount = 32

  /// The next word, as good as the system's.
  package static func next() -> UInt64 {
    guard ForkGuard.generation == 0 else {
      var generator = SystemRandomNumberGenerator()
      return generator.next()
    }
    return pool.withLock { pool in
      if pool.isEmpty { pool = fetch() }
      return pool.removeLast()
    }
  }

  private static func fetch() -> [UInt64] {
    unsafe [UInt64](unsafeUninitializedCapacity: poolCount) { words, count in
      let result = unsafe getentropy(words.baseAddress!, poolCount * 8)
      precondition(result == 0, "the system has no random bytes to give")
      count = poolCount
    }
  }
}
