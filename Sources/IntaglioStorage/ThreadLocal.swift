internal import Glibc

/// An object of its own for each thread, by which code knows where it runs; nil on a thread that was given none.
///
/// The object is not kept alive: whoever gives it to a thread takes it back before it goes.
package final class ThreadLocal<Value: AnyObject>: Sendable {
  private let key: pthread_key_t

  package init() {
    var key = pthread_key_t()
    let result = unsafe pthread_key_create(&key, nil)
    precondition(result == 0, "the process has no more keys for values of threads: \(result)")
    self.key = key
  }

  deinit { pthread_key_delete(key) }

  /// The object of the thread that asks.
  package var value: Value? {
    get {
      unsafe pthread_getspecific(key).map {
        unsafe Unmanaged<Value>.fromOpaque($0).takeUnretainedValue()
      }
    }
    set {
      let address = unsafe newValue.map { unsafe Unmanaged.passUnretained($0).toOpaque() }
      unsafe pthread_setspecific(key, address)
    }
  }
}
