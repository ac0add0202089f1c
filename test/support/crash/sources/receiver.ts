import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Chance } from '../../engine/random.ts';

const key = Buffer.from('the key of the receiver of all events');
export const receiverSecret = `whsec_${key.toString('base64')}`;

/** An event of a pipeline's state, as it was received first. */
export interface ReceivedEvent {
  id: string;
  'detail-type': string;
  detail: { pipeline: string; 'execution-id': string; state: string };
}

/** A receiver of events that sometimes fails, or loses what it has received. */
export interface Receiver {
  url: string;
  /** Each event that was answered with success, in the order of the first time. */
  events: ReceivedEvent[];
  violations: string[];
  close(): void;
}

/** Starts the receiver. It answers one request in ten with an error and breaks the connection of some. */
export async function startReceiver(chance: Chance): Promise<Receiver> {
  const events: ReceivedEvent[] = [];
  const violations: string[] = [];
  const deliveryOf = new Map<string, string>();
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    if (chance.oneIn(10)) return void response.writeHead(500).end();
    if (!isSigned(request, body)) violations.push('an event has a wrong signature');
    const event = JSON.parse(body.toString('utf8')) as ReceivedEvent;
    const delivery = String(request.headers['webhook-id']);
    const known = deliveryOf.get(event.id);
    if (known === undefined) events.push(event);
    else if (known !== delivery) violations.push(`the event ${event.id} has two deliveries: ${known} and ${delivery}`);
    deliveryOf.set(event.id, delivery);
    // The sender can't know that it was received, and has to repeat it.
    if (chance.oneIn(20)) request.socket.destroy();
    else response.writeHead(204).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`,
    events,
    violations,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function isSigned({ headers }: IncomingMessage, body: Buffer): boolean {
  const signed = createHmac('sha256', key)
    .update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.`)
    .update(body)
    .digest('base64');
  const given = Buffer.from(String(headers['webhook-signature']));
  const expected = Buffer.from(`v1,${signed}`);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
