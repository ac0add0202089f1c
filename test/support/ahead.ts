/** Makes a client sign as of `aheadMs` from now, whatever the Date of an answer says: that is the real clock's. */
export function ahead<Client extends { config: { systemClockOffset: number } }>(
  client: Client,
  aheadMs: () => number,
): Client {
  Object.defineProperty(client.config, 'systemClockOffset', { get: aheadMs, set: () => undefined });
  return client;
}
