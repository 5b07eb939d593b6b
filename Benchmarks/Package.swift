// swift-tools-version: 6.3
import PackageDescription

/// The settings of every Swift target, in one place.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// A package of its own, so that what the peers need burdens nobody who uses Intaglio:
/// `apt-get install libsqlite3-dev liblmdb-dev librocksdb-dev libleveldb-dev`.
let package = Package(
  name: "IntaglioBenchmarks",
  products: [.executable(name: "intaglio-benchmark", targets: ["IntaglioBenchmark"])],
  dependencies: [
    .package(name: "Intaglio", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.6.0"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
  ],
  targets: [
    .systemLibrary(
      name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CLMDB", pkgConfig: "lmdb", providers: [.apt(["liblmdb-dev"])]),
    .systemLibrary(name: "CRocksDB", pkgConfig: "rocksdb", providers: [.apt(["librocksdb-dev"])]),
    .systemLibrary(name: "CLevelDB", providers: [.apt(["libleveldb-dev"])]),
    .target(name: "CPlain", dependencies: [.product(name: "CHash", package: "Intaglio")]),
    .executableTarget(
      name: "IntaglioBenchmark",
      dependencies: [
        "CSQLite", "CLMDB", "CRocksDB", "CLevelDB", "CPlain",
        .product(name: "CHash", package: "Intaglio"),
        .product(name: "Intaglio", package: "Intaglio"),
        .product(name: "IntaglioHooks", package: "Intaglio"),
        .product(name: "IntaglioPolicyFile", package: "Intaglio"),
        .product(name: "IntaglioVerifier", package: "Intaglio"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Histogram", package: "hdrhistogram-swift"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      resources: [.copy("Python/peers.py")],
      swiftSettings: strict),
  ],
  cLanguageStandard: .c17
)
