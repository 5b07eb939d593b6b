import Testing

@testable import IntaglioStorage

@Suite struct MountTableTests {
  @Test(arguments: [
    ("ext4", nil), ("xfs", nil), ("btrfs", nil), ("tmpfs", nil), ("overlay", nil),
    ("nfs", "nfs"), ("nfs4", "nfs4"), ("fuse.sshfs", "fuse.sshfs"), ("fuseblk", "fuseblk"),
    ("9p", "9p"), ("cifs", "cifs"), ("smb3", "smb3"),
  ])
  func fileSystemsThatAreNotLocalAreUnsuitable(type: String, found: String?) {
    let mountInfo = """
      22 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw
      98 22 0:45 / /data rw,relatime shared:1 master:2 - \(type) source rw
      99 22 0:46 / /other rw - nfs4 server:/ rw
      """
    #expect(MountTable.unsuitableFileSystem(device: 45, mountInfo: mountInfo) == found)
  }

  @Test(arguments: [
    ("ext2", true), ("ext3", true), ("ext4", true), ("xfs", true), ("tmpfs", true),
    ("btrfs", false), ("zfs", false), ("overlay", false), ("f2fs", false), ("nfs", false),
  ])
  func fileSystemsThatMoveBlocksDoNotOverwriteInPlace(type: String, expected: Bool) {
    let mountInfo = "98 22 0:45 / /data rw,relatime shared:1 - \(type) source rw\n"
    #expect(MountTable.overwritesInPlace(device: 45, mountInfo: mountInfo) == expected)
    #expect(!MountTable.overwritesInPlace(device: 46, mountInfo: mountInfo))
  }

  @Test func largeDeviceNumbersAreDecodedAsLinuxEncodesThem() {
    // makedev(259, 0x12345), as glibc packs it.
    let device: UInt64 = 0x45 | 259 << 8 | 0x12300 << 12
    let mountInfo = "1 0 259:\(0x12345) / /data rw - cifs //server/share rw\n"
    #expect(MountTable.unsuitableFileSystem(device: device, mountInfo: mountInfo) == "cifs")
  }

  @Test(arguments: [
    "", "\n\n", "1 0 0:45", "1 0 0:45 / /data rw -", "1 0 0:45 / /data rw no separator nfs",
    "1 0 0:45 / /data rw x -",
  ])
  func linesThatAreNotUnderstoodSayNothing(mountInfo: String) {
    #expect(MountTable.unsuitableFileSystem(device: 45, mountInfo: mountInfo) == nil)
  }

  @Test func theRealTableCanBeRead() throws {
    let status = try SystemFileSystem().status("/proc")
    #expect(MountTable.unsuitableFileSystem(device: status.device) == nil)
  }
}
