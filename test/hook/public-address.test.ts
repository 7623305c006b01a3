import { describe, expect, test } from "@jest/globals";
import { isPublicAddress } from "../../src/hook/public-address.ts";

describe("no hook reaches", () => {
  test.each([
    ["this host", ["0.0.0.0", "0.1.2.3", "::"]],
    ["loopback", ["127.0.0.1", "127.255.255.254", "::1"]],
    ["private networks", ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"]],
    ["link-local addresses and cloud metadata", ["169.254.169.254", "fe80::1", "fe80::1%eth0", "febf::1"]],
    ["carriers' shared space", ["100.64.0.1", "100.127.255.255", "100.100.100.200"]],
    ["multicast and broadcast", ["224.0.0.1", "239.255.255.255", "255.255.255.255", "ff02::1"]],
    [
      "reserved space",
      ["240.0.0.1", "192.0.0.8", "198.18.0.1", "192.88.99.1", "100::1", "4000::1", "5f00::1", "e000::1"],
    ],
    ["documentation", ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"]],
    ["unique local and site-local addresses", ["fc00::1", "fd12:3456::1", "fec0::1"]],
    [
      "IPv4 in IPv6: mapped, compatible, translated",
      ["::ffff:127.0.0.1", "::ffff:8.8.8.8", "::7f00:1", "::ffff:0:7f00:1"],
    ],
    ["NAT64", ["64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::a00:1"]],
    ["6to4, Teredo and ISATAP", ["2002:7f00:1::", "2001:0:1::1", "2a00:1450:4001:80e:0:5efe:7f00:1"]],
    ["benchmarking and identifiers", ["2001:2::1", "2001:10::1", "2001:20::1"]],
    ["what is no address", ["", "example.com", "127.1.2.3.4", "[::1", "0x7f000001x"]],
  ])("%s", (_what, addresses) => {
    expect(addresses.filter(isPublicAddress)).toEqual([]);
  });
});

test("the public Internet is reached", () => {
  const addresses = [
    "8.8.8.8",
    "93.184.215.14",
    "1.1.1.1",
    "2606:4700::1111",
    "2a00:1450:4001:80e::200e",
    "[2606:4700::1111]",
  ];
  expect(addresses.filter((address) => !isPublicAddress(address))).toEqual([]);
});
