import IntaglioStorage
import Testing

@Suite struct ThreadLocalTests {
  private final class Name: Sendable {
    let text: String
    init(_ text: String) { self.text = text }
  }

  @Test func `each thread has its own object, and none until it is given one`() {
    let local = ThreadLocal<Name>()
    let mine = Name("mine")
    local.value = mine
    let thread = BackgroundThread {
      #expect(local.value == nil)
      let others = Name("other's")
      local.value = others
      #expect(local.value === others)
      local.value = nil
      #expect(local.value == nil)
    }
    thread.join()
    #expect(local.value === mine)
    local.value = nil
  }
}
