import type { LifecycleRule, ObjectVersion } from '../../store/objects/object-index.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** A version and its position among the versions of its key. */
export interface PlacedVersion {
  version: ObjectVersion;
  /** 0 for the newest, which is the current one. */
  position: number;
  /** When the next newer version superseded it (ms); absent for the newest. */
  supersededAt?: number;
  /** Whether the key has no other version. */
  isOnly: boolean;
}

/** Returns what a bucket's rules require for a version at `at`. */
export function dueAction(rules: LifecycleRule[], placed: PlacedVersion, at: number): 'expire' | 'remove' | undefined {
  const { version, position } = placed;
  const matching = rules.filter((rule) => matches(rule, version));
  if (position > 0) return matching.some((rule) => isNoncurrentDue(rule, placed, at)) ? 'remove' : undefined;
  if (!version.isDeleteMarker) return matching.some((rule) => isExpired(rule, version, at)) ? 'expire' : undefined;
  const isMarkerDue = (rule: LifecycleRule) => rule.expiresDeleteMarkers === true || isExpired(rule, version, at);
  return placed.isOnly && matching.some(isMarkerDue) ? 'remove' : undefined;
}

/** Returns whether `days` have passed since `startedAt` (ms). S3 rounds up to the next midnight UTC. */
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

/** Returns whether a rule applies to a version. Rules that filter by tag or size never apply to delete markers. */
function matches(rule: LifecycleRule, version: ObjectVersion): boolean {
  const { prefix, tags, sizeGreaterThan, sizeLessThan } = rule;
  if (!version.key.startsWith(prefix)) return false;
  const filtersContent = tags.length > 0 || sizeGreaterThan !== undefined || sizeLessThan !== undefined;
  if (version.isDeleteMarker) return !filtersContent;
  if (version.size <= (sizeGreaterThan ?? -1)) return false;
  if (version.size >= (sizeLessThan ?? Number.POSITIVE_INFINITY)) return false;
  const own = version.attributes.tags ?? [];
  return tags.every(({ key, value }) => own.some((tag) => tag.key === key && tag.value === value));
}
