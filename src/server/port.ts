import type { Logger } from 'pino';
import type { Dependencies } from '../api/dependencies.ts';
import type { Config } from '../config/config.ts';
import { packageVersion } from '../config/version.ts';
import { OutcomeMetrics } from '../http/outcome-metrics.ts';
import { type HttpParts, type HttpServer, listen } from '../http/server.ts';
import { loadTlsKeyPair, type TlsKeyPair } from '../http/tls.ts';
import { type ServerFile, writeServerFile } from '../installation/data-folder.ts';
import { portLimitsOf, readProcessLimits } from './process-limits.ts';

/** Loads the key pair for HTTPS; undefined without one. */
export async function loadTls(
  { tlsCert, tlsKey }: Config,
  { log, now }: { log: Logger; now: () => number },
): Promise<TlsKeyPair | undefined> {
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  const tls = await loadTlsKeyPair(tlsCert, tlsKey);
  if (tls.validUntil < now()) log.warn({ tlsCert, validUntil: tls.validUntil }, 'the TLS certificate has expired');
  return tls;
}

/** Opens the port as the settings say. */
export function openPort(
  config: Config,
  given: Pick<HttpParts, 'authenticator' | 'roles' | 'endpoint' | 'log' | 'tls' | 'limits' | 'countDroppedLogLines'> & {
    parts: Dependencies;
  },
): Promise<HttpServer> {
  const { now, newId, store, jobQueue } = given.parts;
  const outcomes = new OutcomeMetrics();
  store.onCommitted(({ change }) => outcomes.count(change));
  const processLimits = readProcessLimits();
  const portLimits = portLimitsOf(config.maxConnections, processLimits);
  if (portLimits.maxConnections < config.maxConnections) {
    const { openFiles } = processLimits;
    const fields = { maxConnections: config.maxConnections, allowed: portLimits.maxConnections, openFiles };
    given.log.warn(fields, 'the limit of open files allows fewer connections than --max-connections; raise it');
  }
  return listen(config, {
    ...given,
    limits: { ...portLimits, ...given.limits },
    defaultWaitMs: config.pollWaitSeconds * 1000,
    metricsAudience: config.metrics,
    readWaiting: (at) => jobQueue.waiting(at),
    readPolled: () => jobQueue.polled(),
    readDeliveries: () => store.eventDeliveries.count(),
    readBuilds: (at) => store.builds.count(at),
    outcomes,
    version: packageVersion(),
    now,
    newId,
  });
}

/**
 * Returns a URL that clients on this machine can use. Never `localhost`: some SDKs prepend the bucket's name to it
 * (clients 37).
 */
export function urlOf({ host }: Config, { port }: HttpServer, tls: TlsKeyPair | undefined): string {
  const isAnyHost = host === '0.0.0.0' || host === '::' || host === 'localhost';
  const address = isAnyHost ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return `${tls ? 'https' : 'http'}://${address}:${port}`;
}

/**
 * Writes the server's address and certificate to its data folder. The returned function reloads certificate and key;
 * it rejects, changing nothing, when they can't be used.
 */
export async function announceServer(
  config: Config,
  address: Pick<ServerFile, 'url' | 'account'>,
  { http, tls, log, now }: { http: HttpServer; tls: TlsKeyPair | undefined; log: Logger; now: () => number },
): Promise<() => Promise<void>> {
  const { data, region, publicUrl } = config;
  const announce = (served: TlsKeyPair | undefined) =>
    writeServerFile(data, { ...address, region, publicUrl, certificate: served?.cert.toString() });
  await announce(tls);
  return async () => {
    const replacement = await loadTls(config, { log, now });
    if (replacement === undefined) return;
    http.replaceCertificate(replacement);
    await announce(replacement);
    log.info({ validUntil: new Date(replacement.validUntil).toISOString() }, 'the TLS certificate was read again');
  };
}
