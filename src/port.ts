import type { Logger } from 'pino';
import { packageVersion } from './cli/version.ts';
import type { Config } from './config.ts';
import { type HttpParts, type HttpServer, listen } from './http/server.ts';
import { loadTlsKeyPair, type TlsKeyPair } from './http/tls.ts';
import type { Parts } from './operations/operation.ts';

/** Queues the metrics name at a time: those that wait longest. More than an installation has, unless it is in trouble. */
const maxMeteredQueues = 1000;

/** The key pair to serve HTTPS with, if there is to be one. */
export async function loadTls(
  { tlsCert, tlsKey }: Config,
  { log, now }: { log: Logger; now: () => number },
): Promise<TlsKeyPair | undefined> {
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  const tls = await loadTlsKeyPair(tlsCert, tlsKey);
  if (tls.validUntil < now()) log.warn({ tlsCert, validUntil: tls.validUntil }, 'the TLS certificate has expired');
  return tls;
}

/** Opens the port for the parts of a server, as the settings have it. */
export function openPort(
  config: Config,
  given: Pick<HttpParts, 'authenticator' | 'admin' | 'roles' | 'endpoint' | 'log' | 'tls' | 'limits'> & {
    parts: Parts;
  },
): Promise<HttpServer> {
  const { store, now, newId } = given.parts;
  return listen(config, {
    ...given,
    limits: { maxConnections: config.maxConnections, ...given.limits },
    defaultWaitMs: config.pollWaitSeconds * 1000,
    metricsAudience: config.metrics,
    readWaitingJobs: (at) => store.jobs.waiting(at, maxMeteredQueues),
    version: packageVersion(),
    now,
    newId,
  });
}
