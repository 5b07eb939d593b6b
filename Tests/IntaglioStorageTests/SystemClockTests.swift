import IntaglioStorage
import IntaglioTestSupport
import Testing

@Suite struct SystemClockTests {
  @Test func theClocksOfTheSystemGoForward() {
    let clock = SystemClock.system
    let boot = clock.boot()
    #expect(clock.wall() > 1_600_000_000_000_000_000)
    #expect(clock.boot() >= boot)
  }

  @Test func theBootIDHasSixteenBytesAndIsNotZero() {
    #expect(BootID.current.count == 16)
    #expect(BootID.current.contains { $0 != 0 })
    #expect(BootID.current == BootID.current)
  }

  @Test func aTestClockStandsStillUntilItIsMoved() {
    let test = TestClock(wall: 1_000, boot: 100)
    let clock = test.clock
    #expect(clock.wall() == 1_000)
    test.advance(nanoseconds: 5)
    test.stepWall(nanoseconds: -900)
    #expect(clock.wall() == 105)
    #expect(clock.boot() == 105)
  }
}
