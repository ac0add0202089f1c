import { BlockList, isIP } from 'node:net';

/** A range of addresses in CIDR notation, IPv4 or IPv6. */
export interface AddressRange {
  /** Reports whether it includes a connection's address; sockets may write an IPv4 address as IPv6. */
  includes(address: string): boolean;
}

const families = { 4: { name: 'ipv4', bits: 32 }, 6: { name: 'ipv6', bits: 128 } } as const;

/** Parses a range such as `192.0.2.0/24`; returns undefined if it is not one. */
export function parseAddressRange(text: string): AddressRange | undefined {
  const [, network = '', prefix = ''] = /^([0-9A-Fa-f.:]+)\/([0-9]{1,3})$/.exec(text) ?? [];
  const family = isIP(network);
  if (family !== 4 && family !== 6) return undefined;
  const { name, bits } = families[family];
  if (Number(prefix) > bits) return undefined;
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), name);
  return {
    includes(address) {
      const plain = address.replace(/^::ffff:(?=[0-9.]+$)/i, '').replace(/%.*$/, '');
      return isIP(plain) === family && list.check(plain, name);
    },
  };
}
