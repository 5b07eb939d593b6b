internal import Glibc

/// The thread that is running.
package enum CurrentThread {
  /// The same for the thread's lifetime, and different from every other running thread's.
  package static var identity: UInt { UInt(pthread_self()) }
}
