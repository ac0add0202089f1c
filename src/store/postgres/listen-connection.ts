import pg from 'pg';

/** How often the connection is tried, and how long until a lost one is opened again. */
const heartbeatMs = 5000;
const reconnectMs = 500;

/** A connection of its own on which the nodes of one database hear each other; it is opened again when it breaks. */
export interface Channel {
  /** Resolves when the others may have heard it; at once, and in vain, while the connection is down. */
  send(payload: string): Promise<void>;
  close(): Promise<void>;
}

/** `onOpen` is told of each connection: what was said before it, and since the last one, has not been heard. */
export function openChannel(
  { url, name }: { url: string; name: string },
  { onMessage, onOpen }: { onMessage(payload: string): void; onOpen(): void },
): Channel {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  const lose = (lost: pg.Client): void => {
    if (client === lost) client = undefined;
    lost.removeAllListeners('notification');
    lost.end().catch(() => undefined);
    clearTimeout(timer);
    if (!isClosed) timer = setTimeout(connect, reconnectMs);
  };
  const beat = (listener: pg.Client): void => {
    timer = setTimeout(() => {
      listener.query('select 1').then(
        () => beat(listener),
        () => lose(listener),
      );
    }, heartbeatMs);
  };
  const connect = async (): Promise<void> => {
    const opened = createClient(url);
    opened.on('notification', ({ payload = '' }) => onMessage(payload));
    try {
      await opened.connect();
      // A notification is no durable thing: its commit need not wait for the disk.
      await opened.query(`set synchronous_commit = off; listen ${name}`);
    } catch {
      return lose(opened);
    }
    if (isClosed) return lose(opened);
    client = opened;
    opened.once('end', () => {
      if (client === opened) lose(opened);
    });
    beat(opened);
    onOpen();
  };
  void connect();
  return {
    async send(payload) {
      await client?.query({ name: 'notify', text: `select pg_notify('${name}', $1)`, values: [payload] });
    },
    async close() {
      isClosed = true;
      clearTimeout(timer);
      await client?.end();
    },
  };
}

function createClient(url: string): pg.Client {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'millrace wake-ups',
    keepAlive: true,
    connectionTimeoutMillis: heartbeatMs,
    query_timeout: heartbeatMs,
  });
  // Whatever goes wrong ends the connection or fails a query, and both are noticed.
  client.on('error', () => undefined);
  return client;
}
