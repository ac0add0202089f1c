import type { LifecycleRule, ObjectVersion } from '../../store/objects/object-index.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** A version and its place among those of its key. */
export interface PlacedVersion {
  version: ObjectVersion;
  /** 0 for the newest, which is the current one. */
  position: number;
  /** When the next newer version took its place (ms); absent for the newest. */
  supersededAt?: number;
  /** Whether the key has no other version. */
  isOnly: boolean;
}

/** What the rules of a bucket want done to a version at `at`. */
export function dueAction(rules: LifecycleRule[], placed: PlacedVersion, at: number): 'expire' | 'remove' | undefined {
  const { version, position } = placed;
  const matching = rules.filter((rule) => matches(rule, version));
  if (position > 0) return matching.some((rule) => isNoncurrentDue(rule, placed, at)) ? 'remove' : undefined;
  if (!version.isDeleteMarker) return matching.some((rule) => isExpired(rule, version, at)) ? 'expire' : undefined;
  const isMarkerDue = (rule: LifecycleRule) => rule.expiresDeleteMarkers === true || isExpired(rule, version, at);
  return placed.isOnly && matching.some(isMarkerDue) ? 'remove' : undefined;
}

/** Whether something that began at `startedAt` (ms) is `days` old: S3 counts to the midnight of UTC that follows. */
export function isDaysOld(startedAt: number, days: number | undefined, at: number): boolean {
  return days !== undefined && Math.ceil((startedAt + days * dayMs) / dayMs) * dayMs <= at;
}

function isExpired(
  { expirationDays, expirationAt }: LifecycleRule,
  { modifiedAt }: ObjectVersion,
  at: number,
): boolean {
  return isDaysOld(modifiedAt, expirationDays, at) || (expirationAt !== undefined && expirationAt <= at);
}

function isNoncurrentDue(rule: LifecycleRule, { position, supersededAt = 0 }: PlacedVersion, at: number): boolean {
  return position > (rule.keepNoncurrent ?? 0) && isDaysOld(supersededAt, rule.noncurrentDays, at);
}

/** Rules that look at tags or sizes are about objects, never about delete markers. */
function matches(rule: LifecycleRule, version: ObjectVersion): boolean {
  const { prefix, tags, sizeGreaterThan, sizeLessThan } = rule;
  if (!version.key.startsWith(prefix)) return false;
  const looksAtObject = tags.length > 0 || sizeGreaterThan !== undefined || sizeLessThan !== undefined;
  if (version.isDeleteMarker) return !looksAtObject;
  if (version.size <= (sizeGreaterThan ?? -1)) return false;
  if (version.size >= (sizeLessThan ?? Number.POSITIVE_INFINITY)) return false;
  const own = version.attributes.tags ?? [];
  return tags.every(({ key, value }) => own.some((tag) => tag.key === key && tag.value === value));
}
