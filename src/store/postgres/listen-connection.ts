import pg from 'pg';

/** How often the connection is checked, and how long until a lost one is reopened. */
const heartbeatMs = 5000;
const reconnectMs = 500;

/** A dedicated connection through which the nodes of a database notify each other; reopened when it breaks. */
export interface ListenConnection {
  /** Resolves when the message is sent; while the connection is down, at once and without effect. */
  send(payload: string): Promise<void>;
  close(): Promise<void>;
}

/** Calls `onOpen` for each connection: messages between the last one and this one are lost. */
export function openListenConnection(
  { url, name }: { url: string; name: string },
  { onMessage, onOpen }: { onMessage(payload: string): void; onOpen(): void },
): ListenConnection {
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
      // Notifications are not durable, so their commits needn't wait for the disk.
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
  // Every failure ends the connection or rejects a query, and both are handled.
  client.on('error', () => undefined);
  return client;
}
