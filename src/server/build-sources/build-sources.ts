import type { Logger } from 'pino';
import type { ObjectStore } from '../../artifacts/object-endpoint.ts';
import { type Build, buildSourcesKind, readBuildArn } from '../../model/build.ts';
import type { DueWorkHandler } from '../../scheduler/due-work.ts';
import { JobFailure } from '../../worker/job-failure.ts';
import { type PackingParts, packSources } from './pack-sources.ts';
import { mostSources, sourceBucket, sourceKey } from './source-objects.ts';

const minuteMs = 60_000;

/** How often a source is fetched whose server can't be reached. */
const mostAttempts = 4;

/** How often the end of a build is looked for, whose archives are no longer needed then. */
const cleaningPauseMs = 10 * minuteMs;

interface Parts extends PackingParts {
  objects: PackingParts['objects'] & Pick<ObjectStore, 'removeVersions'>;
  now(): number;
  log: Logger;
}

/** Packs the GIT sources of builds before runners get them, and removes the archives after the builds. */
export function buildSourcesWork(parts: Parts): DueWorkHandler {
  const {
    parts: { store },
    now,
    log,
  } = parts;
  return {
    kind: buildSourcesKind,
    atOnce: 2,
    leaseMs: minuteMs,
    longestPauseMs: cleaningPauseMs,
    retryMs: (attempts) => Math.min(attempts * 5000, minuteMs),
    async run({ key: arn, attempts }, at, signal) {
      const named = readBuildArn(arn);
      if (!named) return {};
      const { scope, id } = named;
      const build = await store.builds.find(scope, id);
      if (!build || build.endedAt !== undefined) {
        await removeArchives(named, build, parts);
        return {};
      }
      if (build.fetched) return { nextAt: at + cleaningPauseMs };
      try {
        await store.builds.offer(scope, id, await packSources(build, parts, signal), now());
        return { nextAt: now() + cleaningPauseMs };
      } catch (error) {
        if (signal.aborted || !(error instanceof JobFailure)) throw error;
        const { type, message } = error;
        if (type === 'SystemUnavailable' && attempts < mostAttempts) {
          log.warn({ build: arn, reason: message }, 'a source of a build cannot be fetched; it is tried again');
          return { nextAt: now() + attempts * 5000, isFailed: true };
        }
        await store.builds.failSources(scope, id, { code: 'CLIENT_ERROR', message }, now());
        return { nextAt: now() };
      }
    },
  };
}

/** Removes what was packed; of a build that was deleted with whatever its keys have. */
async function removeArchives(
  { scope, id }: Pick<Build, 'scope' | 'id'>,
  build: Build | undefined,
  { objects, now }: Parts,
): Promise<void> {
  const count = build ? 1 + build.order.secondarySources.length : mostSources;
  const bucket = sourceBucket(scope);
  for (let index = 0; index < count; index += 1) {
    const period = { writtenFrom: build?.startedAt ?? 0, writtenUntil: now() };
    await objects.removeVersions({ account: scope.account, bucket, key: sourceKey(id, index), ...period });
  }
}
